import type { PostgresPool, PostgresPoolClient } from 'kysely';
import { despiteConflicts } from './conflicts.ts';
import { markRehearsal, refuseInsideTransaction } from './transaction-context.ts';

/**
 * A process that shares an embedded store is cut off after ten seconds in which its transaction asks for nothing, which is
 * less than a CRM may take to answer.
 */
const pulseMs = 3_000;

/** See Store.rehearse. `statements`: the store's connections. */
export async function rehearse<T>(statements: PostgresPool, work: () => Promise<T>): Promise<T> {
  refuseInsideTransaction();
  const client = await statements.connect();
  const parts = partsOfTransaction(client);
  try {
    await client.query('begin; set local idle_in_transaction_session_timeout = 0', []);
    const stopPulse = keepAwake(parts.statements);
    return await markRehearsal(parts.statements, work).finally(stopPulse);
  } finally {
    await parts.end();
    // A connection that cannot even do this is gone, and its transaction with it.
    await client.query('rollback', []).catch(() => undefined);
    client.release();
  }
}

async function nothing(): Promise<void> {}

interface Parts {
  statements: PostgresPool;
  /** Waits for the part at work. What the work has left behind fails from then on: the session is somebody else's soon. */
  end(): Promise<void>;
}

/** Statements and transactions of the work take turns on the one session, each as a part that can fail by itself. */
function partsOfTransaction(client: PostgresPoolClient): Parts {
  let last: Promise<void> = Promise.resolve();
  let isEnded = false;
  const statements: PostgresPool = {
    async connect() {
      refuseInsideTransaction();
      if (isEnded) throw new Error('The rehearsal has ended; nothing of it is kept.');
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
  const end = async () => {
    isEnded = true;
    await last;
  };
  return { statements, end };
}

function turnOf(client: PostgresPoolClient, release: () => void): PostgresPoolClient {
  let isInPart = false;
  const run = async (sql: string, parameters: readonly unknown[] = []) =>
    await client.query(sql, [...parameters]);
  const begin = async () => await run('savepoint part');
  const keep = async () => await run('release savepoint part');
  const undo = async () => await run('rollback to savepoint part; release savepoint part');
  const once = async (sql: string, parameters?: readonly unknown[]) => {
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
  // What holds rows for so long meets others in an order in which single statements never do.
  const alone = async (sql: string, parameters?: readonly unknown[]) =>
    await despiteConflicts(() => once(sql, parameters));
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
