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

/** Writes a plan, over an older plan at most; whole or not at all. Throws USAGE where something else is in its place. */
export function writePlan(file: string, plan: Plan): void {
  if (existsSync(file) && !isPlan(file))
    throw new TierlinkError('USAGE', { reason: text.make.badOut(file), command: 'plan' });
  const beside = `${file}.new`;
  writeFileSync(beside, planText(plan));
  renameSync(beside, file);
}

function isPlan(file: string): boolean {
  const start = readFileSync(file, 'utf8').slice(0, 40);
  return start === '' || start.startsWith('{"tierlinkPlan":');
}
