import { OAuth2 } from 'jsforce/lib/oauth2.js';
import { TierlinkError } from '../../src/errors.ts';
import type { SalesforceOptions } from './options.ts';
import { signInAdvice } from './sign-in-advice.ts';

/** A session as the token endpoint grants it. There is no lifetime in it: it ends when a call answers 401. */
export interface Session {
  accessToken: string;
  instanceUrl: string;
  orgId: string;
  userId: string;
}

/** What the token endpoint gave. */
export interface Granted {
  session: Session;
  refreshToken: string | undefined;
}

interface TokenAnswer {
  access_token?: string;
  instance_url?: string;
  id?: string;
  refresh_token?: string;
}

const NEED_A_PERSON =
  /^(invalid_|inactive_|unsupported_grant_type|redirect_uri_mismatch|unauthorized_client|access_denied)/;
/** Refusals after which only the user can sign in again: the grant itself is gone. */
const GRANT_ENDED = /^(invalid_grant|inactive_user)$/;

/**
 * Asks the token endpoint. Throws CRM_SIGN_IN when only a person can help, CRM_SIGN_IN_ENDED when that is to sign in by
 * browser again, CRM_UNREACHABLE or CRM_BUSY when it may work later. Secrets never show up in the error.
 */
export async function requestTokens(
  options: SalesforceOptions,
  connection: string,
  grant: { grant_type: string } & Record<string, string>,
): Promise<Granted> {
  try {
    return grantedBy((await oauth2For(options).requestToken(grant)) as TokenAnswer, connection);
  } catch (error) {
    if (error instanceof TierlinkError) throw error;
    const isKept = options.signIn === 'browser' && grant.grant_type === 'refresh_token';
    throw isKept && GRANT_ENDED.test((error as Error).name)
      ? new TierlinkError('CRM_SIGN_IN_ENDED', { connection, reason: reasonOf(error) })
      : signInError(error, connection);
  }
}

/** Ends a refresh token and the sessions that it gave. Throws where the org does not answer or refuses. */
export async function revokeToken(options: SalesforceOptions, token: string): Promise<void> {
  await oauth2For(options).revokeToken(token);
}

function oauth2For({ loginUrl, clientId, clientSecret }: SalesforceOptions): OAuth2 {
  return new OAuth2({ loginUrl, clientId, ...(clientSecret === undefined ? {} : { clientSecret }) });
}

function grantedBy(answer: TokenAnswer, connection: string): Granted {
  const [orgId, userId] = (answer.id ?? '').split('/').slice(-2);
  const { access_token: accessToken, instance_url: instanceUrl, refresh_token: refreshToken } = answer;
  if (accessToken === undefined || instanceUrl === undefined || orgId === undefined || userId === undefined) {
    const reason = 'the answer of the token endpoint is not one of Salesforce';
    throw new TierlinkError('CRM_SIGN_IN', { connection, reason });
  }
  const session = { accessToken, instanceUrl: instanceUrl.replace(/\/+$/, ''), orgId, userId };
  return { session, refreshToken };
}

function reasonOf(error: unknown): string {
  const { name, message } = error as Error;
  return `${name}: ${message}`;
}

/** What a failed sign-in means; also one whose grant could not be made. */
export function signInError(error: unknown, connection: string): TierlinkError {
  const { name = '', message = '', code } = error as { name?: string; message?: string; code?: string };
  const reason = message === '' ? name : message;
  if (name === 'rate_limit_exceeded')
    return new TierlinkError('CRM_BUSY', { connection, reason }, { cause: error });
  const answered = NEED_A_PERSON.test(name) || /not installed in this org/i.test(message);
  const ownKey = code !== undefined && /^ERR_(OSSL|INVALID|CRYPTO)/.test(code);
  const advice = signInAdvice(name, message);
  if (answered) return new TierlinkError('CRM_SIGN_IN', { connection, reason: reasonOf(error), advice });
  if (ownKey)
    return new TierlinkError('CRM_SIGN_IN', { connection, reason: 'the private key cannot be read as PEM' });
  if (/^ERROR_HTTP_4/.test(name)) return new TierlinkError('CRM_SIGN_IN', { connection, reason: name });
  return new TierlinkError('CRM_UNREACHABLE', { connection, reason }, { cause: error });
}
