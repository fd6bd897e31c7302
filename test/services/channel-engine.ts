import { silentLogger } from '../../src/model/logger.ts';
import { fromPackageRoot } from '../../src/package-root.ts';
import { loadProgram, type Program } from '../../src/program/load.ts';
import { matchingOf } from '../../src/project-matching.ts';
import { findConnector } from '../../src/registry.ts';
import type { Store } from '../../src/store/store.ts';
import { openBudget } from '../../src/sync/budget.ts';
import type { Engine, PassConnection } from '../../src/sync/engine.ts';
import { setTierMode, setWriteBack } from '../../src/sync/links/connection-settings.ts';
import { loadMappings } from '../../src/sync/mapping/mapping.ts';
import type { ObjectMapping } from '../../src/sync/mapping/schema.ts';
import { type OwnerRules, ownershipOf } from '../../src/sync/owners.ts';
import { type PassOptions, type PassResult, runPass } from '../../src/sync/pass/pass.ts';
import { ensureConnection, pinnedOrg } from '../../src/sync/records/connections.ts';

/** The shipped mappings and program, so that tests run what users run. */
export const shippedMappings = (crm = 'salesforce'): ObjectMapping[] =>
  loadMappings(fromPackageRoot('mappings', crm));
export const starterProgram = (): Program => loadProgram(fromPackageRoot('programs/starter.yaml'));

/** A connection of a project. */
export interface ConnectionOptions {
  /** (Default: north) */
  alias?: string;
  /** (Default: salesforce) */
  crm?: string;
  /** Address and credentials of the simulator. */
  connect: Readonly<Record<string, string>>;
  /** (Default: those that ship) */
  mappings?: readonly ObjectMapping[];
}

export interface ChannelEngineOptions {
  store: Store;
  /** Epoch milliseconds. */
  now(): number;
  /** In the order of the project's file. */
  connections: readonly ConnectionOptions[];
  /** Who decides what several connections hold. (Default: the first that has it) */
  owners?: OwnerRules;
  program?: Program;
  signal?: AbortSignal;
  /** Waits between attempts. (Default: none at all) */
  sleep?: (ms: number) => Promise<void>;
}

export interface ChannelEngine {
  engine: Engine;
  connections: readonly PassConnection[];
  /** The first one. */
  connection: PassConnection;
  /** Runs a pass over all connections and throws what stopped one or one of its objects. */
  pass(options?: Pick<PassOptions, 'full'>): Promise<PassResult>;
  /** Lets the program own the tiers and write into every CRM. */
  takeOver(): Promise<void>;
}

export const channelAlias = 'north';

/** The CRMs number companies together, so that a number is enough to join them. */
const oneNumbering = { partner: { numberAlone: true }, customer: { numberAlone: true } };

/** A process's view: its own sign-ins, metadata caches and holder of leases. */
export async function openChannelEngine(options: ChannelEngineOptions): Promise<ChannelEngine> {
  const { store, owners } = options;
  const clock = { now: options.now };
  const connections: PassConnection[] = [];
  for (const each of options.connections) connections.push(await connectTo(options, each));
  const ownership = ownershipOf(connections, owners);
  const aliases = Object.fromEntries(connections.map(({ alias }) => [alias, alias]));
  const engine: Engine = {
    store,
    clock,
    logger: silentLogger,
    program: options.program ?? starterProgram(),
    holder: `test-${process.pid}-${Math.random()}`,
    actor: 'tierlink',
    matching: matchingOf({ connections: aliases, matching: oneNumbering }),
    ownership: () => ownership,
    signal: options.signal,
  };
  return {
    engine,
    connections,
    connection: connections[0]!,
    pass: async (more = {}) => {
      const { value } = await runPass({ engine, connections, ...more });
      throwWhatStopped(value!);
      return value!;
    },
    takeOver: async () => {
      for (const { alias, mappings } of connections) {
        const change = { store, clock, id: alias, actor: 'admin', mappings: mappings() };
        await setTierMode({ ...change, mode: 'owned' });
        await setWriteBack({ ...change, on: true, confirm: alias });
      }
    },
  };
}

/** Throws what stopped a connection or one of its objects. */
export function throwWhatStopped({ connections }: PassResult): void {
  for (const { error, pull } of connections) {
    const stopped = error ?? pull?.problems[0]?.error;
    if (stopped) throw stopped;
  }
}

async function connectTo(
  { store, now, sleep = async () => {} }: ChannelEngineOptions,
  { alias = channelAlias, crm = 'salesforce', connect, mappings = shippedMappings(crm) }: ConnectionOptions,
): Promise<PassConnection> {
  const manifest = findConnector(crm);
  await ensureConnection(store.db, { id: alias, crm, now: now() });
  const limits = { dailyCalls: 1_000_000 };
  const budget = openBudget({ db: store.db, clock: { now }, connection: alias, limits });
  const connector = manifest.connect(connect, {
    connection: alias,
    pinnedOrg: () => pinnedOrg(store.db, alias),
    now,
    sleep,
    spend: budget.spend,
    random: () => 0.5,
    log: () => {},
  });
  return { alias, manifest, budget, connector: () => connector, mappings: () => mappings };
}
