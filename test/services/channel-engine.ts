import { manifest } from '../../connectors/salesforce/index.ts';
import { silentLogger } from '../../src/model/logger.ts';
import { fromPackageRoot } from '../../src/package-root.ts';
import { loadProgram, type Program } from '../../src/program/load.ts';
import type { Store } from '../../src/store/store.ts';
import { openBudget } from '../../src/sync/budget.ts';
import { setTierMode, setWriteBack } from '../../src/sync/connection-settings.ts';
import { ensureConnection, pinnedOrg } from '../../src/sync/connections.ts';
import type { Engine, PassConnection } from '../../src/sync/engine.ts';
import { loadMappings } from '../../src/sync/mapping.ts';
import type { ObjectMapping } from '../../src/sync/mapping-schema.ts';
import { type PassOptions, type PassResult, runPass } from '../../src/sync/pass.ts';

/** The shipped mappings and program, so that tests run what users run. */
export const shippedMappings = (): ObjectMapping[] => loadMappings(fromPackageRoot('mappings/salesforce'));
export const starterProgram = (): Program => loadProgram(fromPackageRoot('programs/starter.yaml'));

export interface ChannelEngineOptions {
  store: Store;
  /** Epoch milliseconds. */
  now(): number;
  /** Address and credentials of the simulator. */
  connect: Readonly<Record<string, string>>;
  mappings?: readonly ObjectMapping[];
  program?: Program;
  signal?: AbortSignal;
  /** Waits between attempts. (Default: none at all) */
  sleep?: (ms: number) => Promise<void>;
}

export interface ChannelEngine {
  engine: Engine;
  connection: PassConnection;
  /** Runs a pass and throws what stopped it or one of its objects. */
  pass(options?: Pick<PassOptions, 'full'>): Promise<PassResult>;
  /** Lets the program own the tiers and write into the CRM. */
  takeOver(): Promise<void>;
}

export const channelAlias = 'north';

/** A process's view: its own sign-in, metadata cache and holder of leases. */
export async function openChannelEngine(options: ChannelEngineOptions): Promise<ChannelEngine> {
  const { store } = options;
  const clock = { now: options.now };
  await ensureConnection(store.db, { id: channelAlias, crm: manifest.id, now: clock.now() });
  const mappings = options.mappings ?? shippedMappings();
  const connection = connect(options, mappings);
  const engine: Engine = {
    store,
    clock,
    logger: silentLogger,
    program: options.program ?? starterProgram(),
    holder: `test-${process.pid}-${Math.random()}`,
    actor: 'tierlink',
    signal: options.signal,
  };
  const change = { store, clock, id: channelAlias, actor: 'admin', mappings };
  return {
    engine,
    connection,
    pass: async (more = {}) => {
      const { value } = await runPass({ engine, connections: [connection], ...more });
      const [result] = value!.connections;
      const stopped = result!.error ?? result!.pull?.problems[0]?.error;
      if (stopped) throw stopped;
      return value!;
    },
    takeOver: async () => {
      await setTierMode({ ...change, mode: 'owned' });
      await setWriteBack({ ...change, on: true, confirm: channelAlias });
    },
  };
}

function connect(options: ChannelEngineOptions, mappings: readonly ObjectMapping[]): PassConnection {
  const { store, now } = options;
  const budget = openBudget({
    db: store.db,
    clock: { now },
    connection: channelAlias,
    limits: { dailyCalls: 1_000_000 },
  });
  const connector = manifest.connect(options.connect, {
    connection: channelAlias,
    pinnedOrg: () => pinnedOrg(store.db, channelAlias),
    now,
    sleep: options.sleep ?? (async () => {}),
    spend: budget.spend,
    random: () => 0.5,
    log: () => {},
  });
  return { alias: channelAlias, manifest, budget, connector: () => connector, mappings: () => mappings };
}
