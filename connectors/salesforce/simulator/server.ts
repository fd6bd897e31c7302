import { type BulkControl, bulkOf } from './bulk/jobs.ts';
import { type CallCounter, createCallCounter } from './calls.ts';
import type { ClientCredentials, SimulatorContext } from './context.ts';
import { type Deployments, deploymentsOf } from './deploy/deployments.ts';
import type { Faults } from './faults.ts';
import { createHttp, type TlsOptions } from './http.ts';
import { type AppRegistry, appsOf } from './oauth/apps.ts';
import type { Org } from './org.ts';
import { registerAllRoutes } from './routes/all.ts';
import type { SampleIds } from './sample/sample.ts';
import type { SetupUsers } from './setup-data.ts';
import { createSimulatedOrg, type SimulatedOrgOptions } from './simulated-org.ts';
import { createTokenService, type TokenService } from './tokens.ts';
import { type Tooling, toolingOf } from './tooling.ts';

export { createSimulatedOrg } from './simulated-org.ts';

export interface SimulatorOptions extends SimulatedOrgOptions {
  /** (Default: a free port.) */
  port?: number;
  /** (Default: 127.0.0.1.) */
  host?: string;
  /** A file of faults to start with. */
  faults?: string;
  /** Key and certificate for https; the same key may sign JWT assertions. */
  tls?: TlsOptions;
  /** As whom client credentials sign in. (Default: the administrator.) */
  runAs?: 'admin' | 'integration';
  /** API requests a day. (Default: 15,000.) */
  dailyApiRequests?: number;
}

/** A running simulator. */
export interface Simulator {
  /** Where it listens, no slash at the end. */
  url: string;
  org: Org;
  users: SetupUsers;
  tokens: TokenService;
  clientCredentials: ClientCredentials;
  /** The apps that may sign in; the keys of the default one are in `apps.jwtKeys`. */
  apps: AppRegistry;
  /** Holds bulk jobs where a test wants to see them. */
  bulk: BulkControl;
  /** Deployments of the Metadata API; holds them where a test wants to see them. */
  deployments: Deployments;
  /** What only the Tooling API shows, such as triggers that a test puts there. */
  tooling: Tooling;
  faults: Faults;
  calls: CallCounter;
  /** Ids of the generated records; absent when there are none. */
  sample: SampleIds | undefined;
  close(): Promise<void>;
}

/** Starts a simulator on loopback. */
export async function startSalesforceSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const { org, users, sample } = createSimulatedOrg(options);
  if (options.faults !== undefined) org.faults.load(options.faults);
  const calls = createCallCounter(options.dailyApiRequests);
  const tokens = createTokenService({
    orgId15: org.id.slice(0, 15),
    callerFor: (userId) => (org.find(userId)?.row.IsActive === true ? org.as(userId) : undefined),
    // Sessions idle by the machine's clock: a rehearsal that jumps months ahead signs nobody out.
    now: () => Date.now(),
  });
  const clientCredentials: ClientCredentials = {
    clientId: '3MVG9simulatedConnectedApp',
    clientSecret: 'simulated-client-secret',
    runAsUserId: options.runAs === 'integration' ? users.integration : users.admin,
    ...(options.tls === undefined ? {} : { certificate: String(options.tls.cert) }),
  };
  const http = createHttp(org, { tokens, faults: org.faults, calls }, options.tls);
  let url = '';
  const context: SimulatorContext = {
    org,
    tokens,
    faults: org.faults,
    calls,
    clientCredentials,
    baseUrl: () => url,
    callerOf: http.callerOf,
    exclusive: http.exclusive,
    dispatch: http.dispatch,
  };
  registerAllRoutes(http.app, context);
  url = await http.app.listen({ port: options.port ?? 0, host: options.host ?? '127.0.0.1' });
  const close = async (): Promise<void> => {
    await http.app.close();
  };
  const parts = { org, users, tokens, clientCredentials, faults: org.faults, calls };
  const controls = { bulk: bulkOf(context), deployments: deploymentsOf(org), tooling: toolingOf(org) };
  return { ...parts, ...controls, url, apps: appsOf(context), sample, close };
}
