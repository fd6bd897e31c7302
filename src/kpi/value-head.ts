import type { ComputeScope } from './compute.ts';
import type { KpiError, KpiValue } from './types.ts';

/** What every figure says of itself, however it was made. `reason`: why it could still change, null where it cannot. */
export function valueHead(
  { program, asOf }: Pick<ComputeScope, 'program' | 'asOf'>,
  of: {
    kpi: string;
    partnerId: string;
    error: KpiError | null;
    reason: string | null;
    completeTo: string | null;
  },
): Pick<
  KpiValue,
  | 'program'
  | 'partnerId'
  | 'kpi'
  | 'unit'
  | 'asOf'
  | 'state'
  | 'stateReason'
  | 'currency'
  | 'inputsCompleteTo'
> {
  const { kpi, partnerId, error, reason, completeTo } = of;
  const { unit } = program.kpis[kpi]!;
  return {
    program: program.name,
    partnerId,
    kpi,
    unit,
    asOf,
    state: error !== null ? 'error' : reason !== null ? 'provisional' : 'current',
    stateReason: error?.message ?? reason,
    currency: unit === 'money' ? program.currency.code : null,
    inputsCompleteTo: completeTo,
  };
}
