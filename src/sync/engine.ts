import { isTierlinkError, TierlinkError } from '../errors.ts';
import type { Clock } from '../model/clock.ts';
import type { Logger } from '../model/logger.ts';
import type { Matching } from '../model/match-keys.ts';
import type { Program } from '../program/load.ts';
import { type LeasedWork, withLease } from '../store/leases.ts';
import type { Store } from '../store/store.ts';
import type { Budget } from './budget.ts';
import type { Connector } from './connector.ts';
import type { ConnectorManifest } from './connector-manifest.ts';
import type { ObjectMapping } from './mapping/schema.ts';
import type { Ownership } from './owners.ts';

/** What all work of the engine has in hand, whichever command or job asked for it. */
export interface Engine {
  store: Store;
  clock: Clock;
  logger: Logger;
  program: Program;
  /** Names this process among the holders of leases; must differ between two processes. */
  holder: string;
  /** Who writes, for the audit: a person, or tierlink. */
  actor: string;
  /** How records of several connections are matched; null while there is one. (Default: null) */
  matching?: Matching | null | undefined;
  /** Which connection decides what, by the mappings of all that are configured. (Default: each decides alone) */
  ownership?: (() => Ownership) | undefined;
  signal?: AbortSignal | undefined;
  waitTurn?: WaitTurn | undefined;
  onProgress?: ((event: PassProgress) => void) | undefined;
}

/**
 * Asked where another run is at work on something, with who that is: resolves to try again, throws to end this run.
 * (Default: the work is left to the other run)
 */
export type WaitTurn = (held: TierlinkError) => Promise<void>;

/** A configured connection; what may fail for one connection alone is made when it is first used. */
export interface PassConnection {
  alias: string;
  manifest: Pick<ConnectorManifest, 'capabilities' | 'setUpPath'>;
  budget: Budget;
  /** How many of the CRM's own records a push may create without a plan. (Default: no limit) */
  createsPerRun?: number | undefined;
  connector(): Connector;
  mappings(): readonly ObjectMapping[];
  /** As the files are at this moment, which a process that goes on with older ones must not contradict. (Default: mappings) */
  mappingsNow?(): readonly ObjectMapping[];
}

/** The mappings of a connection; null while they cannot be read, which its own work says. */
export function readableMappings({
  mappings,
}: Pick<PassConnection, 'mappings'>): readonly ObjectMapping[] | null {
  try {
    return mappings();
  } catch (error) {
    if (!isTierlinkError(error)) throw error;
    return null;
  }
}

/** How far the work is, for people who watch. */
export interface PassProgress {
  /** null: the step is about all connections. */
  connection: string | null;
  step: 'check' | 'metadata' | 'pull' | 'matching' | 'kpis' | 'tiers' | 'push' | 'verify';
  object?: string | undefined;
  state: 'started' | 'going' | 'done' | 'skipped' | 'failed';
  /** Records or partners so far; in all, where that is known. */
  done?: number | undefined;
  total?: number | null | undefined;
  reason?: string | undefined;
}

export function report(engine: Engine, event: PassProgress): void {
  engine.onProgress?.(event);
}

const leaseTtlMs = 60_000;

/** Runs work under a lease, once it is its turn; returns undefined when another run has it and is not waited for. */
export async function unlessAtWork<T>(
  engine: Pick<Engine, 'store' | 'holder' | 'signal' | 'waitTurn'>,
  key: string,
  work: (leased: LeasedWork) => Promise<T>,
): Promise<T | undefined> {
  const { store, holder, signal, waitTurn } = engine;
  const wanted = { key, holder, ttlMs: leaseTtlMs, ...(signal === undefined ? {} : { signal }) };
  for (;;) {
    try {
      return await withLease(store, wanted, work);
    } catch (error) {
      if (!isTierlinkError(error, 'LEASE_HELD') || error.data.key !== key) throw error;
      if (waitTurn === undefined) return undefined;
      await waitTurn(error);
    }
  }
}

/** Throws INTERRUPTED once the run was told to stop. */
export function requireGoing(engine: Pick<Engine, 'signal'>): void {
  if (engine.signal?.aborted !== true) return;
  const reason: unknown = engine.signal.reason;
  throw reason instanceof TierlinkError ? reason : new TierlinkError('INTERRUPTED');
}
