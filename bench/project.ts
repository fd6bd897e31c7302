import { setTimeout as wait } from 'node:timers/promises';
import { silentLogger } from '../src/model/logger.ts';
import { fromPackageRoot } from '../src/package-root.ts';
import { loadProgram } from '../src/program/load.ts';
import { openStore, type Store } from '../src/store/open-store.ts';
import { openBudget } from '../src/sync/budget.ts';
import type { Connector } from '../src/sync/connector.ts';
import type { ConnectorHost } from '../src/sync/connector-manifest.ts';
import type { Engine, PassConnection } from '../src/sync/engine.ts';
import { loadMappings } from '../src/sync/mapping/mapping.ts';
import { ensureConnection } from '../src/sync/records/connections.ts';
import { type BenchClock, benchClock } from './clock.ts';
import { findCrm } from './crm/all.ts';

/** Where the store is: a folder, or a server's address. */
export interface StorePlace {
  databaseUrl?: string;
  folder: string;
}

export interface ProjectStart {
  /** Name of the CRM. */
  crm: string;
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
  /** Calls by kind since the last question, as the connector books them. */
  takeBooked(): Record<string, number>;
}

const alias = 'bench';
/** The bench measures what calls cost, not what happens when they run out. */
const noLimit = 1_000_000_000;

export function shippedMappings(crm: string) {
  return loadMappings(fromPackageRoot('mappings', crm));
}

export async function openProject(start: ProjectStart & { place: StorePlace }): Promise<BenchProject> {
  const { place, crm } = start;
  const { manifest } = findCrm(crm);
  const store = await openStore({ databaseUrl: place.databaseUrl, dataFolder: place.folder });
  const clock = benchClock(start.startedAt);
  await ensureConnection(store.db, { id: alias, crm: manifest.id, now: clock.now() });
  const budget = openBudget({ db: store.db, clock, connection: alias, limits: { dailyCalls: noLimit } });
  let booked: Record<string, number> = {};
  const connector = connectTo(start, clock, async (calls, kind) => {
    booked[kind] = (booked[kind] ?? 0) + calls;
    await budget.spend(calls, kind);
  });
  const mappings = shippedMappings(crm);
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
    takeBooked: () => {
      const taken = booked;
      booked = {};
      return taken;
    },
  };
}

/** The connector alone. */
export function connectTo(
  { crm, options }: ProjectStart,
  clock: BenchClock,
  spend?: ConnectorHost['spend'],
): Connector {
  return findCrm(crm).manifest.connect(options, hostOf(clock, spend));
}

/** What a connector is lent here. It waits in real time: what a wait costs is measured. */
export function hostOf(clock: BenchClock, spend: ConnectorHost['spend'] = async () => {}): ConnectorHost {
  return {
    connection: alias,
    pinnedOrg: async () => null,
    now: clock.now,
    sleep: async (ms, signal) => {
      await wait(ms, undefined, signal === undefined ? {} : { signal });
    },
    spend,
    random: Math.random,
    log: () => {},
  };
}
