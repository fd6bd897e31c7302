import { once } from 'node:events';
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { createConnection, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { type Greeting, lineOf, readGreeting } from './folder-greeting.ts';

/** Linux allows 108 bytes with the closing zero for a socket's path, macOS 104. */
const LONGEST_PATH_BYTES = 103;
/** A socket whose process lives but does not answer, for example because it is stopped in a debugger. */
const ANSWER_TIMEOUT_MS = 3_000;
/** How long to wait before asking a process again that hung up. */
const ASK_AGAIN_MS = 20;
/** Questions and answers are far shorter. */
const LONGEST_LINE_BYTES = 16_384;

/**
 * Calls `use` with a path that is short enough for a socket: the path itself, or one through a temporary symbolic
 * link to its folder. The socket is in the real folder either way.
 */
export async function withShortPath<T>(path: string, use: (shortPath: string) => Promise<T>): Promise<T> {
  if (process.platform === 'win32' || Buffer.byteLength(path) <= LONGEST_PATH_BYTES) return await use(path);
  const folder = await mkdtemp(join(tmpdir(), 'tl-'));
  try {
    await symlink(dirname(path), join(folder, 'f'));
    return await use(join(folder, 'f', basename(path)));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * Asks who listens on a folder's socket. Undefined when nobody does. A process that lives but says nothing sensible in
 * time still counts: 'silent'. One that hangs up without a word is about to leave or has no file handle left, so it is
 * asked again until it is gone, answers, or the time is up.
 */
export async function askSocket(path: string): Promise<Greeting | 'silent' | undefined> {
  return await withShortPath(path, async (shortPath) => {
    const patienceEnds = Date.now() + ANSWER_TIMEOUT_MS;
    for (;;) {
      const line = await askOnce(shortPath, patienceEnds - Date.now());
      if (line === 'nobody') return undefined;
      if (line !== 'no answer') return readGreeting(line.text) ?? 'silent';
      if (Date.now() >= patienceEnds) return 'silent';
      await wait(ASK_AGAIN_MS);
    }
  });
}

async function askOnce(path: string, timeoutMs: number): Promise<'nobody' | 'no answer' | { text: string }> {
  const socket = createConnection(path);
  try {
    await once(socket, 'connect');
  } catch {
    return 'nobody';
  }
  socket.on('error', () => undefined);
  socket.write(lineOf({ ask: 'owner' }));
  const text = await readLine(socket, timeoutMs);
  socket.destroy();
  return text === undefined ? 'no answer' : { text };
}

/** The first line that a socket brings; what follows stays in it, paused. Undefined when none comes in time. */
export function readLine(socket: Socket, timeoutMs: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    let bytes = Buffer.alloc(0);
    const finish = (line: string | undefined) => {
      clearTimeout(timer);
      socket.pause();
      socket.off('data', take).off('close', end).off('end', end);
      resolve(line);
    };
    const take = (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk]);
      const at = bytes.indexOf('\n');
      if (at < 0 && bytes.length < LONGEST_LINE_BYTES) return;
      if (at < 0) return finish(undefined);
      finish(bytes.toString('utf8', 0, at));
      if (bytes.length > at + 1) socket.unshift(bytes.subarray(at + 1));
    };
    const end = () => finish(undefined);
    const timer = setTimeout(end, timeoutMs);
    socket.on('data', take).once('close', end).once('end', end);
  });
}
