import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import pg from 'pg';
import {
  findProgram,
  freePort,
  serverFolder,
  startProgram,
  type TestServer,
  unprivilegedUser,
  untilItWorks,
  versionedFolders,
} from './server-process.ts';

const folders = [
  ...versionedFolders('/usr/lib/postgresql', 'bin'),
  ...versionedFolders('/opt/homebrew/opt', 'bin'),
  '/usr/local/pgsql/bin',
];

/** The server programs, undefined when they are not on this machine. */
export const postgresPrograms = {
  initdb: findProgram('initdb', folders),
  postgres: findProgram('postgres', folders),
};

export interface TestPostgres extends TestServer {
  /** Creates an empty database, of a name of its own unless one is given, and gives its address. */
  createDatabase(name?: string): Promise<string>;
  /** Cuts every connection, stops the server and starts it again with its data. */
  restart(): Promise<void>;
}

/** Starts a PostgreSQL of its own on a free port; never one that happens to run. Takes about two seconds. */
export async function startPostgres(): Promise<TestPostgres> {
  const { initdb, postgres } = postgresPrograms;
  if (!initdb || !postgres) throw new Error('PostgreSQL is not installed');
  const user = unprivilegedUser();
  const folder = serverFolder('postgres', user);
  const data = join(folder, 'data');
  execFileSync(
    initdb,
    ['-D', data, '-U', 'tierlink', '-A', 'trust', '--no-sync', '-E', 'UTF8', '--locale=C.UTF-8'],
    {
      stdio: 'ignore',
      cwd: folder,
      ...user,
    },
  );
  const port = await freePort();
  const settings = [
    `port=${port}`,
    'listen_addresses=127.0.0.1',
    `unix_socket_directories=`,
    'fsync=off',
    'max_connections=200',
  ];
  const args = ['-D', data, ...settings.flatMap((setting) => ['-c', setting])];
  const start = () => startProgram(postgres, args, { folder, ...user });
  let program = start();
  const url = `postgres://tierlink@127.0.0.1:${port}/postgres`;
  await untilItWorks(() => queryOnce(url, 'select 1'));
  return {
    url,
    stop: () => program.stop(),
    async restart() {
      // SIGINT is PostgreSQL's fast shutdown: clients are cut off, data is kept.
      await program.end('SIGINT');
      program = start();
      await untilItWorks(() => queryOnce(url, 'select 1'));
    },
    async createDatabase(name = `t${randomBytes(6).toString('hex')}`) {
      await queryOnce(url, `create database ${name}`);
      return url.replace(/postgres$/, name);
    },
  };
}

/** A statement on a connection of its own. */
export async function queryOnce(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  try {
    await client.connect();
    await client.query(sql);
  } finally {
    await client.end().catch(() => undefined);
  }
}
