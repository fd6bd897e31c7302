import { copyFileSync, existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { TierlinkError } from '../errors.ts';
import { systemReason } from '../system-errors.ts';
import { prepareReplacement, type Replacement, replaceFile } from '../text-file.ts';
import { aloneWith, fileError, type SignInPlace, unwritable } from './sign-in-lock.ts';

/**
 * What a sign-in by browser keeps between processes, as one text that only its connector understands. It is a secret: the
 * file is its owner's alone, and is never there in part.
 */
export interface SignInFile {
  /** Throws CRM_SIGN_IN_FILE when it is not there, cannot be read, or can be read by others too. */
  read(): string;
  /**
   * Lets `work` replace the text while no other process, and nothing else in this one, does the same. Its room on the disk is
   * taken before, and `keep`, which is called once at most, has written the text when it returns. Throws as read() does,
   * CRM_SIGN_IN_FILE when it cannot be written, CRM_SIGN_IN_BUSY when another process does not come to an end.
   */
  renew<T>(work: (kept: string, keep: (text: string) => void) => Promise<T>): Promise<T>;
  /** What to throw where the text is of no use to the connector. */
  unusable(reason: string): TierlinkError;
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

export function openSignInFile(file: string, connection: string): SignInFile {
  const place = { file, connection };
  const read = (): string => readSignIn(place);
  return {
    read,
    renew: async (work) => {
      // Where there is no sign-in none is locked.
      read();
      return await aloneWith(place, async () => {
        removeLeftOvers(file);
        const kept = writeUnwritten(place, read());
        const next = prepared(place, kept.length);
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
 * Finds out whether a sign-in can be kept, before anybody is asked for one.
 * @throws CRM_SIGN_IN_FILE, CRM_SIGN_IN_BUSY
 */
export async function makeReady(place: SignInPlace): Promise<void> {
  await aloneWith(place, async () => prepared(place, 0).discard());
}

/** What makes a new sign-in the one that is used. */
export interface TakeOver<T> {
  /** Tries it, from a file beside the one before. */
  attempt(pending: string): Promise<void>;
  /** Keeps what goes along with it; where that throws, the sign-in before is back in its place. */
  keep(): T;
}

/** Puts a sign-in that works in the place of the one before; a renewal of that one ends first, and keeps nothing after it. */
export async function takeSignIn<T>(place: SignInPlace, text: string, steps: TakeOver<T>): Promise<T> {
  const { file } = place;
  const pending = `${file}.pending`;
  return await aloneWith(place, async () => {
    removeLeftOvers(file);
    try {
      write(place, pending, text);
      await steps.attempt(pending);
      return swap(file, pending, steps.keep);
    } finally {
      removeLeftOvers(file);
    }
  });
}

function swap<T>(file: string, pending: string, keep: () => T): T {
  const before = `${file}.before`;
  const isFirst = !existsSync(file);
  if (!isFirst) copyFileSync(file, before);
  renameSync(pending, file);
  try {
    return keep();
  } catch (error) {
    if (isFirst) rmSync(file);
    else renameSync(before, file);
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

function prepared(place: SignInPlace, length: number): Replacement {
  try {
    return prepareReplacement(place.file, { mode: OWNER_ONLY, room: length + ROOM_BYTES });
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
  try {
    replaceFile(file, text, OWNER_ONLY);
  } catch (error) {
    throw unwritable(place, error);
  }
}

/** Of a process that was killed: they may hold a token that is good. Whoever has the lock knows that nobody uses them. */
function removeLeftOvers(file: string): void {
  const own = `${process.pid}.new`;
  for (const name of readdirSync(dirname(file))) {
    const rest = name.startsWith(`${basename(file)}.`) ? name.slice(basename(file).length + 1) : own;
    if (rest !== own && /^(?:pending(?:\..+)?|before|\d+\.new)$/.test(rest))
      rmSync(join(dirname(file), name), { recursive: true, force: true });
  }
}
