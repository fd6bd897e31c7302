import { z } from 'zod';
import type { ScoreLine } from '../kpi/score/words.ts';

const rationalSchema = z.strictObject({ numerator: z.string(), denominator: z.string() }).nullable();

/** A part of a score in --json: exact numbers, and the words for people. */
export const scorePartSchema = z.strictObject({
  kpi: z.string().nullable().describe('Name of the KPI in the program; null for a plain number of points.'),
  label: z.string(),
  depth: z.int().describe('0 for a part of the score itself, 1 for a part of that part, and so on.'),
  value: rationalSchema.describe('Its figure; null where there is none.'),
  full: rationalSchema.describe(
    'The figure that is enough for all that it can bring; null where none is named.',
  ),
  brings: rationalSchema.describe(
    'What it brings to the score; null where it does not count or is not known.',
  ),
  most: rationalSchema.describe('The most that it can bring; null where there is no limit.'),
  counts: z
    .boolean()
    .describe('False: of alternatives another one counts, or the condition of its step does not hold.'),
  note: z.string().nullable().describe('Why it does not count or has no figure; null where it does and has.'),
  figure: z.string().describe('Its figure for people, such as "4 of 5".'),
  points: z.string().describe('What it brings for people, such as "12 of 15 points".'),
});
export type ShownPart = z.infer<typeof scorePartSchema>;

export function shownParts(lines: readonly ScoreLine[]): ShownPart[] {
  return lines.map(({ hasParts: _hasParts, isTaken: _isTaken, isOperand: _isOperand, ...line }) => line);
}
