import type { ComputeScope } from './compute.ts';
import type { KpiValue, StateReason } from './types.ts';

/** What one figure comes to, however it was made. */
export type ValueParts = Pick<
  KpiValue,
  | 'numerator'
  | 'denominator'
  | 'empty'
  | 'counted'
  | 'excluded'
  | 'excludedBy'
  | 'sample'
  | 'error'
  | 'nextChangeAt'
  | 'score'
  | 'rank'
  | 'doubt'
>;

/** The value of a partner. `reason`: why it could still change, null where it cannot. */
export function assembleValue(
  { program, asOf }: Pick<ComputeScope, 'program' | 'asOf'>,
  of: { kpi: string; partnerId: string; reason: StateReason | null; completeTo: string | null },
  parts: ValueParts,
): KpiValue {
  const { unit } = program.kpis[of.kpi]!;
  const { error, score, rank, doubt } = parts;
  // Attribute by attribute, in one go: there are hundreds of thousands of them.
  const value: KpiValue = {
    program: program.name,
    partnerId: of.partnerId,
    kpi: of.kpi,
    unit,
    asOf,
    state: error !== null ? 'error' : of.reason !== null ? 'provisional' : 'current',
    stateReason: error ?? of.reason,
    numerator: parts.numerator,
    denominator: parts.denominator,
    currency: unit === 'money' ? program.currency.code : null,
    empty: parts.empty,
    counted: parts.counted,
    excluded: parts.excluded,
    excludedBy: parts.excludedBy,
    sample: parts.sample,
    error,
    inputsCompleteTo: of.completeTo,
    nextChangeAt: parts.nextChangeAt,
  };
  if (score !== undefined) value.score = score;
  if (rank !== undefined) value.rank = rank;
  if (doubt !== undefined) value.doubt = doubt;
  return value;
}
