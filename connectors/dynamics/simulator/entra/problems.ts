/** Refusals of the token endpoint. https://learn.microsoft.com/entra/identity-platform/reference-error-codes */

export class EntraError extends Error {
  readonly status: number;
  readonly error: string;
  /** The number behind AADSTS. */
  readonly code: number;

  constructor(status: number, error: string, code: number, message: string) {
    super(message);
    this.name = 'EntraError';
    this.status = status;
    this.error = error;
    this.code = code;
  }
}

/** What can be refused, by cause, in the platform's words. */
export const entraProblems = {
  method: () => new EntraError(405, 'invalid_request', 900561, 'The endpoint only accepts POST requests.'),
  missing: (name: string) =>
    new EntraError(
      400,
      'invalid_request',
      900144,
      `The request body must contain the following parameter: '${name}'.`,
    ),
  grantType: (name: string) =>
    new EntraError(
      400,
      'unsupported_grant_type',
      70003,
      `The app requested an unsupported grant type '${name}'.`,
    ),
  tenant: (tenant: string) =>
    new EntraError(
      400,
      'invalid_request',
      90002,
      `Tenant '${tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud.`,
    ),
  app: (clientId: string, tenant: string) =>
    new EntraError(
      400,
      'unauthorized_client',
      700016,
      `Application with identifier '${clientId}' was not found in the directory '${tenant}'.`,
    ),
  secret: (clientId: string) =>
    new EntraError(
      401,
      'invalid_client',
      7000215,
      `Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '${clientId}'.`,
    ),
  secretExpired: (clientId: string) =>
    new EntraError(
      401,
      'invalid_client',
      7000222,
      `The provided client secret keys for app '${clientId}' are expired.`,
    ),
  noCredential: () =>
    new EntraError(
      401,
      'invalid_client',
      7000218,
      "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
    ),
  assertion: (reason: string) =>
    new EntraError(
      401,
      'invalid_client',
      700027,
      `The certificate with identifier used to sign the client assertion is not registered on application. [Reason - ${reason}]`,
    ),
  assertionTime: () =>
    new EntraError(
      401,
      'invalid_client',
      700024,
      'Client assertion is not within its valid time range. The current time is outside of nbf and exp.',
    ),
  assertionAudience: () =>
    new EntraError(
      401,
      'invalid_client',
      700023,
      'Client assertion audience claim does not match Realm issuer.',
    ),
  scope: (scope: string) =>
    new EntraError(
      400,
      'invalid_scope',
      1002012,
      `The provided value for scope ${scope} is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI).`,
    ),
  resource: (resource: string, tenant: string) =>
    new EntraError(
      400,
      'invalid_resource',
      500011,
      `The resource principal named ${resource} was not found in the tenant named ${tenant}. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant.`,
    ),
};
