import { approvalPage, DENIED, isPrompted } from '../../../simulation/approval-page.ts';
import type { EntraApp } from './apps.ts';
import { EntraError, entraProblems } from './problems.ts';
import { checkScope, type TokenEndpoint } from './token.ts';
import { type Challenge, clientInfo } from './user-grants.ts';

type Parameters = Readonly<Record<string, string | undefined>>;

/** What the browser gets: the address that it is sent to, or a page. */
export type BrowserAnswer = { redirect: string } | { html: string };

/**
 * The browser step of signing in. With a prompt a person chooses a user and allows or declines the app; without one nobody is
 * asked, as in a browser that is signed in: the user is the one hinted at, or one of them.
 * https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow
 * @throws EntraError when the app or the address is unknown: then there is nowhere to send the browser
 */
export function authorize(endpoint: TokenEndpoint, tenant: string, parameters: Parameters): BrowserAnswer {
  const { client_id: clientId = '', redirect_uri: redirectUri = '', state } = parameters;
  const app = endpoint.apps.find(clientId);
  if (app === undefined) throw entraProblems.app(clientId, tenant);
  if (!isRegistered(app, redirectUri)) throw entraProblems.redirectUri(redirectUri, clientId);
  const target = new URL(redirectUri);
  try {
    const asked = checkAsked(endpoint, tenant, parameters);
    if (isPrompted(parameters)) {
      const names = endpoint.users().map(({ name }) => name);
      return { html: approvalPage(parameters, names) };
    }
    if (parameters.decision === DENIED) throw entraProblems.declined();
    const code = endpoint.grants.newCode({ ...asked, clientId: app.clientId, redirectUri });
    target.searchParams.set('code', code);
    if (parameters.client_info === '1')
      target.searchParams.set('client_info', clientInfo(asked.user, endpoint.tenantId));
  } catch (error) {
    if (!(error instanceof EntraError)) throw error;
    target.searchParams.set('error', error.error);
    target.searchParams.set('error_description', `AADSTS${error.code}: ${error.message}`);
    if (error.error === 'access_denied') target.searchParams.set('error_subcode', 'cancel');
  }
  if (state !== undefined) target.searchParams.set('state', state);
  return { redirect: target.href };
}

/** The port of localhost does not count, its path does. https://learn.microsoft.com/entra/identity-platform/reply-url */
function isRegistered({ redirectUris = [] }: EntraApp, asked: string): boolean {
  return redirectUris.some((registered) => {
    if (registered === asked) return true;
    if (!URL.canParse(registered) || !URL.canParse(asked)) return false;
    const [one, other] = [new URL(registered), new URL(asked)];
    if (one.protocol !== 'http:' || one.hostname !== 'localhost') return false;
    other.port = one.port;
    return one.href === other.href;
  });
}

function checkAsked(endpoint: TokenEndpoint, tenant: string, parameters: Parameters) {
  const { response_type: type, scope, login_hint: hint, nonce } = parameters;
  if (type !== 'code') throw entraProblems.responseType();
  if (!scope) throw entraProblems.missing('scope');
  checkScope(endpoint, scope, tenant);
  const users = endpoint.users();
  const user = users.find(({ name }) => name.toLowerCase() === hint?.toLowerCase()) ?? users[0]!;
  const challenge = challengeIn(parameters);
  return { user, scopes: scope.split(' '), challenge, nonce: nonce === '' ? undefined : nonce };
}

/** Where no method is said the challenge is the verifier itself (RFC 7636, 4.3). */
function challengeIn(parameters: Parameters): Challenge | undefined {
  const { code_challenge: text, code_challenge_method: method = 'plain' } = parameters;
  if (text === undefined) return undefined;
  if (method !== 'plain' && method !== 'S256') throw entraProblems.challengeMethod(method);
  return { text, method };
}
