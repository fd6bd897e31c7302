import { existsSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { TierlinkError } from '../errors.ts';
import { systemReason } from '../system-errors.ts';
import { prepareReplacement, type Replacement, type WholeFile } from '../text-file.ts';
import type { ConnectorHost } from './connector-manifest.ts';
import { beforeOf, removeLeftOvers, takeAnswer } from './sign-in-left-overs.ts';
import { aloneWith, fileError, type SignInPlace, unwritable } from './sign-in-lock.ts';

/**
 * What a sign-in by browser keeps between processes, as one text that only its connector understands. It is a secret: the
 * file is its owner's alone, and is never there in part.
 */
export interface SignInFile {
  /** Throws CRM_SIGN_IN_FILE when it is not there, cannot be read, can be read by others too, or is of no use. */
  read(): Promise<string>;
  /**
   * Lets `work` replace the text while no other process, and nothing else in this one, does the same. Its room on the disk is
   * taken before, and `keep`, which is called once at most, has written the text when it returns. Throws as read() does,
   * CRM_SIGN_IN_FILE when it cannot be written, CRM_SIGN_IN_BUSY when another process does not come to an end.
   */
  renew<T>(work: (kept: string, keep: (text: string) => void) => Promise<T>): Promise<T>;
  /** What to throw where the text turns out to be of no use to the connector. */
  unusable(reason: string): TierlinkError;
}

/** What a connector brings along to its sign-in. */
export interface SignInUse {
  /** Why a text is of no use for the connection as it is set up now; null where it is. */
  problemOf(text: string): string | null;
  /** Told what a process that was killed had left, and what came of it. */
  log: ConnectorHost['log'];
}

const OTHERS = 0o077;
const OWNER_ONLY = 0o600;
/** More than any text of a connector grows by when it is renewed. */
const ROOM_BYTES = 64 * 1024;

/**
 * By file, what was granted and could not be written, and over which text. The one before may have ended with it, so this
 * process tries to write it before it asks for anything else.
 */
const unwritten = new Map<string, { over: string; text: string }>();

export function openSignInFile(place: SignInPlace, use: SignInUse): SignInFile {
  return {
    read: async () => {
      const isSettled = !existsSync(beforeOf(place.file));
      if (!isSettled) return await aloneWith(place, async () => settled(place, use));
      const text = readSignIn(place);
      const problem = use.problemOf(text);
      if (problem !== null) throw fileError(place, problem);
      return text;
    },
    renew: async (work) => {
      // Where there is no sign-in none is locked.
      readSignIn(place);
      return await aloneWith(place, async () => {
        const kept = writeUnwritten(place, settled(place, use));
        const next = prepared(place, place.file, kept.length);
        try {
          return await work(kept, (text) => put(next, { place, over: kept, text }));
        } finally {
          next.discard();
        }
      });
    },
    unusable: (reason) => fileError(place, reason),
  };
}

/**
 * The sign-in to go on with, and nothing beside it, wherever a process before this one was killed. Of a new one that had taken
 * the place of the one before, without the connection having been kept along with it, the one before is right where it alone
 * fits the connection.
 */
function settled(place: SignInPlace, { problemOf, log }: SignInUse): string {
  const { file, connection } = place;
  const tell = (message: string): void => log('warn', message, { connection, file });
  if (takeAnswer(file)) tell('a renewed sign-in that a killed process had not put in place is used');
  const before = { connection, file: beforeOf(file) };
  let text = readSignIn(place);
  let problem = problemOf(text);
  if (problem !== null && existsSync(before.file) && problemOf(readSignIn(before)) === null) {
    renameSync(before.file, file);
    tell('the sign-in before is used again: the process that brought a new one was killed');
    text = readSignIn(place);
    problem = null;
  }
  if (problem === null) rmSync(before.file, { force: true });
  if (removeLeftOvers(file) > 0) tell('what a killed process left beside the sign-in was removed');
  if (problem !== null) throw fileError(place, problem);
  return text;
}

/**
 * Finds out whether a sign-in can be kept, before anybody is asked for one.
 * @throws CRM_SIGN_IN_FILE, CRM_SIGN_IN_BUSY
 */
export async function makeReady(place: SignInPlace): Promise<void> {
  await aloneWith(place, async () => prepared(place, place.file, 0).discard());
}

/** What makes a new sign-in the one that is used. */
export interface TakeOver<T> {
  /** Tries it, from a file beside the one before. */
  attempt(pending: string): Promise<void>;
  /**
   * Keeps what goes along with it; where that throws, the sign-in before is back in its place. `first`: the sign-in itself,
   * where there was none, which is to be kept in the same step; otherwise nothing.
   */
  keep(first: readonly WholeFile[]): T;
}

/** Puts a sign-in that works in the place of the one before; a renewal of that one ends first, and keeps nothing after it. */
export async function takeSignIn<T>(place: SignInPlace, text: string, steps: TakeOver<T>): Promise<T> {
  const { file } = place;
  const pending = `${file}.pending`;
  return await aloneWith(place, async () => {
    takeAnswer(file);
    removeLeftOvers(file);
    try {
      write(place, pending, text);
      await steps.attempt(pending);
      return swap(place, pending, steps.keep);
    } finally {
      removeLeftOvers(file);
    }
  });
}

function swap<T>(place: SignInPlace, pending: string, keep: TakeOver<T>['keep']): T {
  const { file } = place;
  const before = beforeOf(file);
  // Trying it may have renewed it.
  if (!existsSync(file)) return keep([{ file, text: readFileSync(pending, 'utf8'), mode: OWNER_ONLY }]);
  // One that is there is of a process that was killed between here and keep(): what is in its place may be of no use.
  if (!existsSync(before)) write(place, before, readFileSync(file, 'utf8'));
  renameSync(pending, file);
  try {
    const kept = keep([]);
    rmSync(before, { force: true });
    return kept;
  } catch (error) {
    renameSync(before, file);
    throw error;
  }
}

function readSignIn(place: SignInPlace): string {
  const { file } = place;
  try {
    const isOpen = process.platform !== 'win32' && (statSync(file).mode & OTHERS) !== 0;
    if (isOpen) throw fileError(place, 'other users of this machine can read it', `Run: chmod 600 ${file}`);
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof TierlinkError) throw error;
    const told = error as NodeJS.ErrnoException;
    throw fileError(place, told.code === 'ENOENT' ? 'it is not there' : systemReason(told));
  }
}

/** The text to go on with: what this process could not write before, where nobody has replaced what it was to go over. */
function writeUnwritten(place: SignInPlace, kept: string): string {
  const key = resolve(place.file);
  const waiting = unwritten.get(key);
  if (waiting?.over === kept) write(place, place.file, waiting.text);
  unwritten.delete(key);
  return waiting?.over === kept ? waiting.text : kept;
}

function prepared(place: SignInPlace, file: string, length: number): Replacement {
  try {
    return prepareReplacement(file, { mode: OWNER_ONLY, room: length + ROOM_BYTES });
  } catch (error) {
    throw unwritable(place, error);
  }
}

function put(
  next: Replacement,
  { place, over, text }: { place: SignInPlace; over: string; text: string },
): void {
  try {
    next.put(text);
  } catch (error) {
    unwritten.set(resolve(place.file), { over, text });
    throw unwritable(place, error);
  }
}

function write(place: SignInPlace, file: string, text: string): void {
  const next = prepared(place, file, text.length);
  try {
    next.put(text);
  } catch (error) {
    throw unwritable(place, error);
  }
}
