import { manifest as dynamics } from '../../connectors/dynamics/index.ts';
import { startStandIn as startDynamics } from '../../connectors/dynamics/stand-in.ts';
import { manifest as salesforce } from '../../connectors/salesforce/index.ts';
import { startStandIn as startSalesforce } from '../../connectors/salesforce/stand-in.ts';
import type { ConnectorManifest } from '../../src/sync/connector-manifest.ts';
import type { SourceFile } from '../../src/sync/mapping/provision.ts';

/** A CRM with an app that people sign in to by browser, and what befalls such a sign-in. */
export interface BrowserWorld {
  /** What is no secret, by option key. */
  options: Record<string, string>;
  /** User who sees everything that the mappings need. */
  person: string;
  /** Authority that a browser has to trust for it. */
  ca?: string;
  /** Tells the app of a callback address. */
  register(callback: string): void;
  /** Ends the sign-in of a file, as an administrator does. */
  revoke(text: string): Promise<void>;
  /** The secrets in the text of a sign-in file. */
  secretsIn(text: string): string[];
  close(): Promise<void>;
}

interface Kind {
  label: string;
  manifest: ConnectorManifest;
  start(source: readonly SourceFile[]): Promise<BrowserWorld>;
}

export const browserWorlds: readonly Kind[] = [
  {
    label: salesforce.label,
    manifest: salesforce,
    start: async (source) => {
      const standIn = await startSalesforce({ source });
      const { simulator } = standIn;
      const app = simulator.apps.default;
      return {
        options: { loginUrl: simulator.url, clientId: app.clientId },
        person: 'integration@sim.example',
        register: (callback) => void app.callbackUrls.push(callback),
        revoke: async (text) => {
          const body = new URLSearchParams({ token: JSON.parse(text).refreshToken });
          await fetch(`${simulator.url}/services/oauth2/revoke`, { method: 'POST', body });
        },
        secretsIn: (text) => {
          const { refreshToken, session } = JSON.parse(text);
          return [refreshToken, session.accessToken];
        },
        close: () => standIn.close(),
      };
    },
  },
  {
    label: dynamics.label,
    manifest: dynamics,
    start: async (source) => {
      const standIn = await startDynamics({ source });
      const { simulator } = standIn;
      const { clientSecret: _secret, ...options } = standIn.options;
      const app = simulator.entra.apps.find(options.clientId!)!;
      return {
        options,
        person: 'admin@contoso.example',
        ca: simulator.ca,
        register: (callback) => simulator.entra.apps.add({ ...app, redirectUris: [callback] }),
        revoke: async () => {
          simulator.entra.grants.revokeAll();
          simulator.tokens.expire('all');
        },
        secretsIn: (text) =>
          ['RefreshToken', 'AccessToken'].flatMap((kind) =>
            Object.values<{ secret: string }>(JSON.parse(text).cache[kind]).map(({ secret }) => secret),
          ),
        close: () => standIn.close(),
      };
    },
  },
];
