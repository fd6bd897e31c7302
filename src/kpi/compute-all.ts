import type { Executor } from '../store/store.ts';
import { type ComputeScope, computeKpis } from './compute.ts';
import type { KpiValue } from './types.ts';

/** Computes KPIs for many partners from the records alone, whatever values are stored; stores nothing. */
export async function computeAll(
  executor: Executor,
  scope: ComputeScope,
  { kpis, partners }: { kpis: readonly string[]; partners: readonly string[] },
): Promise<KpiValue[]> {
  if (partners.length === 0) return [];
  const values: KpiValue[] = [];
  for (const rollUp of ['partner', 'company'] as const) {
    const alike = kpis.filter((kpi) => scope.program.kpis[kpi]!.rollUp === rollUp);
    if (alike.length > 0) values.push(...(await computeKpis(executor, scope, { kpis: alike, partners })));
  }
  return values;
}
