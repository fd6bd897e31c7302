import { type CallCounter, createCallCounter } from './calls.ts';
import { makeAuthority } from './entra/certificate.ts';
import { type EntraSimulator, startEntra } from './entra/server.ts';
import type { TenantUser } from './entra/user-grants.ts';
import type { Faults } from './faults.ts';
import { createHttp, type TlsOptions } from './http.ts';
import { createOrg, type Org, type OrgOptions } from './org.ts';
import { createProtection, type ProtectionLimits } from './protection.ts';
import { createTokens, type TokenService } from './tokens.ts';

export interface SimulatorOptions extends OrgOptions {
  /** The environment to serve. (Default: a new one with no rows but those that each begins with.) */
  org?: Org;
  /** (Default: a free port.) */
  port?: number;
  /** (Default: 127.0.0.1.) */
  host?: string;
  /**
   * Key and certificate for https, or `authority`: one that the authority signs which has signed that of the sign-in too.
   * (Default: plain http)
   */
  tls?: TlsOptions | 'authority';
  /** A file of faults to start with. */
  faults?: string;
  /** What one user may ask for. (Default: the platform's own limits) */
  limits?: Partial<ProtectionLimits>;
  /** Port of the sign-in. (Default: a free one.) */
  entraPort?: number;
}

/** A running simulator of one environment. */
export interface Simulator {
  /** Where it listens, no slash at the end. */
  url: string;
  org: Org;
  tokens: TokenService;
  faults: Faults;
  calls: CallCounter;
  /** Where clients sign in; apps are registered there. */
  entra: EntraSimulator;
  /** PEM of the authority that clients have to trust, as with NODE_EXTRA_CA_CERTS. */
  ca: string;
  close(): Promise<void>;
}

/** Starts a simulator on loopback. */
export async function startDynamicsSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const org = options.org ?? createOrg(options);
  const { faults } = org.state;
  if (options.faults !== undefined) faults.load(options.faults);
  const calls = createCallCounter();
  const { ca, server } = await makeAuthority(Date.now());
  let url = '';
  let authority = '';
  // Tokens run out by the machine's clock: a rehearsal that jumps months ahead signs nobody out.
  const tokens = createTokens({ now: () => Date.now(), audience: () => url, tenantId: org.tenantId });
  const app = createHttp({
    org,
    tokens,
    calls,
    protection: createProtection(options.limits),
    tls: options.tls === 'authority' ? server : options.tls,
    authority: () => authority,
  });
  url = await app.listen({ port: options.port ?? 0, host: options.host ?? '127.0.0.1' });
  const entra = await startEntra({
    tenantId: org.tenantId,
    resource: () => url,
    issue: (appId, lifeMs) => tokens.issue({ appId }, lifeMs),
    issueUser: (userId, lifeMs) => tokens.issue(userId, lifeMs),
    signClaims: tokens.signClaims,
    users: () => peopleOf(org),
    publicKey: tokens.publicKey,
    tls: server,
    now: () => Date.now(),
    ...(options.entraPort === undefined ? {} : { port: options.entraPort }),
  });
  authority = entra.authority;
  return {
    url,
    org,
    tokens,
    faults,
    calls,
    entra,
    ca,
    close: async () => {
      await entra.close();
      await app.close();
    },
  };
}

/** Users that are people: application users cannot sign in. */
function peopleOf(org: Org): TenantUser[] {
  return org
    .dump('systemuser')
    .filter(({ applicationid, isdisabled }) => applicationid == null && isdisabled !== true)
    .map(({ systemuserid, domainname, fullname }) => ({
      id: String(systemuserid),
      name: String(domainname ?? fullname),
    }));
}
