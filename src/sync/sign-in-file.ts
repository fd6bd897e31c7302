import { mkdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { TierlinkError } from '../errors.ts';
import { type FolderLock, tryLock } from '../store/folder-lock.ts';
import { systemReason } from '../system-errors.ts';
import { replaceFile } from '../text-file.ts';

/**
 * What a sign-in by browser keeps between processes, as one text that only its connector understands. It is a secret: the
 * file is its owner's alone, and is never there in part.
 */
export interface SignInFile {
  /** Throws CRM_SIGN_IN_FILE when it is not there, cannot be read, or can be read by others too. */
  read(): string;
  /**
   * Lets `work` replace the text while no other process, and nothing else in this one, does the same. `keep` has written the
   * text when it returns. Throws as read() does, CRM_BUSY when another process does not come to an end.
   */
  renew<T>(work: (kept: string, keep: (text: string) => void) => Promise<T>): Promise<T>;
  /** What to throw where the text is of no use to the connector. */
  unusable(reason: string): TierlinkError;
}

/** A renewal is a call or two; who has not come to its end by then stands still. */
const PATIENCE_MS = 60_000;
const ASK_AGAIN_MS = 50;
const OTHERS = 0o077;
const OWNER_ONLY = 0o600;

export function openSignInFile(file: string, connection: string): SignInFile {
  const unusable = (reason: string, remedy: string | null): TierlinkError =>
    new TierlinkError('CRM_SIGN_IN_FILE', { connection, file, reason, remedy });
  const read = (): string => {
    try {
      const isOpen = process.platform !== 'win32' && (statSync(file).mode & OTHERS) !== 0;
      if (isOpen) throw unusable('other users of this machine can read it', `Run: chmod 600 ${file}`);
      return readFileSync(file, 'utf8');
    } catch (error) {
      if (error instanceof TierlinkError) throw error;
      const { code } = error as NodeJS.ErrnoException;
      throw unusable(
        code === 'ENOENT' ? 'it is not there' : systemReason(error as NodeJS.ErrnoException),
        null,
      );
    }
  };
  return {
    read,
    renew: async (work) => {
      // Without the file there is no folder to lock either.
      read();
      return await alone(file, connection, async () => await work(read(), (text) => write(file, text)));
    },
    unusable: (reason) => unusable(reason, null),
  };
}

/** Where a sign-in waits until it is known to work: beside its file, for its owner alone. */
export function pendingSignIn(file: string, text: string): { file: string; discard(): void } {
  const pending = `${file}.pending`;
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  write(pending, text);
  return { file: pending, discard: () => rmSync(pending, { force: true }) };
}

/** Puts a sign-in that works in the place of the one before; a renewal of that one ends first, and keeps nothing after it. */
export async function takeSignIn(file: string, pending: string, connection: string): Promise<void> {
  await alone(file, connection, async () => renameSync(pending, file));
}

function write(file: string, text: string): void {
  replaceFile(file, text, OWNER_ONLY);
}

/** The lock is on the folder, and the system takes it from a process that ends, however it does. */
async function alone<T>(file: string, connection: string, work: () => Promise<T>): Promise<T> {
  const lock = await lockFolder(dirname(file), connection);
  try {
    return await work();
  } finally {
    await lock.release();
  }
}

async function lockFolder(folder: string, connection: string): Promise<FolderLock> {
  const patienceEnds = performance.now() + PATIENCE_MS;
  for (;;) {
    const lock = await tryLock(folder, { command: 'renewing a sign-in' });
    if ('release' in lock) return lock;
    if (performance.now() > patienceEnds)
      throw new TierlinkError('CRM_BUSY', {
        connection,
        reason: 'another process has been renewing the sign-in for too long',
      });
    await wait(ASK_AGAIN_MS);
  }
}
