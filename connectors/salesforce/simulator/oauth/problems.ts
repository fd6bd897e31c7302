/** Refusals of the OAuth endpoints: `{"error": ..., "error_description": ...}`. */

export class OauthError extends Error {
  readonly status: number;
  readonly error: string;
  constructor(error: string, description: string, status = 400) {
    super(description);
    this.name = 'OauthError';
    this.error = error;
    this.status = status;
  }
}

const refuse = (error: string, description: string, status?: number) => () =>
  new OauthError(error, description, status);

/** What can be refused, by cause, in the platform's words. */
export const oauthProblems = {
  notApproved: refuse('invalid_grant', "user hasn't approved this consumer"),
  notAdminApproved: refuse('invalid_app_access', 'user is not admin approved to access this app'),
  audience: refuse('invalid_grant', 'audience is invalid'),
  assertion: refuse('invalid_grant', 'invalid assertion'),
  code: refuse('invalid_grant', 'expired authorization code'),
  denied: refuse('access_denied', 'end-user denied authorization'),
  refreshToken: refuse('invalid_grant', 'expired access/refresh token'),
  noRunAsUser: refuse('invalid_grant', 'no client credentials user enabled'),
  domain: refuse('invalid_grant', 'request not supported on this domain'),
  codeVerifier: refuse('invalid_grant', 'invalid code verifier'),
  challengeMethod: refuse('invalid_request', 'code_challenge_method must be S256'),
  inactiveUser: refuse('inactive_user', 'user is inactive'),
  clientId: refuse('invalid_client_id', 'client identifier invalid'),
  clientSecret: refuse('invalid_client', 'invalid client credentials', 401),
  grantType: refuse('unsupported_grant_type', 'grant type not supported'),
  redirectUri: refuse('redirect_uri_mismatch', 'redirect_uri must match configuration'),
  responseType: refuse('unsupported_response_type', 'response type not supported'),
  scope: refuse('invalid_scope', 'the requested scope is not allowed'),
  token: refuse('invalid_token', 'token invalid'),
  missing: (name: string) => new OauthError('invalid_request', `${name} is required`),
};
