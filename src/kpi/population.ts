import type { Program } from '../program/load.ts';
import { ranksInOrder } from '../program/score-parts.ts';
import type { Executor } from '../store/store.ts';
import { loadFacts, partnersInProgram } from '../tier/load.ts';
import type { ComputeScope } from './compute.ts';
import { earliest } from './earliest.ts';
import { groupOf } from './rank/rank.ts';
import { noFigure, outsideValues, type PeerFigure, peerFigure, rankedValues } from './rank/values.ts';
import type { KpiValue } from './types.ts';

/**
 * Everybody whom ranks compare, as one computation sees them: of one store, day and program. Pages of partners share it,
 * so that each figure that is compared and each group is worked out once.
 */
export interface Population {
  /** By rank; null until somebody asked. */
  groups: ReadonlyMap<string, Groups> | null;
  /** By KPI and partner: the figures that ranks compare. */
  compared: Map<string, Map<string, KpiValue>>;
  /** By rank and group: the values of everybody in it. */
  ranked: Map<string, ReadonlyMap<string, KpiValue>>;
}

interface Groups {
  /** The group of each partner that is in one. */
  ofPartner: Map<string, string>;
  members: Map<string, string[]>;
}

export function newPopulation(): Population {
  return { groups: null, compared: new Map(), ranked: new Map() };
}

/** The same of another day: who is in which group does not change by time alone. */
export function populationOnAnotherDay({ groups }: Population): Population {
  return { ...newPopulation(), groups };
}

/** Computes a KPI for partners, whatever it rests on. */
type Compute = (kpi: string, partners: readonly string[]) => Promise<KpiValue[]>;

/** Partners per statement. */
const pageSize = 1000;

type Scope = ComputeScope & { population: Population };

/** Keeps those of some values that ranks compare, so that they are not computed once more. */
export function rememberCompared({ population, program }: Scope, values: readonly KpiValue[]): void {
  const compared = new Set(ranksInOrder(program).map((kpi) => program.kpis[kpi]!.rank!.of));
  for (const value of values.filter(({ kpi }) => compared.has(kpi))) {
    const known = population.compared.get(value.kpi) ?? new Map<string, KpiValue>();
    population.compared.set(value.kpi, known.set(value.partnerId, value));
  }
}

/** The values of a rank for some partners, from the records of everybody in their groups. */
export async function rankAmongAll(
  executor: Executor,
  scope: Scope,
  { kpi, partners, compute }: { kpi: string; partners: readonly string[]; compute: Compute },
): Promise<KpiValue[]> {
  const { population, program } = scope;
  population.groups ??= await groupsOfAll(executor, program);
  const groups = population.groups.get(kpi)!;
  const asked = [...new Set(partners.flatMap((id) => groups.ofPartner.get(id) ?? []))];
  const fresh = asked.filter((group) => !population.ranked.has(`${kpi} ${group}`));
  const outside = partners.filter((id) => !groups.ofPartner.has(id));
  const compared = await comparedFigures(scope, {
    kpi: program.kpis[kpi]!.rank!.of,
    partners: [...fresh.flatMap((group) => groups.members.get(group)!), ...outside],
    compute,
  });
  for (const group of fresh) {
    const values = groups.members.get(group)!.map((id) => compared.get(id) ?? id);
    population.ranked.set(`${kpi} ${group}`, rankedGroup(scope, { kpi, group, values }));
  }
  const apart = outsideValues(scope, { kpi, partners: outside.map((id) => peerOf(compared.get(id) ?? id)) });
  const ofOutside = new Map(apart.map((value) => [value.partnerId, value]));
  return partners.map((id) => {
    const group = groups.ofPartner.get(id);
    return group === undefined ? ofOutside.get(id)! : population.ranked.get(`${kpi} ${group}`)!.get(id)!;
  });
}

/** In which groups everybody in the program is, by rank. */
async function groupsOfAll(executor: Executor, program: Program): Promise<Map<string, Groups>> {
  const found = new Map<string, Groups>(
    ranksInOrder(program).map((kpi) => [kpi, { ofPartner: new Map(), members: new Map() }]),
  );
  const partners = await partnersInProgram(executor);
  for (let from = 0; from < partners.length; from += pageSize) {
    for (const { id, facts } of await loadFacts(executor, partners.slice(from, from + pageSize))) {
      for (const [kpi, groups] of found) note(groups, id, groupOf(program, program.kpis[kpi]!.rank!, facts));
    }
  }
  return found;
}

function note({ ofPartner, members }: Groups, id: string, group: string | null): void {
  if (group === null) return;
  ofPartner.set(id, group);
  const known = members.get(group);
  if (known === undefined) members.set(group, [id]);
  else known.push(id);
}

async function comparedFigures(
  { population }: Scope,
  { kpi, partners, compute }: { kpi: string; partners: readonly string[]; compute: Compute },
): Promise<ReadonlyMap<string, KpiValue>> {
  const known = population.compared.get(kpi) ?? new Map<string, KpiValue>();
  population.compared.set(kpi, known);
  const missing = partners.filter((id) => !known.has(id));
  for (let from = 0; from < missing.length; from += pageSize) {
    for (const value of await compute(kpi, missing.slice(from, from + pageSize)))
      known.set(value.partnerId, value);
  }
  return known;
}

/** Here nothing tells a rank when a figure that it compares has changed: it holds until the first of them does. */
function rankedGroup(
  scope: ComputeScope,
  { kpi, group, values }: { kpi: string; group: string; values: readonly (KpiValue | string)[] },
): Map<string, KpiValue> {
  const nextChangeAt = earliest(values.map((one) => (typeof one === 'string' ? null : one.nextChangeAt)));
  const ranked = rankedValues(scope, { kpi, group, members: values.map(peerOf) });
  return new Map(ranked.map((value) => [value.partnerId, { ...value, nextChangeAt }]));
}

/** A figure, or the id of a partner that has none. */
function peerOf(value: KpiValue | string): PeerFigure {
  return typeof value === 'string' ? noFigure(value) : peerFigure(value);
}
