import { createHttp, type TlsOptions } from './http.ts';
import { createOrg, type Org, type OrgOptions } from './org.ts';
import { createTokens, type TokenService } from './tokens.ts';

export interface SimulatorOptions extends OrgOptions {
  /** (Default: a free port.) */
  port?: number;
  /** (Default: 127.0.0.1.) */
  host?: string;
  tls?: TlsOptions;
}

/** A running simulator of one environment. */
export interface Simulator {
  /** Where it listens, no slash at the end. */
  url: string;
  org: Org;
  tokens: TokenService;
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
  return {
    url,
    org,
    tokens,
    close: async () => {
      await app.close();
    },
  };
}
