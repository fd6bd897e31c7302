import { existsSync, readFileSync } from 'node:fs';
import { TierlinkError } from '../errors.ts';
import { type ChoiceField, choiceFields, chosenCounts } from '../plan/choices.ts';
import { parsePlan, planText } from '../plan/file.ts';
import type { Plan, PlanItem } from '../plan/item.ts';
import { readTextFile } from '../text-file.ts';
import { text } from './commands/plan/plan.messages.ts';
import { writeWholeFile } from './out-file.ts';

/** Plans as files: what a person names on the command line. */

const notThere: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder',
};

/** Reads a plan. Throws PLAN_INVALID where it is none. */
export function readPlan(file: string): Plan {
  try {
    return parsePlan(readTextFile(file), file);
  } catch (error) {
    const reason = notThere[(error as NodeJS.ErrnoException).code ?? ''];
    throw reason === undefined
      ? error
      : new TierlinkError('PLAN_INVALID', { file, plan: file, reason }, { cause: error });
  }
}

/** What to do with a plan: look at it, decide what is left alone until then, and apply it unless that would do nothing. */
export function nextOf(plan: Plan, file: string): string[] {
  const isToBeDecided = ({ item, field }: ChoiceField) => 'theirs' in item && field.choice === 'skip';
  return [
    text.make.nextShow(file),
    ...nextChoice(plan, file, isToBeDecided),
    ...(doesNothing(plan) ? [] : [text.make.nextApply(file)]),
  ];
}

/** How to choose in a plan, by the first of these fields. (Default: of all) */
export function nextChoice(
  plan: Plan,
  file: string,
  isMeant: (field: ChoiceField) => boolean = () => true,
): string[] {
  return choiceFields(plan)
    .filter(isMeant)
    .slice(0, 1)
    .map(({ item }) => text.make.nextChoose(file, item.kind));
}

/** Whether nothing follows from applying it: nothing is chosen, and nothing happens by itself. */
function doesNothing(plan: Plan): boolean {
  const { ours, theirs } = chosenCounts(plan);
  const still: readonly PlanItem['kind'][] = [
    'create',
    'update',
    'conflict',
    'drift',
    'merge',
    'invalid',
    'left',
  ];
  const isFirst = plan.head.connections.some(({ loads }) => loads.length > 0);
  return !isFirst && ours + theirs === 0 && plan.items.every(({ kind }) => still.includes(kind));
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
