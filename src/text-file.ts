import { readFileSync } from 'node:fs';

/** The text of a file. What the system refuses names the path, also where a folder is in its place. */
export function readTextFile(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw Object.assign(error as NodeJS.ErrnoException, { path });
  }
}
