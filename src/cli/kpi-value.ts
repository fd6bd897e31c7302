import { z } from 'zod';
import type { ScoreLine } from '../kpi/score-words.ts';
import type { KpiValue } from '../kpi/types.ts';
import { scorePartSchema, shownParts } from './score-part.ts';

/** A KPI value in --json: the exact rational and its circumstances. */
export const kpiValueSchema = z.strictObject({
  kpi: z.string(),
  label: z.string(),
  region: z
    .string()
    .nullable()
    .describe('Key of the region or group whose records it is about; null for those of all.'),
  unit: z.string(),
  asOf: z.string(),
  state: z.string(),
  stateReason: z.string().nullable(),
  numerator: z.string().nullable(),
  denominator: z.string().nullable(),
  currency: z.string().nullable(),
  empty: z.string().nullable(),
  error: z.string().nullable(),
  counted: z.int(),
  excluded: z.int(),
  inputsCompleteTo: z.string().nullable(),
  nextChangeAt: z.string().nullable(),
  /** For people. */
  shown: z.string(),
  parts: z.array(scorePartSchema).describe('Of a composed KPI what it is made of; empty for a measured one.'),
});
export type ShownKpi = z.infer<typeof kpiValueSchema>;

export function shownKpi(
  value: KpiValue,
  {
    label,
    region,
    shown,
    parts,
  }: { label: string; region: string | null; shown: string; parts: readonly ScoreLine[] },
): ShownKpi {
  return {
    kpi: value.kpi,
    label,
    region,
    unit: value.unit,
    asOf: value.asOf,
    state: value.state,
    stateReason: value.stateReason,
    numerator: value.numerator,
    denominator: value.denominator,
    currency: value.currency,
    empty: value.empty,
    error: value.error?.message ?? null,
    counted: value.counted,
    excluded: value.excluded,
    inputsCompleteTo: value.inputsCompleteTo,
    nextChangeAt: value.nextChangeAt,
    shown,
    parts: shownParts(parts),
  };
}
