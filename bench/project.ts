import { setTimeout as wait } from 'node:timers/promises';
import { manifest } from '../connectors/salesforce/index.ts';
import { silentLogger } from '../src/model/logger.ts';
import { fromPackageRoot } from '../src/package-root.ts';
import { loadProgram } from '../src/program/load.ts';
import { openStore, type Store } from '../src/store/open-store.ts';
import { openBudget } from '../src/sync/budget.ts';
import { ensureConnection } from '../src/sync/connections.ts';
import type { Connector } from '../src/sync/connector.ts';
import type { Engine, PassConnection } from '../src/sync/engine.ts';
import { loadMappings } from '../src/sync/mapping.ts';
import { type BenchClock, benchClock } from './clock.ts';

/** Where the store is: a folder, or a server's address. */
export interface StorePlace {
  databaseUrl?: string;
  folder: string;
}

export interface ProjectStart {
  /** Options of the connector, as the simulator gives them. */
  options: Record<string, string>;
  startedAt: number;
}

/** The engine on a store, with one connection, as a pass has them. */
export interface BenchProject {
  store: Store;
  clock: BenchClock;
  engine: Engine;
  connection: PassConnection;
}

const alias = 'bench';
/** The bench measures what calls cost, not what happens when they run out. */
const noLimit = 1_000_000_000;

export function shippedMappings() {
  return loadMappings(fromPackageRoot('mappings', 'salesforce'));
}

export async function openProject(start: ProjectStart & { place: StorePlace }): Promise<BenchProject> {
  const { place, options } = start;
  const store = await openStore({ databaseUrl: place.databaseUrl, dataFolder: place.folder });
  const clock = benchClock(start.startedAt);
  await ensureConnection(store.db, { id: alias, crm: manifest.id, now: clock.now() });
  const budget = openBudget({ db: store.db, clock, connection: alias, limits: { dailyCalls: noLimit } });
  const connector = connectTo(options, clock, budget.spend);
  const mappings = shippedMappings();
  return {
    store,
    clock,
    engine: {
      store,
      clock,
      logger: silentLogger,
      program: loadProgram(fromPackageRoot('programs', 'starter.yaml')),
      holder: `bench-${process.pid}`,
      actor: 'bench',
    },
    connection: { alias, manifest, budget, connector: () => connector, mappings: () => mappings },
  };
}

/** The connector alone. */
export function connectTo(
  options: Record<string, string>,
  clock: BenchClock,
  spend: (calls: number, kind: string) => Promise<void> = async () => {},
): Connector {
  return manifest.connect(options, {
    connection: alias,
    pinnedOrg: async () => null,
    now: clock.now,
    sleep: async (ms, signal) => {
      await wait(ms, undefined, signal === undefined ? {} : { signal });
    },
    spend,
    random: Math.random,
    log: () => {},
  });
}
