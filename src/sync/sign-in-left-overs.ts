import { type Dirent, existsSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/*
 * What a process that was killed left beside the file of a sign-in. It may hold a token that is good, and the only one.
 * Whoever has the lock of the sign-in knows that nobody is at it any more.
 */

/** Where the sign-in before is until the connection has been kept along with the new one. */
export function beforeOf(file: string): string {
  return `${file}.before`;
}

/**
 * Puts in place what a process had written whole and was killed before it did so: what is in place may have ended with it.
 * Returns whether there was any.
 */
export function takeAnswer(file: string): boolean {
  const answer = filesBeside(file, /^\d+\.new$/).find(isWhole);
  if (answer === undefined) return false;
  renameSync(answer, file);
  return true;
}

/** Removes all but the sign-in before. Returns how many files with a sign-in there were. */
export function removeLeftOvers(file: string): number {
  const left = filesBeside(file, /^(?:pending|(?:(?:pending|before)\.)?\d+\.new)$/);
  for (const each of left) rmSync(each, { force: true });
  // While a sign-in is tried it has a lock of its own.
  rmSync(`${file}.pending.lock`, { recursive: true, force: true });
  return left.length;
}

/** The room that is taken for a text is zeros until the text is there to its end. */
function isWhole(file: string): boolean {
  const text = readFileSync(file);
  return text.length > 0 && !text.includes(0);
}

/** Files by what follows the name of the sign-in's, such as 123.new; never what a link leads to. */
function filesBeside(file: string, rest: RegExp): string[] {
  const folder = dirname(file);
  const start = `${basename(file)}.`;
  const isLeft = (entry: Dirent): boolean =>
    entry.isFile() && entry.name.startsWith(start) && rest.test(entry.name.slice(start.length));
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter(isLeft)
    .map(({ name }) => join(folder, name));
}
