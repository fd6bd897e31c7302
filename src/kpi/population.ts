import type { Executor } from '../store/store.ts';
import { loadFacts, partnersInProgram } from '../tier/load.ts';
import type { ComputeScope } from './compute.ts';
import { earliest } from './earliest.ts';
import { groupOf } from './rank.ts';
import { noFigure, outsideValue, peerFigure, rankedValues } from './rank-values.ts';
import type { KpiValue } from './types.ts';

/**
 * Everybody whom ranks compare, as one computation sees them: of one store, day and program. Pages of partners share it,
 * so that each group is worked out once.
 */
export interface Population {
  /** By rank. */
  groups: Map<string, Groups>;
  /** By rank and group: the values of everybody in it. */
  ranked: Map<string, ReadonlyMap<string, KpiValue>>;
}

interface Groups {
  /** The group of each partner that is in one. */
  ofPartner: Map<string, string>;
  members: Map<string, string[]>;
}

export function newPopulation(): Population {
  return { groups: new Map(), ranked: new Map() };
}

/** Computes a KPI for partners, whatever it rests on. */
type Compute = (kpi: string, partners: readonly string[]) => Promise<KpiValue[]>;

/** Partners per statement. */
const pageSize = 1000;

/** The values of a rank for some partners, from the records of everybody in their groups. */
export async function rankAmongAll(
  executor: Executor,
  scope: ComputeScope & { population: Population },
  { kpi, partners, compute }: { kpi: string; partners: readonly string[]; compute: Compute },
): Promise<KpiValue[]> {
  const { population, program } = scope;
  const groups = population.groups.get(kpi) ?? (await groupsOfAll(executor, scope, kpi));
  population.groups.set(kpi, groups);
  for (const group of new Set(partners.flatMap((id) => groups.ofPartner.get(id) ?? []))) {
    if (population.ranked.has(`${kpi} ${group}`)) continue;
    const members = groups.members.get(group)!;
    population.ranked.set(`${kpi} ${group}`, await rankedGroup(scope, { kpi, group, members, compute }));
  }
  const outside = partners.filter((id) => !groups.ofPartner.has(id));
  const compared = outside.length === 0 ? [] : await compute(program.kpis[kpi]!.rank!.of, outside);
  const own = new Map(compared.map((value) => [value.partnerId, peerFigure(value)]));
  return partners.map((id) => {
    const group = groups.ofPartner.get(id);
    return group === undefined
      ? outsideValue(scope, { kpi, own: own.get(id) ?? noFigure(id) })
      : population.ranked.get(`${kpi} ${group}`)!.get(id)!;
  });
}

async function groupsOfAll(executor: Executor, { program }: ComputeScope, kpi: string): Promise<Groups> {
  const groups: Groups = { ofPartner: new Map(), members: new Map() };
  const partners = await partnersInProgram(executor);
  for (let from = 0; from < partners.length; from += pageSize) {
    for (const { id, facts } of await loadFacts(executor, partners.slice(from, from + pageSize))) {
      const group = groupOf(program, program.kpis[kpi]!.rank!, facts);
      if (group === null) continue;
      groups.ofPartner.set(id, group);
      const members = groups.members.get(group);
      if (members === undefined) groups.members.set(group, [id]);
      else members.push(id);
    }
  }
  return groups;
}

/** Here nothing tells a rank when a figure that it compares has changed: it holds until the first of them does. */
async function rankedGroup(
  scope: ComputeScope,
  of: { kpi: string; group: string; members: readonly string[]; compute: Compute },
): Promise<Map<string, KpiValue>> {
  const { kpi, group, members, compute } = of;
  const compared = scope.program.kpis[kpi]!.rank!.of;
  const values: KpiValue[] = [];
  for (let from = 0; from < members.length; from += pageSize) {
    values.push(...(await compute(compared, members.slice(from, from + pageSize))));
  }
  const known = new Map(values.map((value) => [value.partnerId, peerFigure(value)]));
  const peers = members.map((id) => known.get(id) ?? noFigure(id));
  const nextChangeAt = earliest(values.map((value) => value.nextChangeAt));
  const ranked = rankedValues(scope, { kpi, group, members: peers });
  return new Map(ranked.map((value) => [value.partnerId, { ...value, nextChangeAt }]));
}
