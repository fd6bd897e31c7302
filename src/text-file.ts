import {
  chmodSync,
  closeSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { kill } from 'node:process';

/** The text of a file. What the system refuses names the path, also where a folder is in its place. */
export function readTextFile(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw Object.assign(error as NodeJS.ErrnoException, { path });
  }
}

/** A file as it is to be. */
export interface WholeFile {
  /** Absolute. */
  file: string;
  text: string;
  mode: number;
}

/** A text that is about to replace a file; its room on the disk is taken already. */
export interface Replacement {
  /** Puts the text in the place of the file, once. What fails leaves the file as it was, and nothing beside it. */
  put(text: string): void;
  /** Lets go of the room when nothing was put. */
  discard(): void;
}

/**
 * The file is there in full or as it was, also after a crash. Nobody else can read it before it has its mode. What a process
 * that is gone had begun is removed: it may hold what the file keeps for its owner.
 */
export function replaceFile(file: string, text: string, mode: number): void {
  removeBegun(file);
  prepareReplacement(file, { mode, room: 0 }).put(text);
}

/**
 * Takes the room for a replacement before what is to be written is known, so that a full disk is found out in time. Until
 * the text is put the room is zeros, in FILE.PID.new.
 * @param room in bytes
 */
export function prepareReplacement(
  file: string,
  { mode, room }: { mode: number; room: number },
): Replacement {
  const written = `${file}.${process.pid}.new`;
  const handle = openSync(written, 'w', 0o600);
  let isOpen = true;
  const close = (): void => {
    if (isOpen) closeSync(handle);
    isOpen = false;
  };
  const orDiscard = (work: () => void): void => {
    try {
      work();
    } catch (error) {
      close();
      rmSync(written, { force: true });
      throw error;
    }
  };
  const put = (text: string): void => {
    // Cut first: a text without a zero is then whole, wherever a kill stops this.
    ftruncateSync(handle, Buffer.byteLength(text));
    writeFileSync(handle, text);
    // Without this the new name can outlive a power cut and its contents not.
    fsyncSync(handle);
    close();
    chmodSync(written, mode & 0o777);
    renameSync(written, file);
  };
  orDiscard(() => fill(handle, room));
  return {
    put: (text) => orDiscard(() => put(text)),
    discard: () => {
      if (!isOpen) return;
      close();
      rmSync(written, { force: true });
    },
  };
}

function removeBegun(file: string): void {
  const start = `${basename(file)}.`;
  for (const name of readdirSync(dirname(file))) {
    const process = name.startsWith(start) ? /^(\d+)\.new$/.exec(name.slice(start.length))?.[1] : undefined;
    if (process !== undefined && isGone(Number(process))) rmSync(join(dirname(file), name), { force: true });
  }
}

function isGone(process: number): boolean {
  try {
    return !kill(process, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

/** Writes by position, so that what is written next begins where this did. */
function fill(handle: number, room: number): void {
  const zeros = Buffer.alloc(room);
  for (let done = 0; done < room; ) done += writeSync(handle, zeros, done, room - done, done);
  // Some disks tell only now that they are full.
  if (room > 0) fsyncSync(handle);
}
