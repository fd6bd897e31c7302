import { createHash, timingSafeEqual } from 'node:crypto';
import { decodeProtectedHeader, jwtVerify } from 'jose';
import { type AppRegistry, certificateOf, type EntraApp } from './apps.ts';
import { entraProblems } from './problems.ts';
import { clientInfo, type TenantUser, type UserGrant, type UserGrants } from './user-grants.ts';

const jwtBearer = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const GRANTS = new Set(['client_credentials', 'authorization_code', 'refresh_token']);
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
  /** For an app, as the application user that it is. */
  issue(clientId: string, lifeMs: number): string;
  /** For a person, through an app. */
  issueUser(userId: string, lifeMs: number): string;
  /** A token that says who somebody is, signed with the tenant's key. */
  signClaims(claims: Readonly<Record<string, unknown>>): string;
  /** People who can sign in; never none. */
  users(): readonly TenantUser[];
  grants: UserGrants;
  /** Epoch milliseconds of the machine: secrets and assertions live by it. */
  now(): number;
}

export interface TokenAnswer {
  token_type: 'Bearer';
  expires_in: number;
  ext_expires_in: number;
  access_token: string;
  /** What a person's sign-in brings along. */
  scope?: string;
  refresh_token?: string;
  id_token?: string;
  client_info?: string;
}

/**
 * A token for the environment, by client credentials or for a person who has signed in.
 * https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow
 * https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow
 * @throws EntraError
 */
export async function answerToken(endpoint: TokenEndpoint, request: TokenRequest): Promise<TokenAnswer> {
  const { parameters, tenant } = request;
  const { grant_type: grantType, client_id: clientId, scope } = parameters;
  if (!grantType) throw entraProblems.missing('grant_type');
  if (!GRANTS.has(grantType)) throw entraProblems.grantType(grantType);
  if (tenant.toLowerCase() !== endpoint.tenantId) throw entraProblems.tenant(tenant);
  if (!clientId) throw entraProblems.missing('client_id');
  const app = endpoint.apps.find(clientId);
  if (app === undefined) throw entraProblems.app(clientId, tenant);
  if (grantType !== 'client_credentials') return answerUser(endpoint, app, request);
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

/** A public client: what proves it is the code's verifier, or the refresh token itself. */
function answerUser(
  endpoint: TokenEndpoint,
  app: EntraApp,
  { parameters, tenant, endpoints }: TokenRequest,
): TokenAnswer {
  if (parameters.client_secret !== undefined || parameters.client_assertion !== undefined)
    throw entraProblems.publicClient();
  const grant =
    parameters.grant_type === 'refresh_token'
      ? endpoint.grants.refresh(app, parameters.refresh_token)
      : endpoint.grants.redeem(app, {
          code: parameters.code,
          redirectUri: parameters.redirect_uri,
          verifier: parameters.code_verifier,
        });
  if (parameters.scope) checkScope(endpoint, parameters.scope, tenant);
  const resource = endpoint.resource();
  const isLasting = grant.scopes.includes('offline_access');
  return {
    token_type: 'Bearer',
    scope: `${resource}/user_impersonation ${resource}/.default`,
    expires_in: tokenLifeSeconds,
    ext_expires_in: tokenLifeSeconds,
    access_token: endpoint.issueUser(grant.user.id, tokenLifeSeconds * 1000),
    ...(isLasting ? { refresh_token: endpoint.grants.newRefreshToken(grant) } : {}),
    ...(grant.scopes.includes('openid') ? { id_token: idToken(endpoint, grant, endpoints[1] ?? '') } : {}),
    ...(parameters.client_info === '1' ? { client_info: clientInfo(grant.user, endpoint.tenantId) } : {}),
  };
}

/** https://learn.microsoft.com/entra/identity-platform/id-token-claims-reference */
function idToken(endpoint: TokenEndpoint, { clientId, user, nonce }: UserGrant, issuer: string): string {
  const now = Math.floor(endpoint.now() / 1000);
  return endpoint.signClaims({
    ver: '2.0',
    iss: issuer,
    aud: clientId,
    sub: createHash('sha256').update(`${clientId} ${user.id}`).digest('base64url'),
    oid: user.id,
    tid: endpoint.tenantId,
    name: user.name,
    preferred_username: user.name,
    iat: now,
    nbf: now,
    exp: now + tokenLifeSeconds,
    ...(nonce === undefined ? {} : { nonce }),
  });
}

/** One slash too many is another resource, which nobody has heard of. */
export function checkScope(endpoint: TokenEndpoint, scope: string, tenant: string): void {
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
