import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fromPackageRoot } from '../../src/package-root.ts';
import { migrationChecksum } from '../../src/store/migrate.ts';
import { migrations } from '../../src/store/migrations/index.ts';
import { openStore, type Store } from '../../src/store/open-store.ts';
import { createTestDatabase, sharedServerUrl } from './shared-database.ts';

const TEMPLATE_PREFIX = 'tierlink-template-';

/**
 * An empty store with every table, for tests of what every kind of store does: in PostgreSQL where it is installed,
 * which is the fastest, else embedded. With TIERLINK_TEST_STORE=embedded it is embedded everywhere. Close it after use.
 */
export async function openTestStore(): Promise<Store> {
  return await (isStoreEmbedded() ? openEmbeddedTestStore() : openPostgresTestStore());
}

/** Whether openTestStore opens an embedded one. */
export function isStoreEmbedded(): boolean {
  return sharedServerUrl === undefined || process.env.TIERLINK_TEST_STORE === 'embedded';
}

/** The same in a database of the server that test files share. Several of them may be opened on one database. */
export async function openPostgresTestStore(): Promise<Store> {
  const database = await createTestDatabase();
  const store = await openStore({ dataFolder: '', databaseUrl: database.url });
  return {
    ...store,
    async close() {
      await store.close();
      await database.drop();
    },
  };
}

/**
 * The same embedded and in memory, opened in a fraction of a second from an archive that the first test run on a machine
 * makes.
 */
export async function openEmbeddedTestStore(): Promise<Store> {
  return await openStore({ dataFolder: '', memory: true, template: await storeTemplate() });
}

/** Path of the archive; another one for each set of migrations and version of the database. */
export async function storeTemplate(): Promise<string> {
  const path = join(tmpdir(), `${TEMPLATE_PREFIX}${templateKey()}.tar`);
  if (!existsSync(path)) await makeTemplate(path);
  return path;
}

/**
 * Empties every table but the record of migrations and starts ids anew: what a test does between cases that share a
 * store. Deletes, because truncating gives every table and index a new file, which takes ten times as long.
 */
export async function emptyStore(store: Store): Promise<void> {
  const tables = await store.query<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables
     where schemaname = 'tierlink' and tablename <> 'migration'`,
  );
  const deletes = tables.map(({ name }) => `delete from ${name};`).join(' ');
  // Without triggers, so that the order of the tables does not matter.
  await store.query(`do $$ begin set local session_replication_role = replica; ${deletes} end $$`);
  await store.query(
    `select setval(format('%I.%I', schemaname, sequencename)::regclass, start_value, false)
     from pg_sequences where schemaname = 'tierlink'`,
  );
}

async function makeTemplate(path: string): Promise<void> {
  const store = await openStore({ dataFolder: '', memory: true });
  const archive = await store.dump();
  await store.close();
  // Several test processes may do this at once: each moves a whole file into place.
  const temporary = `${path}.${process.pid}`;
  writeFileSync(temporary, archive);
  renameSync(temporary, path);
  removeOldTemplates();
}

/** Each set of migrations leaves an archive of some 40 MB. */
function removeOldTemplates(): void {
  const dayAgo = Date.now() - 24 * 3600 * 1000;
  for (const name of readdirSync(tmpdir()).filter((entry) => entry.startsWith(TEMPLATE_PREFIX))) {
    const path = join(tmpdir(), name);
    if ((statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? dayAgo) < dayAgo)
      rmSync(path, { force: true });
  }
}

function templateKey(): string {
  const parts = [installedVersion('@electric-sql/pglite'), ...migrations.map(migrationChecksum)];
  return createHash('sha256').update(parts.join()).digest('hex').slice(0, 16);
}

function installedVersion(name: string): string {
  const text = readFileSync(fromPackageRoot('node_modules', name, 'package.json'), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
