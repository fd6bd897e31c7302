import { chmodSync, closeSync, fsyncSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs';

/** The text of a file. What the system refuses names the path, also where a folder is in its place. */
export function readTextFile(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw Object.assign(error as NodeJS.ErrnoException, { path });
  }
}

/** The file is there in full or as it was, also after a crash. Nobody else can read it before it has its mode. */
export function replaceFile(file: string, text: string, mode: number): void {
  const written = `${file}.${process.pid}.new`;
  const handle = openSync(written, 'w', 0o600);
  try {
    writeFileSync(handle, text);
    // Without this the new name can outlive a power cut and its contents not.
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  chmodSync(written, mode & 0o777);
  renameSync(written, file);
}
