import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdir, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { basename, join, resolve } from 'node:path';
import { TierlinkError } from '../errors.ts';
import { askSocket, withShortPath } from './lock-socket.ts';

/** Who has the folder; told to everybody who connects to the lock's socket. */
export interface LockOwner {
  pid: number;
  command: string;
  /** ISO instant at which it took the lock. */
  since: string;
}

export interface FolderLock {
  owner: LockOwner;
  release(): Promise<void>;
}

type State = 'trying' | 'held';

const SOCKET_NAME = /^tierlink-[0-9a-f]+\.sock$/;
/** How often a starting process asks another starting one whether it has made up its mind. */
const ASK_AGAIN_MS = 20;
/** A process that is still starting after this long counts as the owner. */
const PATIENCE_MS = 5_000;

/**
 * Locks a folder against other processes by a listening socket inside it. The system closes the socket with the
 * process, however that ends, so the lock of a killed process is free at once: its socket file refuses connections.
 *
 * Each process listens under a name of its own and then looks for others that answer. A process that already holds
 * the folder wins; of two that are starting, the lower name does. Names are never reused, so removing a dead one
 * cannot hit a live one.
 *
 * Throws STORE_LOCKED, naming the owner.
 */
export async function lockFolder(folder: string, options: { command?: string } = {}): Promise<FolderLock> {
  const owner: LockOwner = {
    pid: process.pid,
    command: options.command ?? commandLine(),
    since: new Date().toISOString(),
  };
  const status: { state: State } = { state: 'trying' };
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.end(`${JSON.stringify({ ...owner, state: status.state })}\n`);
  });
  const path = process.platform === 'win32' ? pipeName(folder) : join(folder, socketName());
  await listen(server, path, folder);
  const release = () => close(server, path);
  try {
    const other = process.platform === 'win32' ? undefined : await findOther(folder, basename(path));
    if (other) throw locked(folder, other);
  } catch (error) {
    await release();
    throw error;
  }
  status.state = 'held';
  server.unref();
  return { owner, release };
}

/** The process that holds the folder, or undefined when nobody does. */
export async function folderOwner(folder: string): Promise<LockOwner | undefined> {
  if (process.platform === 'win32') return await askSocket<LockOwner>(pipeName(folder));
  for (const name of await socketsIn(folder)) {
    const answer = await askSocket<LockOwner>(join(folder, name));
    if (answer) return answer;
  }
  return undefined;
}

/** Looks at every other socket: removes dead ones, waits for undecided ones, returns one that outranks us. */
async function findOther(folder: string, ownName: string): Promise<LockOwner | undefined> {
  for (const name of await socketsIn(folder)) {
    if (name === ownName) continue;
    const answer = await decided(join(folder, name), name < ownName);
    if (answer) return answer;
    await rm(join(folder, name), { force: true });
  }
  return undefined;
}

async function decided(path: string, outranksUs: boolean): Promise<LockOwner | undefined> {
  const patienceEnds = Date.now() + PATIENCE_MS;
  for (;;) {
    const answer = await askSocket<LockOwner & { state: State }>(path);
    if (!answer || answer.state === 'held' || outranksUs || Date.now() > patienceEnds) return answer;
    await new Promise((resume) => setTimeout(resume, ASK_AGAIN_MS));
  }
}

async function socketsIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  return names.filter((name) => SOCKET_NAME.test(name)).sort();
}

async function listen(server: Server, path: string, folder: string): Promise<void> {
  try {
    await withShortPath(path, (shortPath) => {
      server.listen(shortPath);
      return once(server, 'listening');
    });
  } catch (error) {
    const holder = await folderOwner(folder);
    if (holder && (error as { code?: string }).code === 'EADDRINUSE') throw locked(folder, holder);
    throw new TierlinkError(
      'STORE_FOLDER_UNUSABLE',
      { folder, reason: (error as Error).message },
      { cause: error },
    );
  }
}

async function close(server: Server, path: string): Promise<void> {
  await new Promise<void>((done) => {
    server.close(() => done());
  });
  if (process.platform !== 'win32') await rm(path, { force: true });
}

function locked(folder: string, owner: LockOwner): TierlinkError {
  const { pid, command, since } = owner;
  return new TierlinkError('STORE_LOCKED', { folder, pid, command, since });
}

function socketName(): string {
  return `tierlink-${randomBytes(8).toString('hex')}.sock`;
}

/** Windows has no sockets in folders; a named pipe is exclusive by itself and vanishes with its process as well. */
function pipeName(folder: string): string {
  return `\\\\.\\pipe\\tierlink-${createHash('sha256').update(resolve(folder).toLowerCase()).digest('hex').slice(0, 32)}`;
}

/** The command as typed, without the paths of Node and the script. Secrets never come in arguments. */
function commandLine(): string {
  const [, script = 'node', ...rest] = process.argv;
  return [basename(script).replace(/\.(ts|js|mjs|cjs)$/, ''), ...rest].join(' ');
}
