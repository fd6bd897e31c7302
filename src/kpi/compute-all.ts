import { isMeasured, ranksBehind, withPartsOf } from '../program/score-parts.ts';
import type { Executor } from '../store/store.ts';
import { type ComputeScope, computeKpis } from './compute.ts';
import { newPopulation, rankAmongAll, rememberCompared } from './population.ts';
import { composeScores } from './score-values.ts';
import type { KpiValue } from './types.ts';

/**
 * Computes KPIs for many partners from the records alone, whatever values are stored; stores nothing. A rank takes the
 * records of everybody in the group.
 */
export async function computeAll(
  executor: Executor,
  given: ComputeScope,
  { kpis, partners }: { kpis: readonly string[]; partners: readonly string[] },
): Promise<KpiValue[]> {
  if (partners.length === 0) return [];
  const scope = { ...given, population: given.population ?? newPopulation() };
  const { program } = scope;
  const needed = withPartsOf(program, kpis);
  const computed: KpiValue[] = [];
  for (const rollUp of ['partner', 'company'] as const) {
    const alike = needed.filter((kpi) => isMeasured(program, kpi) && program.kpis[kpi]!.rollUp === rollUp);
    if (alike.length > 0) computed.push(...(await computeKpis(executor, scope, { kpis: alike, partners })));
  }
  rememberCompared(scope, computed);
  const compute = (kpi: string, asked: readonly string[]) =>
    computeAll(executor, scope, { kpis: [kpi], partners: asked });
  for (const kpi of ranksBehind(program, kpis)) {
    computed.push(...(await rankAmongAll(executor, scope, { kpi, partners, compute })));
  }
  const all = new Set(partners);
  const targets = new Map(needed.map((kpi) => [kpi, all]));
  const composed = await composeScores(executor, scope, { targets, measured: computed, stored: new Map() });
  const asked = new Set(kpis);
  return [...computed, ...composed].filter(({ kpi }) => asked.has(kpi));
}
