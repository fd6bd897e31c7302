import { createPrivateKey, randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import { OAuth2 } from 'jsforce/lib/oauth2.js';
import { TierlinkError } from '../../src/errors.ts';
import type { SalesforceOptions } from './options.ts';

/** A session as the token endpoint grants it. There is no lifetime in it: it ends when a call answers 401. */
export interface Session {
  accessToken: string;
  instanceUrl: string;
  orgId: string;
  userId: string;
}

interface TokenAnswer {
  access_token?: string;
  instance_url?: string;
  id?: string;
  refresh_token?: string;
}

const JWT_GRANT = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
/** The platform takes assertions that end at most a few minutes ahead. */
const ASSERTION_SECONDS = 180;
const NEED_A_PERSON =
  /^(invalid_|inactive_|unsupported_grant_type|redirect_uri_mismatch|unauthorized_client|access_denied)/;

/**
 * Gets a new session. Throws CRM_SIGN_IN when only a person can help, CRM_UNREACHABLE or CRM_BUSY when it may work
 * later. Secrets never show up in the error.
 */
export async function signIn(
  options: SalesforceOptions,
  connection: string,
  nowMs: number,
): Promise<Session> {
  const oauth2 = new OAuth2({
    loginUrl: options.loginUrl,
    clientId: options.clientId,
    ...(options.clientSecret === undefined ? {} : { clientSecret: options.clientSecret }),
  });
  try {
    const grant = await grantOf(options, nowMs);
    return sessionOf((await oauth2.requestToken(grant)) as TokenAnswer, options, connection);
  } catch (error) {
    throw error instanceof TierlinkError ? error : signInError(error, connection);
  }
}

async function grantOf(
  options: SalesforceOptions,
  nowMs: number,
): Promise<{ grant_type: string } & Record<string, string>> {
  if (options.signIn === 'jwt')
    return { grant_type: JWT_GRANT, assertion: await assertionOf(options, nowMs) };
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

/**
 * A rotated refresh token would have to be kept for the next start, as a secret that changes at each sign-in. It is
 * refused instead: the administrator is told at the first sign-in, and JWT needs no such thing.
 */
function sessionOf(answer: TokenAnswer, options: SalesforceOptions, connection: string): Session {
  const refuse = (reason: string): never => {
    throw new TierlinkError('CRM_SIGN_IN', { connection, reason });
  };
  if (
    options.signIn === 'refreshToken' &&
    (answer.refresh_token ?? options.refreshToken) !== options.refreshToken
  ) {
    return refuse(
      'the app rotates refresh tokens, which is not supported; turn rotation off or sign in by JWT',
    );
  }
  const [orgId, userId] = (answer.id ?? '').split('/').slice(-2);
  const { access_token: accessToken, instance_url: instanceUrl } = answer;
  if (accessToken === undefined || instanceUrl === undefined || orgId === undefined || userId === undefined) {
    return refuse('the answer of the token endpoint is not one of Salesforce');
  }
  return { accessToken, instanceUrl: instanceUrl.replace(/\/+$/, ''), orgId, userId };
}

function signInError(error: unknown, connection: string): TierlinkError {
  const { name = '', message = '', code } = error as { name?: string; message?: string; code?: string };
  const reason = message === '' ? name : message;
  if (name === 'rate_limit_exceeded')
    return new TierlinkError('CRM_BUSY', { connection, reason }, { cause: error });
  const answered = NEED_A_PERSON.test(name) || /not installed in this org/i.test(message);
  const ownKey = code !== undefined && /^ERR_(OSSL|INVALID|CRYPTO)/.test(code);
  if (answered) return new TierlinkError('CRM_SIGN_IN', { connection, reason: `${name}: ${message}` });
  if (ownKey)
    return new TierlinkError('CRM_SIGN_IN', { connection, reason: 'the private key cannot be read as PEM' });
  if (/^ERROR_HTTP_4/.test(name)) return new TierlinkError('CRM_SIGN_IN', { connection, reason: name });
  return new TierlinkError('CRM_UNREACHABLE', { connection, reason }, { cause: error });
}
