import { createHash } from 'node:crypto';
import { TierlinkError } from '../errors.ts';
import { canonicalJson } from '../model/values.ts';
import { type Plan, type PlanHead, type PlanItem, planHeadSchema, planItemSchema } from './item.ts';

/**
 * A plan as a file: JSON, one line each for the head and every item, so that a long one can be looked through with the
 * tools for lines. The id is made of everything but the choices: a plan that a person has chosen in is still that plan.
 */
export function planText({ head, items }: Plan): string {
  return `${[head, ...items].map((line) => JSON.stringify(line)).join('\n')}\n`;
}

/** A plan with the id that its contents have. */
export function withId(head: Omit<PlanHead, 'id' | 'items'>, items: PlanItem[]): Plan {
  const whole = { ...head, items: items.length };
  return { head: { ...whole, id: idOf(whole, items) }, items };
}

function idOf(head: Omit<PlanHead, 'id'>, items: readonly PlanItem[]): string {
  const hash = createHash('sha256').update(canonicalJson(head));
  for (const item of items) hash.update('\n').update(canonicalJson(withoutChoices(item)));
  return `p-${hash.digest('hex').slice(0, 16)}`;
}

/** Identifies a plan together with what was chosen in it: what an approval is for. */
export function choicesHash({ head, items }: Plan): string {
  const hash = createHash('sha256').update(head.id);
  for (const item of items) hash.update('\n').update(canonicalJson(item));
  return hash.digest('hex');
}

function withoutChoices(item: PlanItem): unknown {
  if ('changes' in item)
    return {
      ...item,
      changes: item.changes.map(({ choice: _choice, override: _override, ...change }) => change),
    };
  if ('choice' in item) {
    const { choice: _choice, override: _override, ...rest } = item;
    return rest;
  }
  return item;
}

/**
 * Reads a plan. `file` names it in errors. Throws PLAN_INVALID naming the line where it is none, was cut off, or was changed
 * in anything but its choices.
 */
export function parsePlan(text: string, file: string): Plan {
  const [first = '', ...rest] = text.split('\n').filter((line) => line.trim() !== '');
  const head = parseLine(planHeadSchema, first, { file, line: 1 });
  const items = rest.map((line, index) => parseLine(planItemSchema, line, { file, line: index + 2 }));
  if (items.length !== head.items)
    throw new TierlinkError('PLAN_INVALID', {
      file,
      plan: file,
      reason: `it should have ${head.items} items and has ${items.length}; a part of it is missing`,
    });
  const { id, ...without } = head;
  if (idOf(without, items) !== id)
    throw new TierlinkError('PLAN_INVALID', {
      file,
      plan: file,
      reason: 'something other than its choices was changed since it was made',
    });
  return { head, items };
}

interface LineSchema<T> {
  safeParse(value: unknown): { success: true; data: T } | { success: false; error: { issues: Issue[] } };
}
type Issue = { path: PropertyKey[]; message: string };

function parseLine<T>(schema: LineSchema<T>, line: string, at: { file: string; line: number }): T {
  const parsed = schema.safeParse(jsonOf(line, at));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const path = issue?.path.map(String).join('.') ?? '';
  throw new TierlinkError('PLAN_INVALID', {
    file: `${at.file}:${at.line}`,
    plan: at.file,
    reason: reasonOf(path, issue?.message),
  });
}

function reasonOf(path: string, message: string | undefined): string {
  if (path === '') return 'this is no line of a plan';
  return path === 'tierlinkPlan'
    ? 'it is no plan, or one of another version of Tierlink'
    : `${path}: ${message}`;
}

function jsonOf(line: string, { file, line: number }: { file: string; line: number }): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw new TierlinkError('PLAN_INVALID', {
      file: `${file}:${number}`,
      plan: file,
      reason: 'this is no line of a plan',
    });
  }
}
