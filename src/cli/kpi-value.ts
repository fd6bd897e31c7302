import { z } from 'zod';
import type { NamedError } from '../kpi/error-records.ts';
import type { ScoreLine } from '../kpi/score/words.ts';
import { reasonOrNull } from '../kpi/state-reason.ts';
import type { KpiValue } from '../kpi/types.ts';
import { scorePartSchema, shownParts } from './score-part.ts';

const rationalSchema = z.strictObject({ numerator: z.string(), denominator: z.string() }).nullable();

const rankSchema = z.strictObject({
  as: z
    .enum(['position', 'topShare', 'percentile', 'share', 'ofAverage'])
    .describe('How the figure says where it stands.'),
  of: z.string().describe('Name of the KPI that partners are compared by.'),
  value: rationalSchema.describe("The partner's own figure of it; null where it has none."),
  group: z
    .array(z.strictObject({ attribute: z.string(), value: z.string() }))
    .nullable()
    .describe('What the partners of the group have in common; null where this one is in none.'),
  size: z.int().describe('Partners of the group that have a figure.'),
  withoutFigure: z.int().describe('Partners of the group that have none and are not ranked.'),
  position: rationalSchema.describe('1 for the first; null where it is not ranked, and of a share.'),
  tied: z.int().describe('Other partners that have the same figure.'),
  total: rationalSchema.describe('Of a share the sum of all figures of the group; null for any other.'),
  text: z.string().describe('The same for people.'),
});

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
  errorRecord: z
    .strictObject({
      entity: z.string().describe('Kind of the record.'),
      id: z.string().describe('Our id of the record.'),
      name: z.string().nullable().describe('What people call it; null where it has no name.'),
      connection: z.string().nullable().describe('Connection in whose CRM people find it; null for none.'),
      object: z.string().nullable().describe('Object of the CRM that it is there; null for none.'),
      crmId: z.string().nullable().describe('Id of the record in the CRM; null for none.'),
    })
    .nullable()
    .describe('The record that stands in the way of the figure; null where none does.'),
  counted: z.int(),
  excluded: z.int(),
  inputsCompleteTo: z.string().nullable(),
  nextChangeAt: z.string().nullable(),
  /** For people. */
  shown: z.string(),
  note: z
    .string()
    .nullable()
    .describe('What the figure stands in for, or that it is the most that it can be; null for any other.'),
  parts: z.array(scorePartSchema).describe('Of a composed KPI what it is made of; empty for a measured one.'),
  rank: rankSchema.nullable().describe('Of a rank where the partner stands; null for any other KPI.'),
});
export type ShownKpi = z.infer<typeof kpiValueSchema>;

export function shownKpi(
  value: KpiValue,
  {
    label,
    region,
    shown,
    note,
    parts,
    rankText,
    error,
  }: {
    label: string;
    region: string | null;
    shown: string;
    note: string | null;
    parts: readonly ScoreLine[];
    rankText: string | null;
    error: NamedError | null;
  },
): ShownKpi {
  return {
    kpi: value.kpi,
    label,
    region,
    unit: value.unit,
    asOf: value.asOf,
    state: value.state,
    stateReason: value.state === 'error' && error !== null ? error.text : reasonOrNull(value.stateReason),
    numerator: value.numerator,
    denominator: value.denominator,
    currency: value.currency,
    empty: value.empty,
    error: error?.text ?? null,
    errorRecord: error?.record ?? null,
    counted: value.counted,
    excluded: value.excluded,
    inputsCompleteTo: value.inputsCompleteTo,
    nextChangeAt: value.nextChangeAt,
    shown,
    note,
    parts: shownParts(parts),
    rank: value.rank === undefined || rankText === null ? null : { ...value.rank, text: rankText },
  };
}
