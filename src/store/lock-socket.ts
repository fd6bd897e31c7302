import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';

/** Linux allows 108 bytes with the closing zero for a socket's path, macOS 104. */
const LONGEST_PATH_BYTES = 103;
/** A socket whose process lives but does not answer, for example because it is stopped in a debugger. */
const ANSWER_TIMEOUT_MS = 3_000;

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
 * Connects to a lock's socket and reads the one line that its owner answers. Undefined when nobody listens. An owner
 * that lives but is silent still counts: the answer then names no process.
 */
export async function askSocket<Answer>(path: string): Promise<Answer | undefined> {
  return await withShortPath(path, (shortPath) => readAnswer<Answer>(shortPath));
}

function readAnswer<Answer>(path: string): Promise<Answer | undefined> {
  return new Promise((resolve) => {
    const socket = createConnection(path);
    let text = '';
    let isConnected = false;
    const finish = () => {
      socket.destroy();
      resolve(isConnected ? parseAnswer<Answer>(text) : undefined);
    };
    socket.setTimeout(ANSWER_TIMEOUT_MS, finish);
    socket.on('connect', () => {
      isConnected = true;
    });
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    socket.on('end', finish);
    socket.on('error', finish);
  });
}

function parseAnswer<Answer>(text: string): Answer {
  try {
    return JSON.parse(text) as Answer;
  } catch {
    return { pid: 0, command: 'unknown', since: 'unknown', state: 'held' } as Answer;
  }
}
