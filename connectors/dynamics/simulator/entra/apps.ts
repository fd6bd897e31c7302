import { X509Certificate } from 'node:crypto';

/** An app registration of the tenant. */
export interface EntraApp {
  clientId: string;
  secrets: readonly AppSecret[];
  /** PEM certificates whose keys may sign its assertions. */
  certificates: readonly string[];
  /** Of the platform for mobile and desktop apps: people sign in to such an app without a secret. (Default: none) */
  redirectUris?: readonly string[];
}

export interface AppSecret {
  value: string;
  /** Epoch milliseconds. (Default: it does not end) */
  expiresAt?: number;
}

export interface AppRegistry {
  add(app: EntraApp): void;
  find(clientId: string): EntraApp | undefined;
}

export function createApps(): AppRegistry {
  const apps = new Map<string, EntraApp>();
  return {
    add: (app) => void apps.set(app.clientId.toLowerCase(), app),
    find: (clientId) => apps.get(clientId.toLowerCase()),
  };
}

/** The certificate that an assertion's header names, by either kind of thumbprint; undefined when it is not the app's. */
export function certificateOf(
  { certificates }: EntraApp,
  header: { x5t?: unknown; 'x5t#S256'?: unknown },
): X509Certificate | undefined {
  return certificates
    .map((pem) => new X509Certificate(pem))
    .find(
      ({ fingerprint, fingerprint256 }) =>
        header['x5t#S256'] === thumbprint(fingerprint256) || header.x5t === thumbprint(fingerprint),
    );
}

/** AB:CD:… as JSON web signatures write it. */
function thumbprint(fingerprint: string): string {
  return Buffer.from(fingerprint.replaceAll(':', ''), 'hex').toString('base64url');
}
