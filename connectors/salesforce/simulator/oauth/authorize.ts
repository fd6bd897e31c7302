/** The browser step of the web-server flow. Nobody is asked: the user is the one hinted at, or the app's own. */

import type { SimulatorContext } from '../context.ts';
import type { AppRegistry, RegisteredApp } from './apps.ts';
import type { Grants } from './grants.ts';
import { OauthError, oauthProblems } from './problems.ts';
import { activeUser, type TokenParameters } from './token.ts';

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

function matches(registered: string, asked: string): boolean {
  if (registered === asked) return true;
  if (!URL.canParse(registered) || !URL.canParse(asked)) return false;
  const [a, b] = [new URL(registered), new URL(asked)];
  return LOOPBACK.has(a.hostname) && a.hostname === b.hostname && a.pathname === b.pathname;
}

function userIdFor(app: RegisteredApp, hint: string | undefined, context: SimulatorContext): string {
  const hinted = hint === undefined ? undefined : activeUser(hint, context);
  return String(hinted?.Id ?? app.runAsUserId ?? context.clientCredentials.runAsUserId);
}

function scopesFor(app: RegisteredApp, asked: string | undefined): string[] {
  if (!asked) return app.scopes;
  const scopes = asked.split(/\s+/).filter(Boolean);
  const allowed = new Set([
    ...app.scopes,
    ...(app.scopes.includes('refresh_token') ? ['offline_access'] : []),
  ]);
  if (!scopes.every((scope) => allowed.has(scope) || app.scopes.includes('full')))
    throw oauthProblems.scope();
  return scopes;
}

/**
 * The address to send the browser to: the app's callback with a code, or with the refusal.
 * @throws OauthError when the app or the callback is unknown: then there is nowhere to send it
 */
export function authorize(
  parameters: TokenParameters,
  { context, apps, grants }: { context: SimulatorContext; apps: AppRegistry; grants: Grants },
): string {
  const { client_id, redirect_uri, response_type, scope, state, code_challenge, login_hint } = parameters;
  const app = apps.find(client_id ?? '');
  if (!app) throw oauthProblems.clientId();
  if (!redirect_uri || !app.callbackUrls.some((url) => matches(url, redirect_uri)))
    throw oauthProblems.redirectUri();
  const target = new URL(redirect_uri);
  try {
    if (response_type !== 'code') throw oauthProblems.responseType();
    const code = grants.newCode({
      clientId: app.clientId,
      userId: userIdFor(app, login_hint, context),
      scopes: scopesFor(app, scope),
      redirectUri: redirect_uri,
      codeChallenge: code_challenge,
    });
    target.searchParams.set('code', code);
  } catch (error) {
    if (!(error instanceof OauthError)) throw error;
    target.searchParams.set('error', error.error);
    target.searchParams.set('error_description', error.message);
  }
  if (state !== undefined) target.searchParams.set('state', state);
  return target.href;
}
