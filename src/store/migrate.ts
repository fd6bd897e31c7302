import { createHash } from 'node:crypto';
import type pg from 'pg';
import { TierlinkError } from '../errors.ts';
import { migrations as allMigrations, type Migration } from './migrations/index.ts';

/** Any constant works as long as every version of the product uses the same one. */
const MIGRATION_LOCK = 7_154_301;

const LEDGER = `
create schema if not exists tierlink;
create table if not exists tierlink.migration (
  version integer primary key,
  name text not null,
  checksum text not null,
  applied_at timestamptz not null default now()
)`;

/** Hash of a migration's SQL as recorded beside its version. */
export function migrationChecksum(migration: Migration): string {
  return createHash('sha256').update(migration.sql).digest('hex');
}

/**
 * Brings the schema up to the newest known version: each migration in a transaction of its own, under a lock that
 * makes several starting processes take turns. Returns the versions that this call applied.
 *
 * Throws STORE_SCHEMA_NEWER when the store knows more than this program, and STORE_MIGRATION_CHANGED when an applied
 * migration had other contents. Both change nothing.
 */
export async function migrate(
  pool: pg.Pool,
  migrations: readonly Migration[] = allMigrations,
): Promise<number[]> {
  const client = await pool.connect();
  const applied: number[] = [];
  try {
    for (;;) {
      const version = await inTransaction(client, () => applyNext(client, migrations));
      if (version === undefined) return applied;
      applied.push(version);
    }
  } finally {
    client.release();
  }
}

async function applyNext(
  client: pg.PoolClient,
  migrations: readonly Migration[],
): Promise<number | undefined> {
  await client.query('select pg_advisory_xact_lock($1)', [MIGRATION_LOCK]);
  await client.query(LEDGER);
  const { rows } = await client.query<{ version: number; checksum: string }>(
    'select version, checksum from tierlink.migration order by version',
  );
  const known = new Map(migrations.map((migration) => [migration.version, migration]));
  refuseUnknown(rows, known);
  const recorded = new Set(rows.map((row) => row.version));
  const next = migrations.find((migration) => !recorded.has(migration.version));
  if (!next) return undefined;
  await client.query(next.sql);
  await client.query('insert into tierlink.migration (version, name, checksum) values ($1, $2, $3)', [
    next.version,
    next.name,
    migrationChecksum(next),
  ]);
  return next.version;
}

function refuseUnknown(rows: { version: number; checksum: string }[], known: Map<number, Migration>): void {
  const newestKnown = Math.max(0, ...known.keys());
  const newestFound = rows.at(-1)?.version ?? 0;
  if (newestFound > newestKnown) {
    throw new TierlinkError('STORE_SCHEMA_NEWER', { found: newestFound, known: newestKnown });
  }
  for (const row of rows) {
    const migration = known.get(row.version);
    if (migration && migrationChecksum(migration) !== row.checksum) {
      throw new TierlinkError('STORE_MIGRATION_CHANGED', { version: row.version });
    }
  }
}

async function inTransaction<T>(client: pg.PoolClient, work: () => Promise<T>): Promise<T> {
  await client.query('begin');
  try {
    const result = await work();
    await client.query('commit');
    return result;
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw error;
  }
}
