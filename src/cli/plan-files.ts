import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { TierlinkError } from '../errors.ts';
import { parsePlan, planText } from '../plan/file.ts';
import type { Plan } from '../plan/item.ts';
import { readTextFile } from '../text-file.ts';
import { text } from './commands/plan.messages.ts';

/** Plans as files: what a person names on the command line. */

/** Reads a plan. Throws PLAN_INVALID where it is none. */
export function readPlan(file: string): Plan {
  return parsePlan(readTextFile(file), file);
}

/** The bytes of a file. What the system refuses names the path. */
export function readBytes(file: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch (error) {
    throw Object.assign(error as NodeJS.ErrnoException, { path: file });
  }
}

/** Writes a plan, over an older plan at most; whole or not at all. Throws USAGE where something else is in its place. */
export function writePlan(file: string, plan: Plan): void {
  if (existsSync(file) && !isPlan(file))
    throw new TierlinkError('USAGE', { reason: text.make.badOut(file), command: 'plan' });
  writeWhole(file, planText(plan));
}

/** Writes a view of a plan, over anything but a plan; whole or not at all. Throws USAGE where a plan is in its place. */
export function writeView(file: string, contents: string): void {
  if (existsSync(file) && readTextFile(file) !== '' && isPlan(file))
    throw new TierlinkError('USAGE', { reason: text.show.badOut(file), command: 'plan show' });
  writeWhole(file, contents);
}

function writeWhole(file: string, contents: string): void {
  const beside = `${file}.new`;
  writeFileSync(beside, contents);
  renameSync(beside, file);
}

function isPlan(file: string): boolean {
  const start = readFileSync(file, 'utf8').slice(0, 40);
  return start === '' || start.startsWith('{"tierlinkPlan":');
}
