import { type ChildProcess, execFileSync, type SpawnOptions, spawn } from 'node:child_process';
import { accessSync, chownSync, constants, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

/** A server started for the tests only, in a folder of its own. */
export interface TestServer {
  url: string;
  /** Ends the server and removes its folder. */
  stop(): Promise<void>;
}

/** First of the usual places, PATH included, that holds the program. */
export function findProgram(name: string, folders: string[]): string | undefined {
  const fromPath = (process.env.PATH ?? '').split(delimiter);
  return [...fromPath, ...folders].map((folder) => join(folder, name)).find(isExecutable);
}

/** Folders such as /usr/lib/postgresql/15/bin, the newest version first. */
export function versionedFolders(parent: string, child: string): string[] {
  try {
    return readdirSync(parent)
      .sort((a, b) => Number(b) - Number(a))
      .map((version) => join(parent, version, child));
  } catch {
    return [];
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => {
    server.listen(0, '127.0.0.1', done);
  });
  const address = server.address();
  await new Promise((done) => {
    server.close(done);
  });
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** PostgreSQL refuses to run as root; its own user exists where it is installed, nobody everywhere. */
export function unprivilegedUser(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const user = ['postgres', 'nobody'].find((name) => idOf(name, '-u') !== undefined);
  const uid = user && idOf(user, '-u');
  const gid = user && idOf(user, '-g');
  return uid === undefined || gid === undefined || uid === '' || gid === ''
    ? undefined
    : { uid: Number(uid), gid: Number(gid) };
}

function idOf(name: string, flag: '-u' | '-g'): string | undefined {
  try {
    return execFileSync('id', [flag, name], { stdio: ['ignore', 'pipe', 'ignore'] })
      .toString()
      .trim();
  } catch {
    return undefined;
  }
}

/** A folder under the system's temporary one, owned by the user that the server runs as. */
export function serverFolder(name: string, user: { uid: number; gid: number } | undefined): string {
  const folder = mkdtempSync(join(tmpdir(), `tierlink-${name}-`));
  if (user) chownSync(folder, user.uid, user.gid);
  return folder;
}

/** Starts a program and gives back how to end it; its folder is removed even when this process just exits. */
export function startProgram(program: string, args: string[], options: SpawnOptions & { folder: string }) {
  const { folder, ...rest } = options;
  const child = spawn(program, args, { stdio: 'ignore', cwd: folder, ...rest });
  const onExit = () => {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  };
  process.once('exit', onExit);
  const end = async (signal: NodeJS.Signals) => {
    process.removeListener('exit', onExit);
    await ended(child, signal);
  };
  return {
    /** Ends the program and keeps its folder. */
    end,
    // Tests' data is worthless afterwards, so nothing is waited for.
    stop: async () => {
      await end('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = new Promise<void>((done) => {
    child.once('exit', () => done());
  });
  child.kill(signal);
  await exit;
}

/** Repeats `attempt` until it succeeds; the last failure is thrown after the time limit. */
export async function untilItWorks(attempt: () => Promise<unknown>, limitMs = 120_000): Promise<void> {
  const ends = Date.now() + limitMs;
  for (;;) {
    try {
      await attempt();
      return;
    } catch (error) {
      if (Date.now() > ends) throw error;
      await new Promise((resume) => setTimeout(resume, 50));
    }
  }
}
