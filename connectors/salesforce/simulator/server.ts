import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BulkControl, bulkOf } from './bulk/jobs.ts';
import { type CallCounter, createCallCounter } from './calls.ts';
import { createClock } from './clock.ts';
import type { ClientCredentials, SimulatorContext } from './context.ts';
import { createFaults, type Faults } from './faults.ts';
import { createHttp, type TlsOptions } from './http.ts';
import { toId18 } from './ids.ts';
import { loadCompactFolder, loadDescribes } from './metadata-load.ts';
import { type AppRegistry, appsOf } from './oauth/apps.ts';
import type { Org } from './org.ts';
import { registerAllRoutes } from './routes/all.ts';
import { createSchema } from './schema.ts';
import { openOrg, type SetupOptions, type SetupUsers } from './setup-data.ts';
import { createState } from './state.ts';
import { createTokenService, type TokenService } from './tokens.ts';

export interface SimulatorOptions extends SetupOptions {
  /** (Default: a free port.) */
  port?: number;
  /** (Default: 127.0.0.1.) */
  host?: string;
  /** True leaves out the sample org's records and its own fields. (Default: false.) */
  empty?: boolean;
  /** A file of faults to start with. */
  faults?: string;
  /** Where the org's clock starts (epoch milliseconds; it runs on), or the clock itself. (Default: now.) */
  now?: number | (() => number);
  tls?: TlsOptions;
  /** Describe answers of an org of one's own: a file or a folder of JSON. */
  metadata?: string;
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
  faults: Faults;
  calls: CallCounter;
  close(): Promise<void>;
}

const METADATA = join(fileURLToPath(new URL('.', import.meta.url)), 'metadata');
const ORG_ID = toId18('00DSm0000000001') ?? '';

/** An org with the standard metadata and its users, without a server. */
export function createSimulatedOrg(options: SimulatorOptions = {}): { org: Org; users: SetupUsers } {
  const clock = createClock(options.now);
  const schema = createSchema(clock);
  loadCompactFolder(schema, METADATA);
  const state = createState({ orgId: ORG_ID, schema, clock, faults: createFaults() });
  const opened = openOrg(state, options);
  if (options.metadata !== undefined) loadDescribes(schema, options.metadata);
  if (options.empty !== true) loadCompactFolder(schema, join(METADATA, 'sample'));
  return opened;
}

/** Starts a simulator on loopback. */
export async function startSalesforceSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const { org, users } = createSimulatedOrg(options);
  if (options.faults !== undefined) org.faults.load(options.faults);
  const calls = createCallCounter(options.dailyApiRequests);
  const tokens = createTokenService({
    orgId15: org.id.slice(0, 15),
    callerFor: (userId) => (org.find(userId)?.row.IsActive === true ? org.as(userId) : undefined),
    now: () => org.now(),
  });
  const clientCredentials: ClientCredentials = {
    clientId: '3MVG9simulatedConnectedApp',
    clientSecret: 'simulated-client-secret',
    runAsUserId: options.runAs === 'integration' ? users.integration : users.admin,
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
  return { ...parts, url, apps: appsOf(context), bulk: bulkOf(context), close };
}
