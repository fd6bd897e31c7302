import type { AuthenticationResult, PublicClientApplication } from '@azure/msal-node';
import { z } from 'zod';
import { TierlinkError } from '../../src/errors.ts';
import type { ConnectorHost } from '../../src/sync/connector-manifest.ts';
import { openSignInFile, type SignInFile } from '../../src/sync/sign-in-file.ts';
import type { SignInLine } from './auth.ts';
import { configurationOf, plainReason, scopesOf, signInError } from './msal.ts';
import type { DynamicsOptions } from './options.ts';

/** What the sign-in file holds, as JSON. */
const keptSchema = z.strictObject({
  /** Of which app, where: a token is good for no other. */
  url: z.string(),
  tenantId: z.string(),
  clientId: z.string(),
  /** MSAL's own cache, as it writes it. */
  cache: z.record(z.string(), z.unknown()),
});

/** MSAL renews a token when it has less than five minutes left; asked for it no later, it does so in time. */
const RENEW_AHEAD_MS = 5 * 60_000;

/** Errors after which only the user can sign in again. */
const GRANT_ENDED = /invalid_grant|interaction_required|login_required|consent_required|no_tokens_found/;

/** An app that people sign in to, with nothing in its cache. Loaded when it is used. */
export async function publicApplication(options: DynamicsOptions): Promise<PublicClientApplication> {
  const msal = await import('@azure/msal-node');
  return new msal.PublicClientApplication(configurationOf(options));
}

/** The text of a sign-in file, of an app that somebody has just signed in to or renewed. */
export function keptText(options: DynamicsOptions, application: PublicClientApplication): string {
  const { url, tenantId, clientId } = options;
  const cache = JSON.parse(application.getTokenCache().serialize()) as Record<string, unknown>;
  return `${JSON.stringify({ url, tenantId, clientId, cache }, null, 2)}\n`;
}

/** Tokens of a person, by MSAL's cache in the sign-in file, which all processes share; renewed once for all of them. */
export function keptSignIn(
  options: DynamicsOptions,
  { connection, log }: Pick<ConnectorHost, 'connection' | 'log'>,
): SignInLine {
  const place = { file: options.signInFile ?? '', connection };
  const file = openSignInFile(place, { problemOf: (text) => problemOf(text, options), log });
  let held: { accessToken: string; renewAt: number } | undefined;
  let asked: Promise<AuthenticationResult> | undefined;
  return {
    token: async (refused) => {
      // MSAL goes by the clock of the machine too.
      const isGood = held !== undefined && held.accessToken !== refused && Date.now() < held.renewAt;
      if (held !== undefined && isGood) return held.accessToken;
      asked ??= askKept(file, options, refused).finally(() => {
        asked = undefined;
      });
      try {
        const { accessToken, expiresOn } = await asked;
        held = { accessToken, renewAt: (expiresOn?.getTime() ?? 0) - RENEW_AHEAD_MS };
        return accessToken;
      } catch (error) {
        throw keptError(error, options, connection);
      }
    },
  };
}

async function askKept(
  file: SignInFile,
  options: DynamicsOptions,
  refused: string | undefined,
): Promise<AuthenticationResult> {
  return await file.renew(async (text, keep) => {
    const application = await publicApplication(options);
    application.getTokenCache().deserialize(JSON.stringify(keptSchema.parse(JSON.parse(text)).cache));
    const [account] = await application.getTokenCache().getAllAccounts();
    if (account === undefined) throw file.unusable('nobody is signed in in it');
    const request = { account, scopes: scopesOf(options) };
    let result = await application.acquireTokenSilent(request);
    if (result.accessToken === refused)
      result = await application.acquireTokenSilent({ ...request, forceRefresh: true });
    if (!result.fromCache) keep(keptText(options, application));
    return result;
  });
}

function problemOf(text: string, options: DynamicsOptions): string | null {
  const kept = keptSchema.safeParse(jsonOf(text));
  if (!kept.success) return 'it is not what tierlink connect wrote';
  const { url, tenantId, clientId } = kept.data;
  const isOurs = url === options.url && tenantId === options.tenantId && clientId === options.clientId;
  return isOurs ? null : 'it is of another environment or app than the connection has now';
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function keptError(error: unknown, options: DynamicsOptions, connection: string): TierlinkError {
  if (error instanceof TierlinkError) return error;
  const { errorCode = '', message = '' } = error as { errorCode?: string; message?: string };
  return GRANT_ENDED.test(errorCode)
    ? new TierlinkError('CRM_SIGN_IN_ENDED', { connection, reason: plainReason(message) })
    : signInError(error, options, connection);
}
