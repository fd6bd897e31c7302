import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { basename, join, resolve } from 'node:path';
import { TierlinkError } from '../errors.ts';
import {
  type Edition,
  type Greeting,
  type Guest,
  type LockOwner,
  lineOf,
  ownEdition,
  readRequest,
  type SharedState,
} from './folder-greeting.ts';
import { askSocket, readLine, withShortPath } from './lock-socket.ts';
import { fatal, fatalError } from './wire.ts';

/** What the owner of a folder lets others use. */
export interface SharedStore {
  readonly state: SharedState;
  /** Takes over a socket that has been read up to the wire protocol; or ends it. */
  admit(socket: Socket, guest: Guest, edition: Edition): void;
}

export interface FolderLock {
  owner: LockOwner;
  release(): Promise<void>;
}

/** Who listens on a socket, and what it answered. */
export interface Holder {
  path: string;
  greeting: Greeting | 'silent';
}

const SOCKET_NAME = /^tierlink-[0-9a-f]+\.sock$/;
/** How often a starting process asks another starting one whether it has made up its mind. */
const ASK_AGAIN_MS = 20;
/** A process that is still starting after this long counts as the owner. */
const PATIENCE_MS = 5_000;
/** Who connects and asks nothing is told who owns the folder after this time. */
const QUESTION_TIMEOUT_MS = 1_000;
/** Last words reach a process that reads in less. */
const FLUSH_MS = 500;

/**
 * Locks a folder against other processes by a listening socket inside it. The system closes the socket with the
 * process, however that ends, so the lock of a killed process is free at once: its socket file refuses connections.
 *
 * Each process listens under a name of its own and then looks for others that answer. A process that already holds
 * the folder wins; of two that are starting, the lower name does. Names are never reused, so removing a dead one
 * cannot hit a live one.
 *
 * Through the same socket the owner lets others use `shared`, when it is given. Returns who has the folder instead of a
 * lock when somebody does. Throws STORE_FOLDER_UNUSABLE.
 */
export async function tryLock(
  folder: string,
  options: { command: string; shared?: SharedStore },
): Promise<FolderLock | Holder> {
  const { command, shared } = options;
  const owner: LockOwner = { pid: process.pid, command, since: new Date().toISOString() };
  const greeting: Greeting = { ...ownEdition(), ...owner, state: 'trying', store: 'none' };
  const { server, close } = answering(greeting, shared);
  const path = process.platform === 'win32' ? pipeName(folder) : join(folder, socketName());
  const holder = await listen(server, path, folder);
  if (holder) return holder;
  const release = async () => {
    await close();
    if (process.platform !== 'win32') await rm(path, { force: true });
  };
  try {
    const other = process.platform === 'win32' ? undefined : await findOther(folder, basename(path));
    if (other) {
      await release();
      return other;
    }
  } catch (error) {
    await release();
    throw error;
  }
  greeting.state = 'held';
  server.unref();
  return { owner, release };
}

/** The process that holds the folder, or undefined when nobody does. A silent one counts when no other does. */
export async function findHolder(folder: string): Promise<Holder | undefined> {
  const paths = process.platform === 'win32' ? [pipeName(folder)] : await socketsIn(folder);
  let silent: Holder | undefined;
  for (const path of paths) {
    const greeting = await askSocket(path);
    if (greeting === 'silent') silent ??= { path, greeting };
    else if (greeting?.state === 'held') return { path, greeting };
  }
  return silent;
}

/** The server of the lock's socket: tells who owns the folder, and hands guests over. */
function answering(greeting: Greeting, shared: SharedStore | undefined) {
  const sockets = new Set<Socket>();
  const answer = async (socket: Socket) => {
    const line = await readLine(socket, QUESTION_TIMEOUT_MS);
    const request = line === undefined ? undefined : readRequest(line);
    if (request?.ask === 'store' && greeting.state === 'held' && shared) {
      shared.admit(socket, request.guest, request.edition);
      return;
    }
    socket.write(
      request?.ask === 'store'
        ? fatalError(fatal.notNow)
        : lineOf({ ...greeting, store: shared?.state ?? 'none' }),
    );
    socket.destroySoon();
  };
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => sockets.delete(socket));
    void answer(socket);
  });
  const close = async () => {
    const closed = new Promise<void>((done) => {
      server.close(() => done());
    });
    for (const socket of sockets) socket.destroySoon();
    // A process that stands still takes nothing any more.
    const timer = setTimeout(() => {
      for (const socket of sockets) socket.destroy();
    }, FLUSH_MS);
    await closed;
    clearTimeout(timer);
  };
  return { server, close };
}

/** Looks at every other socket: removes dead ones, waits for undecided ones, returns one that outranks us. */
async function findOther(folder: string, ownName: string): Promise<Holder | undefined> {
  let outranking: Holder | undefined;
  for (const path of await socketsIn(folder)) {
    const name = basename(path);
    if (name === ownName) continue;
    const greeting = await decided(path, name < ownName);
    if (!greeting) await rm(path, { force: true });
    else if (greeting === 'silent' || greeting.state === 'held') return { path, greeting };
    else outranking ??= { path, greeting };
  }
  return outranking;
}

async function decided(path: string, outranksUs: boolean): Promise<Greeting | 'silent' | undefined> {
  const patienceEnds = Date.now() + PATIENCE_MS;
  for (;;) {
    const greeting = await askSocket(path);
    if (!greeting || greeting === 'silent' || greeting.state === 'held') return greeting;
    if (outranksUs || Date.now() > patienceEnds) return greeting;
    await new Promise((resume) => setTimeout(resume, ASK_AGAIN_MS));
  }
}

/** Paths of the sockets, by name. */
async function socketsIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  return names
    .filter((name) => SOCKET_NAME.test(name))
    .sort()
    .map((name) => join(folder, name));
}

/** Listens, or finds who does so already on the one pipe that a folder has on Windows. */
async function listen(server: Server, path: string, folder: string): Promise<Holder | undefined> {
  try {
    await withShortPath(path, (shortPath) => {
      const listening = once(server, 'listening');
      server.listen(shortPath);
      // For this user only. On Windows a pipe lets others connect and read, but not write, so they cannot ask.
      if (server.listening && process.platform !== 'win32') chmodSync(shortPath, 0o600);
      return listening;
    });
    return undefined;
  } catch (error) {
    const holder = await findHolder(folder);
    if (holder && (error as { code?: string }).code === 'EADDRINUSE') return holder;
    throw new TierlinkError(
      'STORE_FOLDER_UNUSABLE',
      { folder, reason: (error as Error).message },
      { cause: error },
    );
  }
}

function socketName(): string {
  return `tierlink-${randomBytes(8).toString('hex')}.sock`;
}

/** Windows has no sockets in folders; a named pipe is exclusive by itself and vanishes with its process as well. */
function pipeName(folder: string): string {
  return `\\\\.\\pipe\\tierlink-${createHash('sha256').update(resolve(folder).toLowerCase()).digest('hex').slice(0, 32)}`;
}
