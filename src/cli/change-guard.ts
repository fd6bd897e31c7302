import { z } from 'zod';
import { guardSentences } from '../tier/explain/guard-words.ts';
import type { ChangeGuard } from '../tier/look/change-guard.ts';

/** What taking a version into use does to those who rely on the rules, in --json. */
export const guardSchema = z
  .strictObject({
    inUseOn: z.string().describe('First day of the version, or today when that is past.'),
    changes: z
      .array(
        z.strictObject({
          version: z.string().describe('Version of the rules.'),
          inUseOn: z.string().describe('Day from which on it was, or will be, used.'),
        }),
      )
      .describe('Changes of the rules in the 90 days up to that day, this one included.'),
    otherReviews: z
      .array(
        z.strictObject({
          ladder: z.string().describe('Label of the ladder.'),
          first: z
            .string()
            .nullable()
            .describe('First review by the new version; null where each partner has its own days.'),
        }),
      )
      .describe('Ladders whose tiers are reviewed on other days than by the rules in force.'),
    noticeLost: z
      .array(
        z.strictObject({
          partner: z.strictObject({ id: z.string(), name: z.string() }),
          tier: z.string().describe('Label of the tier that it would lose.'),
          before: z
            .string()
            .nullable()
            .describe('Day on which it would lose it by the rules in force; null when it would keep it.'),
          after: z.string().describe('Day on which it would lose it by the new version.'),
          isWarned: z.boolean().describe('Whether it would be warned before.'),
          notice: z
            .strictObject({
              before: z.int().describe('What the rules in force give from the same day on.'),
              after: z.int().describe('What the new version gives; 0 without a warning.'),
            })
            .describe('Days from the warning to the loss.'),
        }),
      )
      .describe(
        'Partners that would lose a tier earlier than by the rules in force, or with less notice than they give.',
      ),
    sentences: z.array(z.string()).describe('The same in words; none when nobody has to be told.'),
  })
  .nullable();

export function shownGuard(guard: ChangeGuard | null): z.infer<typeof guardSchema> {
  if (guard === null) return null;
  const noticeLost = guard.noticeLost.map(({ partnerId, name, ...notice }) => ({
    partner: { id: partnerId, name: name ?? partnerId },
    ...notice,
  }));
  return { ...guard, noticeLost, sentences: guardSentences(guard) };
}
