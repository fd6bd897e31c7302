import { createHash, X509Certificate } from 'node:crypto';
import { request } from 'node:https';
import type {
  ConfidentialClientApplication,
  Configuration,
  INetworkModule,
  NetworkRequestOptions,
  NetworkResponse,
} from '@azure/msal-node';
import { TierlinkError } from '../../src/errors.ts';
import type { DynamicsOptions } from './options.ts';

/** Gives out access tokens. */
export interface SignInLine {
  /**
   * A token that is good now; kept by MSAL and renewed by it some minutes before it ends.
   * @param renew asks for a new one even so, because the environment no longer takes the kept one
   * @throws CRM_SIGN_IN when only a person can help, CRM_UNREACHABLE or CRM_BUSY when it may work later
   */
  token(renew?: boolean): Promise<string>;
}

/** Hosts of which MSAL itself knows the clouds; every other one has to be declared.
 * https://learn.microsoft.com/entra/identity-platform/authentication-national-cloud */
const microsoftHosts = new Set([
  'login.microsoftonline.com',
  'login.microsoftonline.us',
  'login.partner.microsoftonline.cn',
  'login.chinacloudapi.cn',
]);

export function createSignIn(options: DynamicsOptions, connection: string): SignInLine {
  let application: Promise<ConfidentialClientApplication> | undefined;
  // One slash too many would name another resource: the address has none at its end.
  const scopes = [`${options.url}/.default`];
  return {
    token: async (renew = false) => {
      try {
        application ??= createApplication(options);
        const result = await (await application).acquireTokenByClientCredential({ scopes, skipCache: renew });
        if (result === null) throw new Error('the sign-in gave no token');
        return result.accessToken;
      } catch (error) {
        application = undefined;
        throw signInError(error, options, connection);
      }
    },
  };
}

async function createApplication(options: DynamicsOptions): Promise<ConfidentialClientApplication> {
  // Loaded when it is used: most commands never sign in, and it takes long.
  const msal = await import('@azure/msal-node');
  const { host } = new URL(options.authority);
  const configuration: Configuration = {
    auth: {
      clientId: options.clientId,
      authority: `${options.authority}/${encodeURIComponent(options.tenantId)}`,
      ...(microsoftHosts.has(host) ? {} : { knownAuthorities: [host] }),
      ...credentialOf(options),
    },
    ...(options.ca === undefined ? {} : { system: { networkClient: trusting(options.ca) } }),
  };
  return new msal.ConfidentialClientApplication(configuration);
}

function credentialOf({
  certificate,
  clientSecret,
}: DynamicsOptions): Pick<Configuration['auth'], 'clientSecret' | 'clientCertificate'> {
  if (certificate === undefined) return { clientSecret: clientSecret ?? '' };
  const thumbprintSha256 = createHash('sha256')
    .update(new X509Certificate(certificate.certificate).raw)
    .digest('hex');
  return { clientCertificate: { thumbprintSha256, privateKey: certificate.privateKey } };
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

function signInError(
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
  if (/AADSTS\d+/.test(message)) return new TierlinkError('CRM_SIGN_IN', { connection, reason });
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
function plainReason(message: string): string {
  const said = /AADSTS\d+: [\s\S]*/.exec(message)?.[0] ?? message;
  return (
    said
      .replace(/\s*(Trace ID|Correlation ID|Timestamp): [\s\S]*$/, '')
      .trim()
      .replace(/\.$/, '') || 'it gave no reason'
  );
}
