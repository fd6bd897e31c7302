/** The apps that an org knows (connected apps, external client apps), as data. */

import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { callbackAddress, USUAL_CALLBACK_PORT } from '../../../../src/sync/browser-sign-in.ts';
import type { SimulatorContext } from '../context.ts';

export interface RegisteredApp {
  clientId: string;
  clientSecret: string;
  /** PEM of the certificate or public key against which a JWT's signature is checked; without it JWT is refused. */
  publicKey?: string;
  /** PEM of a further certificate whose key may sign assertions. */
  certificate?: string;
  /** Where authorize may send its code. */
  callbackUrls: string[];
  /** Scopes that a token of this app can have. */
  scopes: string[];
  /** Ids of the users who may sign in by JWT. (Default: every active user.) */
  approvedUserIds?: string[];
  /** True: an admin approves users beforehand; it decides the wording of the refusal. (Default: true.) */
  adminApprovedOnly: boolean;
  /** The user of client_credentials; without one that grant is refused. */
  runAsUserId?: string;
  /** True: each refresh answers a new refresh token and kills the old one; whoever uses that again ends the new one as well. (Default: false.) */
  rotatesRefreshTokens: boolean;
}

export interface SigningKeys {
  /** PKCS#8 PEM. */
  privateKey: string;
  /** SPKI PEM. */
  publicKey: string;
}

export interface AppRegistry {
  find(clientId: string): RegisteredApp | undefined;
  /** Adds an app, or replaces the one with its client id. */
  put(app: RegisteredApp): void;
  /** The app of the context's client credentials. */
  readonly default: RegisteredApp;
  /** The keys of the default app, for clients that sign in by JWT. */
  readonly jwtKeys: SigningKeys;
}

/** A new RSA key pair, as PEM texts. */
export function createSigningKeys(): SigningKeys {
  return generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
}

/** An app with fresh credentials; any part of it can be given. */
export function createApp(given: Partial<RegisteredApp> = {}): RegisteredApp {
  return {
    clientId: `3MVG9${randomBytes(40).toString('base64url')}`,
    clientSecret: randomBytes(32).toString('hex').toUpperCase(),
    callbackUrls: ['http://localhost:1717/OauthRedirect', callbackAddress(USUAL_CALLBACK_PORT).href],
    scopes: ['api', 'refresh_token', 'id'],
    adminApprovedOnly: true,
    rotatesRefreshTokens: false,
    ...given,
  };
}

function createRegistry(context: SimulatorContext): AppRegistry {
  const { clientId, clientSecret, runAsUserId, certificate } = context.clientCredentials;
  const apps = new Map<string, RegisteredApp>();
  let keys: SigningKeys | undefined;
  const jwtKeys = () => {
    keys ??= createSigningKeys();
    return keys;
  };
  const base = createApp({
    clientId,
    clientSecret,
    runAsUserId,
    ...(certificate === undefined ? {} : { certificate }),
  });
  // making keys takes a noticeable moment, so they are made when somebody asks for them
  const app = Object.defineProperty(base, 'publicKey', { enumerable: true, get: () => jwtKeys().publicKey });
  apps.set(clientId, app);
  return {
    find: (id) => apps.get(id),
    put: (one) => {
      apps.set(one.clientId, one);
    },
    default: app,
    get jwtKeys() {
      return jwtKeys();
    },
  };
}

const registries = new WeakMap<SimulatorContext, AppRegistry>();

/** The apps of a running simulator; made, with the default app in it, on first use. */
export function appsOf(context: SimulatorContext): AppRegistry {
  let registry = registries.get(context);
  if (!registry) {
    registry = createRegistry(context);
    registries.set(context, registry);
  }
  return registry;
}
