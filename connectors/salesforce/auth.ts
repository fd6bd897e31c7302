import { createPrivateKey, randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import { TierlinkError } from '../../src/errors.ts';
import type { ConnectorHost } from '../../src/sync/connector-manifest.ts';
import { keptSession } from './kept-session.ts';
import type { SalesforceOptions } from './options.ts';
import { requestTokens, type Session, signInError } from './token-request.ts';

const JWT_GRANT = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
/** The platform takes assertions that end at most a few minutes ahead. */
const ASSERTION_SECONDS = 180;

export interface SignInRequest {
  options: SalesforceOptions;
  host: ConnectorHost;
  /** Access token that the org no longer takes. (Default: none yet) */
  refused?: string | undefined;
}

/**
 * Gets a session, a new one where one was refused. Throws CRM_SIGN_IN, CRM_SIGN_IN_ENDED or CRM_SIGN_IN_FILE when only a person
 * can help, CRM_UNREACHABLE or CRM_BUSY when it may work later. Secrets never show up in the error.
 */
export async function signIn(request: SignInRequest): Promise<Session> {
  const { options, host } = request;
  const { connection } = host;
  if (options.signIn === 'browser') return await keptSession(options, host, request.refused);
  const { session, refreshToken } = await requestTokens(options, connection, await grantOf(request));
  if (options.signIn === 'refreshToken' && (refreshToken ?? options.refreshToken) !== options.refreshToken) {
    // A token from the environment cannot be replaced there by us.
    const reason =
      'the app rotates refresh tokens, and one from the environment cannot be renewed there; sign in by browser, which keeps it in a file, or by JWT';
    throw new TierlinkError('CRM_SIGN_IN', { connection, reason });
  }
  return session;
}

async function grantOf({
  options,
  host,
}: SignInRequest): Promise<{ grant_type: string } & Record<string, string>> {
  if (options.signIn === 'jwt') {
    const assertion = await assertionOf(options, host.now()).catch((error: unknown) => {
      throw signInError(error, host.connection);
    });
    return { grant_type: JWT_GRANT, assertion };
  }
  if (options.signIn === 'clientCredentials') return { grant_type: 'client_credentials' };
  return { grant_type: 'refresh_token', refresh_token: options.refreshToken ?? '' };
}

async function assertionOf(options: SalesforceOptions, nowMs: number): Promise<string> {
  const key = createPrivateKey(options.privateKey ?? '');
  return await new SignJWT({})
    .setProtectedHeader({ alg: 'RS256' })
    .setIssuer(options.clientId)
    .setSubject(options.username ?? '')
    .setAudience(options.audience)
    .setJti(randomUUID())
    .setExpirationTime(Math.floor(nowMs / 1_000) + ASSERTION_SECONDS)
    .sign(key);
}
