import { mkdirSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { isTierlinkError, TierlinkError } from '../errors.ts';
import { commandLine } from '../store/enter-folder.ts';
import { type FolderLock, type Holder, tryLock } from '../store/folder-lock.ts';
import { systemReason, systemRemedy } from '../system-errors.ts';

/** Where the sign-in of a connection is kept. */
export interface SignInPlace {
  file: string;
  connection: string;
}

/** A renewal is a call or two; who has not come to its end by then stands still. */
const PATIENCE_MS = 60_000;
const ASK_AGAIN_MS = 50;

/** What to throw where the file is of no use. */
export function fileError(place: SignInPlace, reason: string, remedy: string | null = null): TierlinkError {
  return new TierlinkError('CRM_SIGN_IN_FILE', { ...place, reason, remedy });
}

/** What to throw where the system does not let it be written. */
export function unwritable(place: SignInPlace, error: unknown): TierlinkError {
  if (isTierlinkError(error, 'CRM_SIGN_IN_FILE')) return error;
  const told = error as NodeJS.ErrnoException;
  const { file, connection } = place;
  const reason = `it cannot be written: ${systemReason(told)}`;
  const remedy = systemRemedy(told);
  return new TierlinkError('CRM_SIGN_IN_FILE', { connection, file, reason, remedy }, { cause: error });
}

/**
 * Lets one process, and one in this process, work on a sign-in at a time. The lock is a folder of the file's own, beside it: the
 * file may be in the data folder, which the embedded store locks for as long as it is open. The system frees it with its process.
 *
 * @param patienceMs how long another one is waited for
 * @throws CRM_SIGN_IN_BUSY naming who has it, CRM_SIGN_IN_FILE where the folder cannot be written; and what work throws
 */
export async function aloneWith<T>(
  place: SignInPlace,
  work: () => Promise<T>,
  patienceMs = PATIENCE_MS,
): Promise<T> {
  const lock = await lockOf(place, patienceMs);
  try {
    return await work();
  } finally {
    await lock.release();
  }
}

async function lockOf(place: SignInPlace, patienceMs: number): Promise<FolderLock> {
  const patienceEnds = performance.now() + patienceMs;
  for (;;) {
    const lock = await tried(place);
    if ('release' in lock) return lock;
    if (performance.now() > patienceEnds)
      throw new TierlinkError('CRM_SIGN_IN_BUSY', { connection: place.connection, holder: named(lock) });
    await wait(ASK_AGAIN_MS);
  }
}

async function tried(place: SignInPlace): Promise<FolderLock | Holder> {
  const folder = `${place.file}.lock`;
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    return await tryLock(folder, { command: commandLine() });
  } catch (error) {
    throw unwritable(place, isTierlinkError(error) ? error.cause : error);
  }
}

function named({ path, greeting }: Holder): string {
  if (greeting === 'silent') return `a process that does not answer; lsof ${path} finds it`;
  return `process ${greeting.pid} (${greeting.command}), since ${greeting.since}`;
}
