import { existsSync, readFileSync } from 'node:fs';
import { TierlinkError } from '../errors.ts';
import { parsePlan, planText } from '../plan/file.ts';
import type { Plan } from '../plan/item.ts';
import { readTextFile } from '../text-file.ts';
import { text } from './commands/plan/plan.messages.ts';
import { writeWholeFile } from './out-file.ts';

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
export async function writePlan(file: string, plan: Plan): Promise<void> {
  if (existsSync(file) && !isPlan(file))
    throw new TierlinkError('USAGE', { reason: text.make.badOut(file), command: 'plan' });
  await writeWhole(file, planText(plan));
}

/** Writes a view of a plan, over anything but a plan; whole or not at all. Throws USAGE where a plan is in its place. */
export async function writeView(file: string, contents: string): Promise<void> {
  if (existsSync(file) && readTextFile(file) !== '' && isPlan(file))
    throw new TierlinkError('USAGE', { reason: text.show.badOut(file), command: 'plan show' });
  await writeWhole(file, contents);
}

async function writeWhole(file: string, contents: string): Promise<void> {
  await writeWholeFile(file, { force: true, command: 'plan' }, (write) => write(contents));
}

function isPlan(file: string): boolean {
  const start = readFileSync(file, 'utf8').slice(0, 40);
  return start === '' || start.startsWith('{"tierlinkPlan":');
}
