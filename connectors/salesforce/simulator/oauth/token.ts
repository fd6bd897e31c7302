/** The grants of the token endpoint. */

import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { SimulatorContext } from '../context.ts';
import type { Row } from '../types.ts';
import { type AppRegistry, appsOf, type RegisteredApp } from './apps.ts';
import type { Grant, Grants } from './grants.ts';
import { checkAssertion } from './jwt.ts';
import { oauthProblems } from './problems.ts';

const JWT_GRANT = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
/** Up to 128 bytes in base64url, as jsforce and the Salesforce CLI send them; RFC 7636 has 128 characters at most. */
const VERIFIER = /^[A-Za-z0-9._~-]{43,171}$/;

/** Parameters of a request, client credentials from a Basic header among them. */
export type TokenParameters = Record<string, string | undefined>;

export interface TokenEndpoint {
  context: SimulatorContext;
  apps: AppRegistry;
  grants: Grants;
  usedAssertionIds: Map<string, number>;
}

/** Names under which every org can be reached, and none in particular. */
const LOGIN_HOSTS = new Set(['login.salesforce.com', 'test.salesforce.com']);

export interface TokenAnswer {
  access_token: string;
  refresh_token?: string;
  signature: string;
  scope: string;
  instance_url: string;
  id: string;
  token_type: 'Bearer';
  issued_at: string;
}

/** The token endpoint of a running simulator. */
export function createTokenEndpoint(context: SimulatorContext, grants: Grants): TokenEndpoint {
  return { context, apps: appsOf(context), grants, usedAssertionIds: new Map() };
}

function same(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}

/** The app that calls. @throws OauthError for an unknown id or a wrong secret */
export function clientOf(
  parameters: TokenParameters,
  apps: AppRegistry,
  secret: 'required' | 'optional',
): RegisteredApp {
  const { client_id, client_secret } = parameters;
  if (!client_id) throw oauthProblems.missing('client_id');
  const app = apps.find(client_id);
  if (!app) throw oauthProblems.clientId();
  if (client_secret === undefined && secret === 'optional') return app;
  if (client_secret === undefined || !same(client_secret, app.clientSecret))
    throw oauthProblems.clientSecret();
  return app;
}

/** The active user of that name. */
export function activeUser(username: string, context: SimulatorContext): Row | undefined {
  for (const row of context.org.rows('User')) {
    if (String(row.Username).toLowerCase() !== username.toLowerCase()) continue;
    if (row.IsActive === false) throw oauthProblems.inactiveUser();
    return row;
  }
  return undefined;
}

function checkActive(userId: string, context: SimulatorContext): void {
  if (context.org.rowById('User', userId)?.IsActive === false) throw oauthProblems.inactiveUser();
}

/** An assertion may name the login host, or any name under which the client reached this org. */
function audiencesOf({ org, baseUrl }: SimulatorContext, host: string | undefined): string[] {
  const isSandbox = org.rowById('Organization', org.id)?.IsSandbox === true;
  const { protocol } = new URL(baseUrl());
  const reached = host === undefined || LOGIN_HOSTS.has(host) ? [] : [`${protocol}//${host}`];
  return [baseUrl(), ...reached, `https://${isSandbox ? 'test' : 'login'}.salesforce.com`];
}

async function byJwt(
  parameters: TokenParameters,
  endpoint: TokenEndpoint,
  host: string | undefined,
): Promise<TokenAnswer> {
  const { context, apps, usedAssertionIds } = endpoint;
  if (!parameters.assertion) throw oauthProblems.missing('assertion');
  const { app, username } = await checkAssertion(parameters.assertion, {
    apps,
    audiences: audiencesOf(context, host),
    nowMs: Date.now(),
    usedIds: usedAssertionIds,
  });
  const user = activeUser(username, context);
  const userId = String(user?.Id);
  const approved = user && (app.approvedUserIds === undefined || app.approvedUserIds.includes(userId));
  if (!approved)
    throw user && app.adminApprovedOnly ? oauthProblems.notAdminApproved() : oauthProblems.notApproved();
  const scopes = app.scopes.filter((scope) => scope !== 'refresh_token' && scope !== 'offline_access');
  return answer({ clientId: app.clientId, userId, scopes }, endpoint);
}

function byClientCredentials(parameters: TokenParameters, endpoint: TokenEndpoint): TokenAnswer {
  const app = clientOf(parameters, endpoint.apps, 'required');
  if (!app.runAsUserId) throw oauthProblems.noRunAsUser();
  checkActive(app.runAsUserId, endpoint.context);
  const scopes = app.scopes.filter((scope) => scope !== 'refresh_token' && scope !== 'offline_access');
  return answer({ clientId: app.clientId, userId: app.runAsUserId, scopes }, endpoint);
}

function byRefreshToken(parameters: TokenParameters, endpoint: TokenEndpoint): TokenAnswer {
  const { grants, context } = endpoint;
  const app = clientOf(parameters, endpoint.apps, 'optional');
  const old = parameters.refresh_token;
  if (!old) throw oauthProblems.missing('refresh_token');
  const grant = grants.refreshGrant(old);
  if (!grant) grants.refuseReuse(old);
  if (!grant || grant.clientId !== app.clientId) throw oauthProblems.refreshToken();
  checkActive(grant.userId, context);
  if (!app.rotatesRefreshTokens) return answer(grant, endpoint, old);
  const fresh = grants.rotate(old);
  return { ...answer(grant, endpoint, fresh), refresh_token: fresh };
}

function checkVerifier(challenge: string | undefined, verifier: string | undefined): void {
  if (challenge === undefined) return;
  if (!verifier || !VERIFIER.test(verifier)) throw oauthProblems.codeVerifier();
  if (createHash('sha256').update(verifier).digest('base64url') !== challenge)
    throw oauthProblems.codeVerifier();
}

function byCode(parameters: TokenParameters, endpoint: TokenEndpoint): TokenAnswer {
  const { grants, context } = endpoint;
  if (!parameters.code) throw oauthProblems.missing('code');
  const pending = grants.takeCode(parameters.code);
  const proves = pending?.codeChallenge !== undefined;
  const app = clientOf(parameters, endpoint.apps, proves ? 'optional' : 'required');
  if (!pending || pending.clientId !== app.clientId) throw oauthProblems.code();
  if (parameters.redirect_uri !== pending.redirectUri) throw oauthProblems.redirectUri();
  checkVerifier(pending.codeChallenge, parameters.code_verifier);
  checkActive(pending.userId, context);
  const { clientId, userId, scopes } = pending;
  const grant: Grant = { clientId, userId, scopes };
  const lasting = scopes.includes('refresh_token') || scopes.includes('offline_access');
  if (!lasting) return answer(grant, endpoint);
  const refreshToken = grants.newRefreshToken(grant);
  return { ...answer(grant, endpoint, refreshToken), refresh_token: refreshToken };
}

function answer(grant: Grant, { context, apps, grants }: TokenEndpoint, refreshToken?: string): TokenAnswer {
  const { token, issuedAt } = grants.accessToken(grant, refreshToken);
  const id = `${context.baseUrl()}/id/${context.org.id}/${grant.userId}`;
  const secret = apps.find(grant.clientId)?.clientSecret ?? '';
  return {
    access_token: token,
    signature: createHmac('sha256', secret).update(`${id}${issuedAt}`).digest('base64'),
    scope: grant.scopes.join(' '),
    instance_url: context.baseUrl(),
    id,
    token_type: 'Bearer',
    issued_at: String(issuedAt),
  };
}

/**
 * Answers a token request.
 * @param host the Host header: under which name the client called
 * @throws OauthError
 */
export async function grantToken(
  parameters: TokenParameters,
  endpoint: TokenEndpoint,
  host?: string,
): Promise<TokenAnswer> {
  switch (parameters.grant_type) {
    case JWT_GRANT:
      return await byJwt(parameters, endpoint, host);
    case 'client_credentials':
      if (host !== undefined && LOGIN_HOSTS.has(host)) throw oauthProblems.domain();
      return byClientCredentials(parameters, endpoint);
    case 'refresh_token':
      return byRefreshToken(parameters, endpoint);
    case 'authorization_code':
      return byCode(parameters, endpoint);
    default:
      throw oauthProblems.grantType();
  }
}
