import { createHash, timingSafeEqual } from 'node:crypto';
import { decodeProtectedHeader, jwtVerify } from 'jose';
import { type AppRegistry, certificateOf, type EntraApp } from './apps.ts';
import { entraProblems } from './problems.ts';

const jwtBearer = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
/** An hour less a second, as the platform says it. */
export const tokenLifeSeconds = 3599;

export interface TokenRequest {
  tenant: string;
  parameters: Readonly<Record<string, string | undefined>>;
  /** Addresses under which the client may have reached the endpoint. */
  endpoints: readonly string[];
}

export interface TokenEndpoint {
  tenantId: string;
  apps: AppRegistry;
  /** Address of the environment, no slash at the end. */
  resource(): string;
  issue(clientId: string, lifeMs: number): string;
  /** Epoch milliseconds of the machine: secrets and assertions live by it. */
  now(): number;
}

export interface TokenAnswer {
  token_type: 'Bearer';
  expires_in: number;
  ext_expires_in: number;
  access_token: string;
}

/**
 * Client credentials: a token for the environment.
 * https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow
 * @throws EntraError
 */
export async function answerToken(endpoint: TokenEndpoint, request: TokenRequest): Promise<TokenAnswer> {
  const { parameters, tenant } = request;
  const { grant_type: grantType, client_id: clientId, scope } = parameters;
  if (!grantType) throw entraProblems.missing('grant_type');
  if (grantType !== 'client_credentials') throw entraProblems.grantType(grantType);
  if (tenant.toLowerCase() !== endpoint.tenantId) throw entraProblems.tenant(tenant);
  if (!clientId) throw entraProblems.missing('client_id');
  const app = endpoint.apps.find(clientId);
  if (app === undefined) throw entraProblems.app(clientId, tenant);
  await checkCredential(endpoint, app, request);
  if (!scope) throw entraProblems.missing('scope');
  checkScope(endpoint, scope, tenant);
  return {
    token_type: 'Bearer',
    expires_in: tokenLifeSeconds,
    ext_expires_in: tokenLifeSeconds,
    access_token: endpoint.issue(app.clientId, tokenLifeSeconds * 1000),
  };
}

/** One slash too many is another resource, which nobody has heard of. */
function checkScope(endpoint: TokenEndpoint, scope: string, tenant: string): void {
  const asked = scope.split(' ').filter((each) => !['openid', 'profile', 'offline_access'].includes(each));
  const [only] = asked;
  if (only === undefined || asked.length > 1 || !only.endsWith('/.default')) throw entraProblems.scope(scope);
  const resource = only.slice(0, -'/.default'.length);
  if (resource.toLowerCase() !== endpoint.resource().toLowerCase())
    throw entraProblems.resource(resource, tenant);
}

async function checkCredential(endpoint: TokenEndpoint, app: EntraApp, request: TokenRequest): Promise<void> {
  const {
    client_assertion: assertion,
    client_assertion_type: type,
    client_secret: secret,
  } = request.parameters;
  if (assertion !== undefined) {
    if (type !== jwtBearer) throw entraProblems.missing('client_assertion_type');
    return await checkAssertion(endpoint, app, { assertion, endpoints: request.endpoints });
  }
  if (secret === undefined) throw entraProblems.noCredential();
  const known = app.secrets.find(({ value }) => isSame(value, secret));
  if (known === undefined) throw entraProblems.secret(app.clientId);
  if (known.expiresAt !== undefined && known.expiresAt <= endpoint.now())
    throw entraProblems.secretExpired(app.clientId);
}

function isSame(one: string, other: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(one), digest(other));
}

async function checkAssertion(
  endpoint: TokenEndpoint,
  app: EntraApp,
  { assertion, endpoints }: { assertion: string; endpoints: readonly string[] },
): Promise<void> {
  const certificate = certificateOf(app, headerOf(assertion));
  if (certificate === undefined) throw entraProblems.assertion('The key was not found.');
  const claims = await jwtVerify(assertion, certificate.publicKey, {
    algorithms: ['RS256', 'PS256'],
    currentDate: new Date(endpoint.now()),
    clockTolerance: 300,
    requiredClaims: ['aud', 'iss', 'sub', 'exp', 'jti'],
  }).then(
    ({ payload }) => payload,
    (error: { code?: string }) => {
      if (error.code === 'ERR_JWT_EXPIRED') throw entraProblems.assertionTime();
      throw entraProblems.assertion('The key used is not the one that signed the assertion.');
    },
  );
  if (claims.iss !== app.clientId || claims.sub !== app.clientId)
    throw entraProblems.assertion('The issuer and the subject have to be the client id.');
  const audiences = [claims.aud ?? []].flat();
  if (!audiences.some((audience) => endpoints.includes(audience))) throw entraProblems.assertionAudience();
}

function headerOf(assertion: string): ReturnType<typeof decodeProtectedHeader> {
  try {
    return decodeProtectedHeader(assertion);
  } catch {
    throw entraProblems.assertion('The assertion is not a signed JSON web token.');
  }
}
