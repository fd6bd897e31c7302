import { z } from 'zod';
import type { ScoreLine } from '../kpi/score-words.ts';

const rationalSchema = z.strictObject({ numerator: z.string(), denominator: z.string() }).nullable();

/** A part of a score in --json: exact numbers, and the words for people. */
export const scorePartSchema = z.strictObject({
  kpi: z.string().nullable(),
  label: z.string(),
  depth: z.int(),
  value: rationalSchema,
  full: rationalSchema,
  brings: rationalSchema,
  most: rationalSchema,
  counts: z.boolean(),
  note: z.string().nullable(),
  figure: z.string(),
  points: z.string(),
});
export type ShownPart = z.infer<typeof scorePartSchema>;

export function shownParts(lines: readonly ScoreLine[]): ShownPart[] {
  return lines.map(({ hasParts: _hasParts, ...line }) => line);
}
