import { request } from 'node:https';
import type { Configuration, INetworkModule, NetworkRequestOptions, NetworkResponse } from '@azure/msal-node';
import { TierlinkError } from '../../src/errors.ts';
import type { DynamicsOptions } from './options.ts';
import { signInAdvice } from './sign-in-advice.ts';

/** Hosts of which MSAL itself knows the clouds; every other one has to be declared.
 * https://learn.microsoft.com/entra/identity-platform/authentication-national-cloud */
const microsoftHosts = new Set([
  'login.microsoftonline.com',
  'login.microsoftonline.us',
  'login.partner.microsoftonline.cn',
  'login.chinacloudapi.cn',
]);

/** One slash too many would name another resource: the address has none at its end. */
export function scopesOf({ url }: DynamicsOptions): string[] {
  return [`${url}/.default`];
}

/** What MSAL has to know of every app, be it one with a secret or one that people sign in to. */
export function configurationOf(options: DynamicsOptions): Configuration {
  const { host } = new URL(options.authority);
  return {
    auth: {
      clientId: options.clientId,
      authority: `${options.authority}/${encodeURIComponent(options.tenantId)}`,
      ...(microsoftHosts.has(host) ? {} : { knownAuthorities: [host] }),
    },
    ...(options.ca === undefined ? {} : { system: { networkClient: trusting(options.ca) } }),
  };
}

const SIGN_IN_TIMEOUT_MS = 60_000;

/** MSAL's requests with one more authority trusted: its own client takes that from the environment of the process only. */
function trusting(ca: string): INetworkModule {
  const send = async <T>(
    method: string,
    address: string,
    options: NetworkRequestOptions = {},
  ): Promise<NetworkResponse<T>> =>
    await new Promise((resolve, reject) => {
      const given = { method, ca, headers: options.headers ?? {}, timeout: SIGN_IN_TIMEOUT_MS };
      const sent = request(address, given, (answer) => {
        const parts: Buffer[] = [];
        answer.on('data', (part: Buffer) => parts.push(part));
        answer.on('error', reject);
        answer.on('end', () => {
          try {
            const body = JSON.parse(Buffer.concat(parts).toString('utf8')) as T;
            const headers = Object.fromEntries(
              Object.entries(answer.headers).map(([name, value]) => [name, String(value)]),
            );
            resolve({ status: answer.statusCode ?? 0, headers, body });
          } catch (error) {
            reject(error);
          }
        });
      });
      sent.on('timeout', () => sent.destroy(new Error('the sign-in did not answer in time')));
      sent.on('error', reject);
      sent.end(options.body);
    });
  return {
    sendGetRequestAsync: async (address, options) => await send('GET', address, options),
    sendPostRequestAsync: async (address, options) => await send('POST', address, options),
  };
}

/** Sign-in errors that heal by themselves: https://learn.microsoft.com/entra/identity-platform/reference-error-codes */
const passing =
  /AADSTS(90033|90002[1-9]|50196|90085)\b|temporarily_unavailable|server_error|request_throttled/;

/** What a failed sign-in means. */
export function signInError(
  error: unknown,
  { authority, tenantId }: DynamicsOptions,
  connection: string,
): TierlinkError {
  if (error instanceof TierlinkError) return error;
  const {
    errorCode = '',
    message = '',
    code = '',
  } = error as {
    errorCode?: string;
    message?: string;
    code?: string;
  };
  // MSAL says the same whether nobody answered, the answer was not trusted, or the tenant was not known there.
  const isLost = errorCode === 'endpoints_resolution_error' || errorCode === 'network_error';
  const reason = isLost
    ? `the sign-in at ${authority} does not answer, is not trusted, or does not know the tenant ${tenantId}`
    : plainReason(message);
  if (passing.test(message) || passing.test(errorCode))
    return new TierlinkError('CRM_BUSY', { connection, reason }, { cause: error });
  if (/AADSTS\d+/.test(message))
    return new TierlinkError('CRM_SIGN_IN', { connection, reason, advice: signInAdvice(reason) });
  if (/^ERR_(OSSL|INVALID|CRYPTO)/.test(code))
    return new TierlinkError('CRM_SIGN_IN', {
      connection,
      reason: 'the certificate or its private key cannot be read as PEM',
    });
  if (/invalid_client|unauthorized_client|invalid_resource|invalid_scope|invalid_request/.test(errorCode))
    return new TierlinkError('CRM_SIGN_IN', { connection, reason });
  return new TierlinkError('CRM_UNREACHABLE', { connection, reason }, { cause: error });
}

/** What the sign-in says, without the numbers for Microsoft's support that it ends with. */
export function plainReason(message: string): string {
  const said = /AADSTS\d+: [\s\S]*/.exec(message)?.[0] ?? message;
  return (
    said
      .replace(/\s*(Trace ID|Correlation ID|Timestamp): [\s\S]*$/, '')
      .trim()
      .replace(/\.$/, '') || 'it gave no reason'
  );
}
