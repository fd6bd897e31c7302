import { CompiledQuery, Kysely, PostgresDialect, type PostgresPool } from 'kysely';
import { rehearse } from './rehearsal.ts';
import type { Executor, Store, Tx } from './store.ts';
import type { Database } from './tables.ts';
import {
  markTransaction,
  refuseInsideTransaction,
  registerAfterCommit,
  rehearsalStatements,
  runWakeUps,
} from './transaction-context.ts';

/** Whoever closes the store has finished with it: a statement that still runs was left behind, or is never answered. */
const LAST_STATEMENTS_MS = 5_000;

/** What the sizes of the store differ in. */
export type StoreParts = Pick<
  Store,
  'kind' | 'folder' | 'owner' | 'pool' | 'dump' | 'onGuestLeft' | 'onLost'
> & {
  /** The pool as Kysely uses it. (Default: the pool itself) */
  statements?: PostgresPool;
  /** Called before anything is closed. */
  prepareClose: Store['close'];
  /** Breaks the connections on which statements still wait; called when those do not end. */
  giveUp: () => void;
  /** Closes what lies below the pool. */
  closeRest: () => Promise<void>;
};

/** A store over an open pool. */
export function assembleStore(parts: StoreParts): Store {
  const { kind, folder, owner, pool, dump, onGuestLeft, onLost, statements = pool } = parts;
  const db = new Kysely<Database>({ dialect: new PostgresDialect({ pool: rehearsable(statements) }) });
  const { query } = executorOf(db);
  let closing: Promise<void> | undefined;
  return {
    kind,
    folder,
    owner,
    db,
    pool,
    query,
    transaction: (work) => runTransaction(db, work),
    rehearse: (work) => rehearse(statements, work),
    afterCommit: registerAfterCommit,
    vacuum: () => maintain(query, 'vacuum (analyze)'),
    analyze: (written) => maintain(query, 'analyze', written),
    dump,
    onGuestLeft,
    onLost,
    close(farewell) {
      closing ??= closeInOrder(db, parts, farewell);
      return closing;
    },
  };
}

/** Connections as they are, but for who rehearses. */
function rehearsable(statements: PostgresPool): PostgresPool {
  return {
    connect: () => (rehearsalStatements() ?? statements).connect(),
    end: () => statements.end(),
  };
}

async function closeInOrder(
  db: Kysely<Database>,
  { pool, prepareClose, giveUp, closeRest }: StoreParts,
  farewell: Parameters<Store['close']>[0],
): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  try {
    await prepareClose(farewell);
    timer = setTimeout(giveUp, LAST_STATEMENTS_MS);
    await db.destroy();
    // Kysely ends the pool only when it has used it.
    if (!pool.ending) await pool.end();
  } finally {
    clearTimeout(timer);
    await closeRest();
  }
}

async function runTransaction<T>(db: Kysely<Database>, work: (tx: Tx) => Promise<T>): Promise<T> {
  refuseInsideTransaction();
  const { value, wakeUps } = await db
    .transaction()
    .execute((transaction) =>
      markTransaction(() =>
        work({ ...executorOf(transaction), db: transaction, afterCommit: registerAfterCommit }),
      ),
    );
  await runWakeUps(wakeUps);
  return value;
}

function executorOf(db: Kysely<Database>): Executor {
  return {
    db,
    async query<Row>(sql: string, parameters: readonly unknown[] = []) {
      const result = await db.executeQuery<Row>(CompiledQuery.raw(sql, [...parameters]));
      return result.rows;
    },
  };
}

/** Runs a maintenance statement over some of our tables; by default over all and, in the embedded size, the queue's. */
async function maintain(
  query: Executor['query'],
  statement: 'vacuum (analyze)' | 'analyze',
  only: readonly string[] | null = null,
): Promise<void> {
  const tables = await query<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables
     where schemaname in ('tierlink', 'bullmq') and tableowner = current_user
       and ($1::text[] is null or schemaname = 'tierlink' and tablename = any($1::text[])) order by 1`,
    [only],
  );
  for (const { name } of tables) await query(`${statement} ${name}`);
}
