import { mkdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CompiledQuery, Kysely, PostgresDialect } from 'kysely';
import type pg from 'pg';
import { TierlinkError } from '../errors.ts';
import { type EmbeddedSession, startEmbeddedSession } from './embedded-session.ts';
import { type FolderLock, lockFolder } from './folder-lock.ts';
import { embeddedPool, serverPool } from './guarded-pool.ts';
import { migrate } from './migrate.ts';
import type { Executor, Store, Tx } from './store.ts';
import type { Database } from './tables.ts';
import {
  markTransaction,
  refuseInsideTransaction,
  registerAfterCommit,
  runWakeUps,
} from './transaction-context.ts';

export type { Executor, Store, Tx } from './store.ts';

export interface StoreOptions {
  /** postgres:// address. Without it the store is embedded. */
  databaseUrl?: string | undefined;
  /** Folder of the embedded store; created when missing. Unused on a server. */
  dataFolder: string;
  /** Keep the embedded store in memory only; no folder, no lock. (Default: false) */
  memory?: boolean;
  /** Archive made by dump(), or the path of one, that a new embedded store starts from. */
  template?: Blob | string;
  /** What the lock names to a second process. (Default: this process's command line) */
  command?: string;
}

/**
 * Opens the store and brings its schema up to date.
 *
 * Throws STORE_LOCKED when another process has the data folder, STORE_UNREACHABLE when the server does not answer,
 * STORE_SCHEMA_NEWER and STORE_MIGRATION_CHANGED when the schema is not ours to touch.
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  return options.databaseUrl ? await openServer(options.databaseUrl) : await openEmbedded(options);
}

async function openServer(databaseUrl: string): Promise<Store> {
  const pool = serverPool(databaseUrl);
  try {
    await pool.query('select 1').catch((error: Error) => {
      throw unreachable(databaseUrl, error);
    });
    await migrate(pool);
  } catch (error) {
    await pool.end();
    throw error;
  }
  return assemble({
    kind: 'postgres',
    folder: null,
    pool,
    dump: refuseDump,
    closeRest: async () => undefined,
  });
}

async function openEmbedded(options: StoreOptions): Promise<Store> {
  const folder = options.memory ? null : options.dataFolder;
  const lock = folder === null ? undefined : await lockDataFolder(folder, options.command);
  let session: EmbeddedSession | undefined;
  try {
    const template = options.template === undefined ? null : await readTemplate(options.template);
    session = startEmbeddedSession({
      dataFolder: folder === null ? null : join(folder, 'database'),
      template,
    });
    const { bridge } = session;
    const pool = embeddedPool(() => bridge.connect());
    // The session is one, so this holds for every connection. BullMQ's statements name its tables without a schema.
    await pool.query(
      `select set_config('timezone', 'UTC', false), set_config('search_path', 'public,bullmq', false)`,
    );
    await migrate(pool);
    // The folder has one owner, so whoever held a lease is gone.
    await pool.query('update tierlink.lease set expires_at = now() where expires_at > now()');
    const { dump } = session;
    return assemble({ kind: 'embedded', folder, pool, dump, closeRest: () => closeAll(session, lock) });
  } catch (error) {
    await closeAll(session, lock);
    throw error;
  }
}

async function closeAll(session: EmbeddedSession | undefined, lock: FolderLock | undefined): Promise<void> {
  await session?.close();
  await lock?.release();
}

async function lockDataFolder(folder: string, command: string | undefined): Promise<FolderLock> {
  mkdirSync(folder, { recursive: true });
  return await lockFolder(folder, command === undefined ? {} : { command });
}

async function readTemplate(template: Blob | string): Promise<Uint8Array> {
  return typeof template === 'string'
    ? new Uint8Array(await readFile(template))
    : new Uint8Array(await template.arrayBuffer());
}

interface Parts {
  kind: Store['kind'];
  folder: string | null;
  pool: pg.Pool;
  dump: () => Promise<Uint8Array>;
  /** Closes what lies below the pool. */
  closeRest: () => Promise<void>;
}

function assemble(parts: Parts): Store {
  const { pool } = parts;
  const db = new Kysely<Database>({ dialect: new PostgresDialect({ pool }) });
  let closing: Promise<void> | undefined;
  return {
    kind: parts.kind,
    folder: parts.folder,
    db,
    pool,
    query: executorOf(db).query,
    transaction: (work) => runTransaction(db, work),
    afterCommit: registerAfterCommit,
    vacuum: () => maintain(pool, 'vacuum (analyze)'),
    analyze: () => maintain(pool, 'analyze'),
    dump: parts.dump,
    close() {
      closing ??= closeInOrder(db, parts);
      return closing;
    },
  };
}

async function closeInOrder(db: Kysely<Database>, { pool, closeRest }: Parts): Promise<void> {
  await db.destroy();
  // Kysely ends the pool only when it has used it.
  if (!pool.ending) await pool.end();
  await closeRest();
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

/** Runs a maintenance statement over our tables and, in the embedded size, the queue's. */
async function maintain(pool: pg.Pool, statement: 'vacuum (analyze)' | 'analyze'): Promise<void> {
  const { rows } = await pool.query<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables
     where schemaname in ('tierlink', 'bullmq') and tableowner = current_user order by 1`,
  );
  for (const { name } of rows) await pool.query(`${statement} ${name}`);
}

async function refuseDump(): Promise<Uint8Array> {
  throw new Error('only the embedded store can be dumped; use pg_dump for a server');
}

/** The address without its password. */
function unreachable(databaseUrl: string, cause: Error): TierlinkError {
  const { host, pathname } = new URL(databaseUrl);
  const reason = cause.message || (cause as { code?: string }).code || 'no answer';
  return new TierlinkError('STORE_UNREACHABLE', { address: `${host}${pathname}`, reason }, { cause });
}
