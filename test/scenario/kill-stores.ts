import { appendFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { openStore, type StoreOptions } from '../../src/store/open-store.ts';
import { folderSnapshots } from '../services/folder-snapshots.ts';
import { startPostgres } from '../services/postgres.ts';
import { storeTemplate } from '../services/test-store.ts';

/** The stores of one size: one that is in use, and states that it can be brought back to. */
export interface KillStores {
  current(): StoreOptions;
  /** Keeps what the current store holds; no process has it open. */
  save(name: string): Promise<void>;
  /** Makes the current store hold what was kept under the name, or nothing. */
  restore(name: string | null): Promise<void>;
  /** What a restart finds some time after a death: on a server the leases of the dead have run out. */
  afterDeath(): Promise<void>;
  close(): Promise<void>;
}

/** A folder; an empty one has its tables already, since making them takes seconds. */
export async function embeddedStores(): Promise<KillStores> {
  const home = await mkdtemp(join(tmpdir(), 'tierlink-kill-'));
  const dataFolder = join(home, 'data');
  const archive = join(home, 'kept');
  await mkdir(archive);
  const snapshots = folderSnapshots(dataFolder, archive);
  await (await openStore({ dataFolder, template: await storeTemplate() })).close();
  // To set up the buffers takes a quarter of a start.
  await appendFile(join(dataFolder, 'database', 'postgresql.conf'), "\nshared_buffers = '16MB'\n");
  await snapshots.save('empty');
  return {
    current: () => ({ dataFolder }),
    save: (name) => snapshots.save(name),
    restore: (name) => snapshots.restore(name ?? 'empty'),
    afterDeath: async () => undefined,
    close: () => rm(home, { recursive: true, force: true }),
  };
}

/** Databases of a server of our own. */
export async function postgresStores(): Promise<KillStores> {
  const server = await startPostgres();
  const admin = new pg.Client({ connectionString: server.url });
  await admin.connect();
  const current = 'kill_current';
  const addressOfCurrent = server.url.replace(/postgres$/, current);
  const copy = async (from: string, to: string) => {
    await admin.query(`drop database if exists ${to} with (force)`);
    await freeOfSessions(admin, from);
    await admin.query(`create database ${to} template ${from}`);
  };
  return {
    current: () => ({ dataFolder: '', databaseUrl: addressOfCurrent }),
    save: (name) => copy(current, keptAs(name)),
    restore: (name) => copy(name === null ? 'template1' : keptAs(name), current),
    afterDeath: () => expireLeases(addressOfCurrent),
    close: async () => {
      await admin.end();
      await server.stop();
    },
  };
}

const keptAs = (name: string) => `kept_${name.replaceAll(/\W/g, '_').toLowerCase()}`;

/** A database that somebody is connected to cannot be copied; sessions of the dead end a moment after them. */
async function freeOfSessions(admin: pg.Client, database: string): Promise<void> {
  await admin.query('select pg_terminate_backend(pid, 10000) from pg_stat_activity where datname = $1', [
    database,
  ]);
}

/** Stands for the minute that a restart on a server waits for. */
async function expireLeases(connectionString: string): Promise<void> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  const { rows } = await client.query(`select to_regclass('tierlink.lease') is not null as is_there`);
  if (rows[0]?.is_there === true) await client.query('update tierlink.lease set expires_at = now()');
  await client.end();
}
