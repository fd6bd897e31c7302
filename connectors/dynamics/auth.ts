import { createHash, X509Certificate } from 'node:crypto';
import type { ConfidentialClientApplication, Configuration } from '@azure/msal-node';
import type { ConnectorHost } from '../../src/sync/connector-manifest.ts';
import { keptSignIn } from './kept-sign-in.ts';
import { configurationOf, scopesOf, signInError } from './msal.ts';
import type { DynamicsOptions } from './options.ts';

/** Gives out access tokens. */
export interface SignInLine {
  /**
   * A token that is good now; kept by MSAL and renewed by it some minutes before it ends.
   * @param refused one that the environment no longer takes; a new one is asked for then
   * @throws CRM_SIGN_IN, CRM_SIGN_IN_ENDED or CRM_SIGN_IN_FILE when only a person can help, CRM_UNREACHABLE or CRM_BUSY when it
   * may work later
   */
  token(refused?: string): Promise<string>;
}

export function createSignIn(
  options: DynamicsOptions,
  host: Pick<ConnectorHost, 'connection' | 'log'>,
): SignInLine {
  const { connection } = host;
  if (options.signInFile !== undefined) return keptSignIn(options, host);
  let application: Promise<ConfidentialClientApplication> | undefined;
  const scopes = scopesOf(options);
  return {
    token: async (refused) => {
      try {
        application ??= createApplication(options);
        const asked = { scopes, skipCache: refused !== undefined };
        const result = await (await application).acquireTokenByClientCredential(asked);
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
  const { auth, ...others } = configurationOf(options);
  return new msal.ConfidentialClientApplication({ ...others, auth: { ...auth, ...credentialOf(options) } });
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
