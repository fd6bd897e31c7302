import { resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Config } from './config.ts';
import {
  type ConfiguredConnection,
  connectionOptions,
  refuseUnknownVariables,
} from './config-connections.ts';
import { TierlinkError } from './errors.ts';
import { type Clock, sleep, systemClock } from './model/clock.ts';
import { type Logger, silentLogger } from './model/logger.ts';
import { loadProgram, type Program } from './program/load.ts';
import { chooseConnection, type Project, type ProjectConnection } from './project.ts';
import { channelSecrets } from './project-alerts.ts';
import { matchingOf } from './project-matching.ts';
import { configuredConnections } from './registry.ts';
import type { Farewell } from './store/guest-host.ts';
import { openStore, type Store } from './store/open-store.ts';
import { signInFileKey } from './sync/browser-sign-in.ts';
import { type Budget, openBudget } from './sync/budget.ts';
import type { Connector } from './sync/connector.ts';
import type { ConnectorHost, ConnectorManifest } from './sync/connector-manifest.ts';
import type { Installer } from './sync/installer.ts';
import { loadMappings } from './sync/mapping/mapping.ts';
import type { ObjectMapping } from './sync/mapping/schema.ts';
import { hasSides } from './sync/match/sides.ts';
import { forgetMatched } from './sync/match/step.ts';
import { ensureConnection, pinnedOrg } from './sync/records/connections.ts';

/** Counts of calls are a few rows. */
const FLUSH_MS = 3_000;

/** One connection of the project. What may fail for one connection alone is made when it is first used. */
export interface AppConnection {
  alias: string;
  manifest: ConnectorManifest;
  settings: ProjectConnection;
  budget: Budget;
  createsPerRun: number;
  /** Whether a person signed in for it by browser. Throws as connector() does. */
  isByBrowser(): boolean;
  /** Throws CONFIG_MISSING or CONFIG_INVALID naming the option. Makes no call. */
  connector(): Connector;
  /** Throws as connector() does, and INSTALL_NOT_OFFERED. Makes no call. */
  installer(): Installer;
  /** Throws MAPPING_* naming file and line. */
  mappings(): readonly ObjectMapping[];
  mappingsNow(): readonly ObjectMapping[];
}

/** Everything that commands and jobs work with. */
export interface App {
  config: Config;
  project: Project;
  store: Store;
  clock: Clock;
  logger: Logger;
  program: Program;
  connections: readonly AppConnection[];
  /** The connection named, or the only one. Throws CONNECTION_UNKNOWN, CONNECTION_NONE or USAGE. */
  connection(alias?: string): AppConnection;
  /** The farewell is for processes that use the store of this one. */
  close(farewell?: Farewell): Promise<void>;
}

export interface AppOptions {
  config: Config;
  project: Project;
  logger?: Logger;
  clock?: Clock;
  /** Numbers in [0, 1) for jitter. */
  random?: () => number;
  /** Waits between attempts of a call. (Default: for as long as it is told) */
  sleep?: ConnectorHost['sleep'];
  /** A store that is open already; it is not closed with the app. */
  store?: Store;
  /** What other processes call this one. (Default: its command line) */
  command?: string;
  /** Be the owner of the embedded store or nothing. (Default: false, use the store of the owner when there is one) */
  alone?: boolean;
}

/** Opens the store and makes ready what the project names. Reads and writes no CRM. */
export async function openApp(options: AppOptions): Promise<App> {
  const { config, project } = options;
  const configured = configuredConnections(project);
  refuseUnknownVariables(config.environment, configured, channelSecrets(project));
  const program = loadProgram(resolve(project.folder, project.program));
  const clock = options.clock ?? systemClock;
  const store = options.store ?? (await openProjectStore(config, options));
  try {
    const ownsStore = options.store === undefined;
    return await assemble({ ...options, clock, store, ownsStore, program, configured });
  } catch (error) {
    if (options.store === undefined) await store.close();
    throw error;
  }
}

/** The store that the configuration names. */
async function openProjectStore(
  { settings, dataFolder }: Config,
  { command, alone = false }: Pick<AppOptions, 'command' | 'alone'>,
): Promise<Store> {
  const named = command === undefined ? {} : { command };
  return await openStore({ databaseUrl: settings.DATABASE_URL, dataFolder, alone, ...named });
}

type Parts = AppOptions & {
  clock: Clock;
  store: Store;
  ownsStore: boolean;
  program: Program;
  configured: ConfiguredConnection[];
};

async function assemble(parts: Parts): Promise<App> {
  const { config, project, store, clock, program, configured } = parts;
  const logger = parts.logger ?? silentLogger;
  const connections = configured.map((each) => openConnection(each, { ...parts, logger }));
  for (const { alias, manifest } of connections) {
    await ensureConnection(store.db, { id: alias, crm: manifest.id, now: clock.now() });
  }
  // Without two sides nothing is noted; should there be a second one (again), everything is to be matched.
  if (!(await hasSides(store, matchingOf(project)))) await forgetMatched(store);
  return {
    config,
    project,
    store,
    clock,
    logger,
    program,
    connections,
    connection: (alias) => {
      const chosen = chooseConnection(project, alias);
      return connections.find((connection) => connection.alias === chosen)!;
    },
    close: async (farewell) => {
      try {
        await flushed(connections);
      } finally {
        if (parts.ownsStore) await store.close(farewell);
      }
    },
  };
}

/** Keeps what was counted last; a store that does not answer must not keep the app from closing. */
async function flushed(connections: readonly AppConnection[]): Promise<void> {
  const flushing = Promise.all(connections.map(({ budget }) => budget.flush()));
  const patience = new AbortController();
  const late = wait(FLUSH_MS, undefined, { signal: patience.signal }).catch(() => undefined);
  await Promise.race([flushing, late]).finally(() => patience.abort());
}

function openConnection(configured: ConfiguredConnection, parts: Parts & { logger: Logger }): AppConnection {
  const { alias, manifest } = configured;
  const settings = parts.project.connections[alias]!;
  const { clock, store } = parts;
  const limits = { dailyCalls: settings.dailyCalls, runCalls: settings.runCalls };
  const budget = openBudget({ db: store.db, clock, connection: alias, limits });
  const host: ConnectorHost = {
    connection: alias,
    pinnedOrg: () => pinnedOrg(store.db, alias),
    now: clock.now,
    sleep: parts.sleep ?? sleep,
    spend: budget.spend,
    random: parts.random ?? Math.random,
    log: (level, message, data) => parts.logger[level]({ connection: alias, ...data }, message),
  };
  const readMappings = () => loadMappings(resolve(parts.project.folder, settings.mappings));
  const options = () => connectionOptions(parts.config.environment, configured);
  return {
    alias,
    manifest,
    settings,
    budget,
    createsPerRun: settings.createsPerRun,
    isByBrowser: () => options()[signInFileKey] !== undefined,
    connector: once(() => manifest.connect(options(), host)),
    installer: once(() => {
      const { installing, label } = manifest;
      if (installing === null) throw new TierlinkError('INSTALL_NOT_OFFERED', { label, connection: alias });
      return installing.connect(options(), host);
    }),
    mappings: once(readMappings),
    mappingsNow: readMappings,
  };
}

function once<T>(make: () => T): () => T {
  let made: { value: T } | null = null;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
