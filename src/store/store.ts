import type { Kysely, Transaction } from 'kysely';
import type pg from 'pg';
import type { TierlinkError } from '../errors.ts';
import type { LockOwner } from './folder-greeting.ts';
import type { Farewell } from './guest-host.ts';
import type { Database } from './tables.ts';

/** Runs statements; both the store and a transaction are one, so most functions take this. */
export interface Executor {
  /** Typed SQL. */
  db: Kysely<Database>;
  /** Plain SQL with $1, $2, … Objects in parameters become JSON text, arrays become PostgreSQL arrays. */
  query<Row = Record<string, unknown>>(sql: string, parameters?: readonly unknown[]): Promise<Row[]>;
}

/** One open transaction. Only it may be used until it has ended. */
export interface Tx extends Executor {
  db: Transaction<Database>;
  /** Runs `wakeUp` once this transaction has committed, and never when it has not. */
  afterCommit(wakeUp: () => unknown): void;
}

/** New rows of one run from which on the planner's statistics are worth renewing. */
export const manyNewRows = 1_000;

export interface Store extends Executor {
  kind: 'embedded' | 'postgres';
  /** Data folder of the embedded size; null in memory and on a server. */
  folder: string | null;
  /** The process whose store this one uses; null when it has its own, or on a server. */
  owner: LockOwner | null;
  /**
   * Commits when `work` resolves, rolls back when it throws. Inside, the store itself must not be used:
   * STORE_POOL_IN_TRANSACTION. Wake-ups have run when it resolves; one that fails is only reported.
   */
  transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
  /**
   * Runs work of which nothing is kept, though the work sees all that it does: for it the store is one transaction, which
   * is rolled back at the end, and each of its own transactions is a part of that. The pool is refused to the work, and
   * nobody is woken up. What it has changed or leased is out of reach for others until it ends; on the embedded store,
   * which is one session, everybody else waits.
   */
  rehearse<T>(work: () => Promise<T>): Promise<T>;
  /** Keeps `wakeUp` until the surrounding transaction has committed; runs it at once when there is none. */
  afterCommit(wakeUp: () => unknown): void;
  /** The driver's pool. The queue uses it in the embedded size. */
  pool: pg.Pool;
  /** Gives the space of dead rows back for reuse. The embedded database never does so by itself. */
  vacuum(): Promise<void>;
  /**
   * Renews the planner's statistics; due after a run that has made manyNewRows. `tables`: those that it has written.
   * (Default: all)
   */
  analyze(tables?: readonly string[]): Promise<void>;
  /** A tar archive of the whole embedded database; throws on a server and for a guest. */
  dump(): Promise<Uint8Array>;
  /** Calls the listener whenever a process that used this store has left it; returns how to stop that. */
  onGuestLeft(listener: () => void): () => void;
  /**
   * Calls the listener once when the embedded database of this process ends before it is closed (STORE_FULL,
   * STORE_ENDED): nothing comes back then, and every statement fails with that error. Never called for a guest and on a
   * server, where the next statement may succeed. Returns how to stop it.
   */
  onLost(listener: (reason: TierlinkError) => void): () => void;
  /**
   * Waits for what is running, closes everything and frees the data folder. What does not end within five seconds is
   * cut off as by a crash. Processes that use this store are let finish as far as the farewell says. (Default: they
   * have five seconds)
   */
  close(farewell?: Farewell): Promise<void>;
}
