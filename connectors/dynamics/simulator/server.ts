import { type EntraSimulator, startEntra } from './entra/server.ts';
import { createHttp, type TlsOptions } from './http.ts';
import { createOrg, type Org, type OrgOptions } from './org.ts';
import { createTokens, type TokenService } from './tokens.ts';

export interface SimulatorOptions extends OrgOptions {
  /** (Default: a free port.) */
  port?: number;
  /** (Default: 127.0.0.1.) */
  host?: string;
  tls?: TlsOptions;
  /** Port of the sign-in. (Default: a free one.) */
  entraPort?: number;
}

/** A running simulator of one environment. */
export interface Simulator {
  /** Where it listens, no slash at the end. */
  url: string;
  org: Org;
  tokens: TokenService;
  /** Where clients sign in; apps are registered there. */
  entra: EntraSimulator;
  close(): Promise<void>;
}

/** Starts a simulator on loopback. */
export async function startDynamicsSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const org = createOrg(options);
  let url = '';
  // Tokens run out by the machine's clock: a rehearsal that jumps months ahead signs nobody out.
  const tokens = createTokens({ now: () => Date.now(), audience: () => url, tenantId: org.tenantId });
  const app = createHttp({ org, tokens, tls: options.tls });
  url = await app.listen({ port: options.port ?? 0, host: options.host ?? '127.0.0.1' });
  const entra = await startEntra({
    tenantId: org.tenantId,
    resource: () => url,
    // An app without a user in the environment is given a token too; the environment refuses it.
    issue: (clientId, lifeMs) => tokens.issue(applicationUser(org, clientId) ?? clientId, lifeMs),
    publicKey: tokens.publicKey,
    now: () => Date.now(),
    ...(options.entraPort === undefined ? {} : { port: options.entraPort }),
  });
  return {
    url,
    org,
    tokens,
    entra,
    close: async () => {
      await entra.close();
      await app.close();
    },
  };
}

/** https://learn.microsoft.com/power-platform/admin/manage-application-users */
function applicationUser(org: Org, clientId: string): string | undefined {
  const isMeant = (id: unknown) => typeof id === 'string' && id.toLowerCase() === clientId.toLowerCase();
  return org.dump('systemuser').find((row) => isMeant(row.applicationid))?.systemuserid as string | undefined;
}
