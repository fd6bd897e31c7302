import type { PostgresPool, PostgresPoolClient } from 'kysely';
import type pg from 'pg';
import type { Store } from './store.ts';
import { markRehearsal, refuseInsideTransaction } from './transaction-context.ts';

/**
 * A process that shares an embedded store is cut off after ten seconds in which its transaction asks for nothing, which is
 * less than a CRM may take to answer.
 */
const pulseMs = 3_000;

/**
 * Runs work of which the store keeps nothing, though the work sees all that it does: for it the store is one transaction,
 * which is rolled back at the end, and each of its own transactions is a part of that. A process has one store, and the
 * driver's pool is refused to the work (STORE_POOL_IN_TRANSACTION). What the work has changed or leased is out of reach for
 * others until it ends; on the embedded store, which is one session, everybody else waits.
 */
export async function rehearse<T>({ pool }: Pick<Store, 'pool'>, work: () => Promise<T>): Promise<T> {
  refuseInsideTransaction();
  const client = await pool.connect();
  let failure: Error | undefined;
  try {
    await client.query('begin; set local idle_in_transaction_session_timeout = 0');
    const statements = partsOfTransaction(client);
    const stopPulse = keepAwake(statements);
    return await markRehearsal(statements, work).finally(stopPulse);
  } finally {
    await client.query('rollback').catch((error: Error) => {
      failure = error;
    });
    client.release(failure);
  }
}

async function nothing(): Promise<void> {}

/** Statements and transactions of the work take turns on the one session, each as a part that can fail by itself. */
function partsOfTransaction(client: pg.PoolClient): PostgresPool {
  let last: Promise<void> = Promise.resolve();
  return {
    async connect() {
      refuseInsideTransaction();
      const before = last;
      let release = () => {};
      last = new Promise((resolve) => {
        release = resolve;
      });
      await before;
      return turnOf(client, release);
    },
    end: nothing,
  };
}

function turnOf(client: pg.PoolClient, release: () => void): PostgresPoolClient {
  let isInPart = false;
  const run = async (sql: string, parameters?: readonly unknown[]) =>
    await client.query(sql, parameters === undefined ? undefined : [...parameters]);
  const begin = async () => await run('savepoint part');
  const keep = async () => await run('release savepoint part');
  const undo = async () => await run('rollback to savepoint part; release savepoint part');
  const alone = async (sql: string, parameters?: readonly unknown[]) => {
    await begin();
    try {
      const result = await run(sql, parameters);
      await keep();
      return result;
    } catch (error) {
      await undo();
      throw error;
    }
  };
  const query = async (sql: string, parameters?: readonly unknown[]) => {
    if (/^(begin|start transaction)\b/.test(sql)) {
      isInPart = true;
      return await begin();
    }
    if (!isInPart) return await alone(sql, parameters);
    if (sql !== 'commit' && sql !== 'rollback') return await run(sql, parameters);
    isInPart = false;
    return await (sql === 'commit' ? keep() : undo());
  };
  // Kysely asks for cursors only where a dialect was given them.
  return { query: query as unknown as PostgresPoolClient['query'], release };
}

function keepAwake(statements: PostgresPool): () => Promise<void> {
  let pending: Promise<void> = Promise.resolve();
  const beat = async () => {
    const client = await statements.connect();
    // A session that is gone is told to whoever asks it for something.
    await client.query('select 1', []).catch(() => undefined);
    client.release();
  };
  const timer = setInterval(() => {
    pending = pending.then(beat);
  }, pulseMs);
  return async () => {
    clearInterval(timer);
    await pending;
  };
}
