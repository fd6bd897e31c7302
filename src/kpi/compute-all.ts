import { withPartsOf } from '../program/score-parts.ts';
import type { Executor } from '../store/store.ts';
import { type ComputeScope, computeKpis } from './compute.ts';
import { composeScores } from './score-values.ts';
import type { KpiValue } from './types.ts';

/** Computes KPIs for many partners from the records alone, whatever values are stored; stores nothing. */
export async function computeAll(
  executor: Executor,
  scope: ComputeScope,
  { kpis, partners }: { kpis: readonly string[]; partners: readonly string[] },
): Promise<KpiValue[]> {
  if (partners.length === 0) return [];
  const { program } = scope;
  const needed = withPartsOf(program, kpis);
  const measured: KpiValue[] = [];
  for (const rollUp of ['partner', 'company'] as const) {
    const alike = needed.filter((kpi) => {
      const { score, rollUp: own } = program.kpis[kpi]!;
      return score === undefined && own === rollUp;
    });
    if (alike.length > 0) measured.push(...(await computeKpis(executor, scope, { kpis: alike, partners })));
  }
  const all = new Set(partners);
  const targets = new Map(needed.map((kpi) => [kpi, all]));
  const composed = await composeScores(executor, scope, { targets, measured, stored: new Map() });
  const asked = new Set(kpis);
  return [...measured, ...composed].filter(({ kpi }) => asked.has(kpi));
}
