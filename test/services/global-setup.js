import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('shared-postgres.ts', import.meta.url));

/** @type {import('node:child_process').ChildProcess | undefined} */
let server;

/**
 * Starts the PostgreSQL server that test files share, where it is installed: there most of them take less than half the
 * time that they take on the embedded store. See openTestStore.
 */
export default async function startSharedPostgres() {
  const started = spawn(process.execPath, ['--import', 'tsx', program], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  server = started;
  const [line] = await Promise.race([once(started.stdout, 'data'), once(started, 'exit').then(() => [''])]);
  process.env.TIERLINK_TEST_SERVER = String(line).trim();
}

export async function endSharedPostgres() {
  if (server === undefined || server.exitCode !== null) return;
  server.stdin?.end();
  await once(server, 'exit');
}
