import { z } from 'zod';
import type { RecordChange } from '../kpi/record-changes.ts';
import { knownId } from '../model/record-id.ts';
import { choicesOf } from '../tier/explain/missing-words.ts';
import type { Evidence, TierEvidence } from '../tier/types.ts';
import { withSeparators } from './figure.ts';
import type { Screen } from './screen.ts';
import { stateWord } from './state-words.ts';

/** What commands say of what a partner earns by the rules, outside of any decision. */

export const earnedRequirementSchema = z.strictObject({
  id: z.string().describe('Id of the requirement inside its tier.'),
  label: z.string().describe('What is asked for.'),
  needs: z.string().describe('What is asked for, in words.'),
  has: z.string().describe('What the partner has, in words.'),
  gap: z.string().nullable().describe('How far it is off, in words; null where it is met or cannot be told.'),
  state: z.string().describe('met, not_met, pending or waived.'),
  reason: z.string().nullable().describe('Why it is pending, in words; null where it is not.'),
  choice: z
    .string()
    .nullable()
    .describe('How many of several requirements are asked for, such as "one of 3"; null where this one is.'),
});
export type EarnedRequirement = z.infer<typeof earnedRequirementSchema>;

/** The requirements of a tier, in the order of the program. */
export function shownRequirements(tier: TierEvidence): EarnedRequirement[] {
  const choices = choicesOf(tier);
  return tier.requirements.map(({ id, label, needs, has, gapText: gap, state, reason }, index) => ({
    id,
    label,
    needs,
    has,
    gap,
    state,
    reason: state === 'pending' ? reason : null,
    choice: choices[index] ?? null,
  }));
}

/** "Influenced revenue (Select, one of 3)" where a lower tier asks for it, or not every requirement is asked for; else its label. */
export function requirementLabel({
  label,
  choice,
  ofTier = null,
}: {
  label: string;
  choice: string | null;
  ofTier?: string | null;
}): string {
  const notes = [ofTier, choice].filter((note) => note !== null);
  return notes.length === 0 ? label : `${label} (${notes.join(', ')})`;
}

/** The label of a tier of the evidence; null for none. */
export function tierLabelIn(evidence: Evidence | null, key: string | null): string | null {
  if (key === null) return null;
  return evidence?.tiers.find(({ tier }) => tier === key)?.label ?? key;
}

export const recordChangeSchema = z.strictObject({
  entity: z.string().describe('Kind of the record.'),
  id: z.string().describe('Our id of the record.'),
  crmId: z.string().nullable().describe('Id of the record in the CRM; null for what came from a file.'),
  name: z.string().nullable().describe('Name of the record; null where it has none.'),
  change: z
    .enum(['added', 'began', 'changed', 'ended', 'gone'])
    .describe(
      'added: it was not there · began: it was there and did not count · changed: it counts for something else · ended: it does not count any more · gone: it was deleted.',
    ),
  before: z
    .string()
    .nullable()
    .describe('What it brought to the figure; null where it is counted, or did not count.'),
  after: z
    .string()
    .nullable()
    .describe('What it brings to the figure; null where it is counted, or does not count.'),
  why: z
    .string()
    .nullable()
    .describe('Why it does not count, or no longer in the part of a ratio; null where it does.'),
});

/** "d1 Fabrikam ERP: 6000 -> 1200", one line for each record that makes a difference. */
export function showRecordChanges(
  screen: Screen,
  changes: readonly Omit<RecordChange, 'entity'>[],
  words: Readonly<Record<RecordChange['change'], string>>,
): void {
  for (const { name, change, before, after, why, ...record } of changes) {
    const number = (value: string | null) => withSeparators(value ?? '0');
    const value = before === null && after === null ? '' : `: ${number(before)} -> ${number(after)}`;
    const reason = why === null ? '' : ` (${why})`;
    const called = name === null ? knownId(record) : `${knownId(record)} ${name}`;
    screen.line(`    ${words[change]}  ${called}${value}${reason}`, 6);
  }
}

/** The requirements of a tier as rows of a table: what, needs, has, result, gap. */
export function requirementRows(screen: Screen, requirements: readonly EarnedRequirement[]): string[][] {
  return requirements.map(({ needs, has, state, gap, ...named }) => [
    requirementLabel(named),
    needs,
    has,
    stateWord(screen, 'requirement', state),
    gap ?? '',
  ]);
}
