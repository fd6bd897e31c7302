import { AsyncLocalStorage } from 'node:async_hooks';
import type { PostgresPool } from 'kysely';
import { TierlinkError } from '../errors.ts';

/** One open transaction as seen by the code that runs inside it. */
interface OpenTransaction {
  isOpen: boolean;
  afterCommit: (() => unknown)[];
}

const current = new AsyncLocalStorage<OpenTransaction | undefined>();
const rehearsal = new AsyncLocalStorage<PostgresPool>();

/** What the calling code has to use instead of a store's connections while it rehearses; undefined while it does not. */
export function rehearsalStatements(): PostgresPool | undefined {
  return rehearsal.getStore();
}

/** Whether nothing that the calling code changes in the store will be kept. */
export function isInRehearsal(): boolean {
  return rehearsal.getStore() !== undefined;
}

/** Runs `work` marked as a rehearsal over `statements`: nobody is woken up by what it does. */
export async function markRehearsal<T>(statements: PostgresPool, work: () => Promise<T>): Promise<T> {
  return await rehearsal.run(statements, work);
}

/** Whether the calling code runs inside a transaction of the store that has not ended yet. */
export function isInTransaction(): boolean {
  return current.getStore()?.isOpen === true;
}

/**
 * Throws STORE_POOL_IN_TRANSACTION when called inside an open transaction. The embedded database is one session: code
 * that waits for the pool there waits for ever, so the mistake is an error at once, in every size.
 */
export function refuseInsideTransaction(): void {
  if (isInTransaction()) throw new TierlinkError('STORE_POOL_IN_TRANSACTION');
}

/** Keeps `wakeUp` until the surrounding transaction has committed; runs it at once when there is none. */
export function registerAfterCommit(wakeUp: () => unknown): void {
  const transaction = current.getStore();
  if (transaction?.isOpen) transaction.afterCommit.push(wakeUp);
  else void runWakeUps([wakeUp]);
}

/** Runs `work` marked as inside a transaction; the mark ends with it, also for promises that outlive it. */
export async function markTransaction<T>(
  work: () => Promise<T>,
): Promise<{ value: T; wakeUps: (() => unknown)[] }> {
  const transaction: OpenTransaction = { isOpen: true, afterCommit: [] };
  try {
    const value = await current.run(transaction, work);
    return { value, wakeUps: transaction.afterCommit };
  } finally {
    transaction.isOpen = false;
  }
}

/**
 * Runs wake-ups outside of any transaction. A failure never reaches the caller: the rows are committed, and what is
 * due is found in them by the next schedule. It is reported as a process warning.
 */
export async function runWakeUps(wakeUps: (() => unknown)[]): Promise<void> {
  if (isInRehearsal()) return;
  const results = await current.run(undefined, () =>
    Promise.allSettled(wakeUps.map(async (wakeUp) => await wakeUp())),
  );
  for (const result of results) {
    if (result.status === 'rejected') process.emitWarning(`wake-up after commit failed: ${result.reason}`);
  }
}
