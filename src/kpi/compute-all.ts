import { isMeasured, ranksBehind, withPartsOf } from '../program/score-parts.ts';
import type { Executor } from '../store/store.ts';
import { grouped } from '../tier/load.ts';
import { type ComputeScope, computeKpis } from './compute.ts';
import { newPopulation, rankAmongAll, rememberCompared } from './population.ts';
import { composeScores } from './score/values.ts';
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
    if (alike.length > 0) computed.push(...(await measured(executor, scope, { kpis: alike, partners })));
  }
  rememberCompared(scope, computed);
  const compute = (kpi: string, asked: readonly string[]) =>
    computeAll(executor, scope, { kpis: [kpi], partners: asked });
  for (const kpi of ranksBehind(program, kpis)) {
    // The track that a partner is given on the way tells no rank that a score behind it has changed.
    const isFresh = program.trackKeeping !== undefined;
    const rank = (asked: readonly string[]) =>
      rankAmongAll(executor, scope, { kpi, partners: asked, compute });
    computed.push(...(isFresh ? await rank(partners) : await takenOr(scope, { kpi, partners }, rank)));
  }
  const all = new Set(partners);
  const targets = new Map(needed.map((kpi) => [kpi, all]));
  const composed = await composeScores(executor, scope, { targets, measured: computed, stored: new Map() });
  const asked = new Set(kpis);
  return [...computed, ...composed].filter(({ kpi }) => asked.has(kpi));
}

/** What is measured for all of the partners, as far as it does not hold from an earlier day. */
async function measured(
  executor: Executor,
  scope: ComputeScope,
  { kpis, partners }: { kpis: readonly string[]; partners: readonly string[] },
): Promise<KpiValue[]> {
  const { earlier } = scope;
  if (earlier === undefined) return await computeKpis(executor, scope, { kpis, partners });
  // One statement computes what is wanted for the same partners.
  const wanted = grouped(
    kpis.map((kpi) => ({ kpi, missing: partners.filter((id) => !holds(scope, `${id} ${kpi}`)) })),
    ({ missing }) => missing.join(' '),
  );
  for (const group of wanted.values()) {
    const [{ missing }] = group as [(typeof group)[number]];
    if (missing.length === 0) continue;
    const asked = { kpis: group.map(({ kpi }) => kpi), partners: missing };
    for (const value of await computeKpis(executor, scope, asked))
      earlier.set(`${value.partnerId} ${value.kpi}`, value);
  }
  return kpis.flatMap((kpi) => partners.map((id) => earlier.get(`${id} ${kpi}`)!));
}

async function takenOr(
  scope: ComputeScope,
  { kpi, partners }: { kpi: string; partners: readonly string[] },
  compute: (partners: readonly string[]) => Promise<KpiValue[]>,
): Promise<KpiValue[]> {
  const { earlier } = scope;
  if (earlier === undefined) return await compute(partners);
  const missing = partners.filter((id) => !holds(scope, `${id} ${kpi}`));
  if (missing.length > 0)
    for (const value of await compute(missing)) earlier.set(`${value.partnerId} ${kpi}`, value);
  return partners.map((id) => earlier.get(`${id} ${kpi}`)!);
}

function holds({ earlier, now }: ComputeScope, key: string): boolean {
  const value = earlier?.get(key);
  return value !== undefined && (value.nextChangeAt === null || Date.parse(value.nextChangeAt) > now);
}
