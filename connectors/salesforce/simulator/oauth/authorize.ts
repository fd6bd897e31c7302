/**
 * The browser step of the web-server flow. With a prompt a person chooses a user and allows or denies the app; without one,
 * as in a browser that is signed in and has allowed it before, nobody is asked: the user is the one hinted at, or the app's own.
 */

import { approvalPage, DENIED, isPrompted } from '../../../simulation/approval-page.ts';
import type { SimulatorContext } from '../context.ts';
import type { AppRegistry, RegisteredApp } from './apps.ts';
import type { Grants } from './grants.ts';
import { OauthError, oauthProblems } from './problems.ts';
import { activeUser, type TokenParameters } from './token.ts';

function userIdFor(app: RegisteredApp, hint: string | undefined, context: SimulatorContext): string {
  const hinted = hint === undefined ? undefined : activeUser(hint, context);
  return String(hinted?.Id ?? app.runAsUserId ?? context.clientCredentials.runAsUserId);
}

function activeNames({ org }: SimulatorContext): string[] {
  return [...org.rows('User')]
    .filter(({ IsActive }) => IsActive !== false)
    .map(({ Username }) => String(Username));
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

/** The platform takes a challenge for S256 where nothing is said, and takes no other. */
function checkMethod({ code_challenge, code_challenge_method: method = 'S256' }: TokenParameters): void {
  if (code_challenge !== undefined && method !== 'S256') throw oauthProblems.challengeMethod();
}

/** What the browser gets: the address that it is sent to, or a page. */
export type BrowserAnswer = { redirect: string } | { html: string };

/**
 * Sends the browser to the app's callback with a code, or with the refusal; the callback has to be one of the app's to the
 * letter, as the platform compares them.
 * @throws OauthError when the app or the callback is unknown: then there is nowhere to send it
 */
export function authorize(
  parameters: TokenParameters,
  { context, apps, grants }: { context: SimulatorContext; apps: AppRegistry; grants: Grants },
): BrowserAnswer {
  const { client_id, redirect_uri, response_type, scope, state, code_challenge, login_hint } = parameters;
  const app = apps.find(client_id ?? '');
  if (!app) throw oauthProblems.clientId();
  if (!redirect_uri || !app.callbackUrls.includes(redirect_uri)) throw oauthProblems.redirectUri();
  const target = new URL(redirect_uri);
  try {
    if (response_type !== 'code') throw oauthProblems.responseType();
    checkMethod(parameters);
    if (isPrompted(parameters)) return { html: approvalPage(parameters, activeNames(context)) };
    if (parameters.decision === DENIED) throw oauthProblems.denied();
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
  return { redirect: target.href };
}
