import { existsSync } from 'node:fs';
import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { TierlinkError } from '../errors.ts';

/** Takes the next piece of a text; resolves when it may be given another one. */
export type Write = (piece: string) => Promise<void>;

/**
 * Writes a file whole or not at all: under another name, which becomes its own at the end. Throws FILE_EXISTS for one that is
 * there already, unless `force` replaces it; what the file system refuses names the file.
 */
export async function writeWholeFile(
  file: string,
  of: { force: boolean; command: string },
  fill: (write: Write) => Promise<void>,
): Promise<void> {
  refuseExisting(file, of);
  const whole = resolve(file);
  const part = join(dirname(whole), `.${basename(whole)}.${process.pid}.part`);
  try {
    await mkdir(dirname(whole), { recursive: true });
    const handle = await open(part, 'w');
    try {
      await fill((piece) => put(handle, piece));
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(part, whole);
  } catch (error) {
    await rm(part, { force: true }).catch(() => undefined);
    throw named(error, whole);
  }
}

/** Throws FILE_EXISTS for a file that is there already and may not be replaced. */
export function refuseExisting(file: string, { force, command }: { force: boolean; command: string }): void {
  if (force || !existsSync(file)) return;
  throw new TierlinkError('FILE_EXISTS', { file, command: `tierlink ${command}` });
}

async function put(handle: FileHandle, piece: string): Promise<void> {
  await handle.writeFile(piece);
}

/** What fails on an open file does not say which one it is. */
function named(error: unknown, file: string): unknown {
  if (!(error instanceof Error) || !('syscall' in error)) return error;
  return Object.assign(error, { path: file });
}
