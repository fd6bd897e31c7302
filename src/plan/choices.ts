import { TierlinkError } from '../errors.ts';
import {
  type Choice,
  isDifference,
  isWrite,
  type Plan,
  type PlannedChange,
  type PlannedDifference,
  type PlannedWrite,
} from './item.ts';

/** A field of a plan of which is chosen whose value stays. */
export interface ChoiceField {
  item: PlannedWrite | PlannedDifference;
  field: PlannedChange | PlannedDifference;
}

/** Why, and until which day, a tier that people set in the CRM stays. */
export type TierOverride = NonNullable<PlannedChange['override']>;

/** What is chosen of a field. */
export interface Decision {
  choice: Choice;
  /** Kept where a tier of the CRM stays, and nowhere else. */
  override?: TierOverride | undefined;
}

/** All fields of a plan that something can be chosen of, in its order. */
export function choiceFields({ items }: Plan): ChoiceField[] {
  return items.flatMap((item): ChoiceField[] => {
    if (isWrite(item)) return item.changes.map((field) => ({ item, field }));
    return isDifference(item) ? [{ item, field: item }] : [];
  });
}

/** Whether the choice keeps a tier that people set in the CRM: it becomes an override. */
export function keepsTier({ item, field }: ChoiceField, choice: Choice): boolean {
  const theirs = 'theirs' in field ? field.theirs : field.before;
  const isTier = item.entity === 'partner' && field.attribute === 'tier';
  return choice === 'theirs' && isTier && typeof theirs === 'string';
}

/** Why something cannot be chosen of a field; null where it can. */
export function whyNotChosen(
  plan: Pick<Plan, 'head'>,
  of: ChoiceField,
  { choice, override }: Decision,
): string | null {
  if (choice !== 'theirs') return null;
  const { item, field } = of;
  const record = `${item.object} ${item.name ?? item.crmId ?? item.recordId}`;
  if (item.kind === 'create')
    return `${record} is not in the CRM yet, so there is no value of theirs: choose ours or skip`;
  if (plan.head.kind === 'fix') return `a value that a person has corrected is written, or left out by skip`;
  if (plan.head.kind === 'undo')
    return `in a plan that puts back what a run wrote, ${record} stays as the CRM has it by skip`;
  if (keepsTier(of, choice) && override === undefined)
    return `the tier (${field.label}) of ${record} is theirs, which needs a reason and the last day on which it stays`;
  return null;
}

/**
 * The plan with other choices, and how many fields are chosen otherwise than before. `decide` says what is chosen of a field;
 * null leaves it as it is. Throws PLAN_CHOICE where that cannot be chosen; nothing of the given plan is changed.
 */
export function withChoices(
  plan: Plan,
  file: string,
  decide: (of: ChoiceField) => Decision | null,
): { plan: Plan; changed: number } {
  let changed = 0;
  const chosen = <F extends PlannedChange | PlannedDifference>(of: ChoiceField & { field: F }): F => {
    const decision = decide(of);
    if (decision === null) return of.field;
    const why = whyNotChosen(plan, of, decision);
    if (why !== null)
      throw new TierlinkError('PLAN_CHOICE', { reason: `That cannot be chosen: ${why}`, plan: file });
    const { choice: _choice, override: before, ...rest } = of.field;
    const override = keepsTier(of, decision.choice) ? decision.override : undefined;
    if (of.field.choice !== decision.choice || JSON.stringify(before) !== JSON.stringify(override))
      changed += 1;
    return { ...rest, choice: decision.choice, ...(override === undefined ? {} : { override }) } as F;
  };
  const items = plan.items.map((item) => {
    if (isWrite(item)) return { ...item, changes: item.changes.map((field) => chosen({ item, field })) };
    return isDifference(item) ? chosen({ item, field: item }) : item;
  });
  return { plan: { ...plan, items }, changed };
}

/** How many fields of a plan are chosen how. */
export function chosenCounts(plan: Plan): Record<Choice, number> {
  const counts = { ours: 0, theirs: 0, skip: 0 };
  for (const { field } of choiceFields(plan)) counts[field.choice] += 1;
  return counts;
}

/**
 * A plan file may have been chosen in with any tool. Throws PLAN_INVALID naming the record where something is chosen that
 * cannot be, or where a tier of the CRM would stay until a day before `today`.
 */
export function requireChoices(plan: Plan, file: string, today: string): void {
  for (const of of choiceFields(plan)) {
    const { choice, override } = of.field;
    const { object, name, crmId } = of.item;
    const isOver = keepsTier(of, choice) && override !== undefined && override.until < today;
    const reason = isOver
      ? `the tier of ${object} ${name ?? crmId} was to stay until ${override.until}, which is over`
      : whyNotChosen(plan, of, { choice, override });
    if (reason !== null) throw new TierlinkError('PLAN_INVALID', { file, plan: file, reason });
  }
}

/** Whether there is something to choose in a plan, and nothing is chosen: applied, it would write nothing. */
export function nothingChosen(plan: Plan): boolean {
  const { ours, theirs, skip } = chosenCounts(plan);
  return skip > 0 && ours + theirs === 0;
}
