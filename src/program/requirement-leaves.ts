import { pathsOfFilter } from './filter-paths.ts';
import type { BySegment, LadderDefinition, Requirement } from './schema/ladder.ts';
import type { PathKey } from './source.ts';
import { bounds, isKpiName } from './threshold.ts';

/** The comparisons and conditions that a requirement is made of. */
export function leavesOf(requirement: Requirement): Requirement[] {
  const { all = [], any: anyOf = [], atLeastOf, not } = requirement;
  const inner = [...all, ...anyOf, ...(atLeastOf?.of ?? []), ...(not === undefined ? [] : [not])];
  return inner.length === 0 ? [requirement] : inner.flatMap(leavesOf);
}

/** A comparison or condition, where it stands in the file, and whether "not" turns it around. */
export interface LeafAt {
  item: Requirement;
  at: PathKey[];
  isDenied: boolean;
}

/** The same, each with its place in the file. */
export function leavesAt(
  asked: Requirement | readonly Requirement[] | undefined,
  path: readonly PathKey[],
  isDenied = false,
): LeafAt[] {
  if (asked === undefined) return [];
  if (Array.isArray(asked)) return asked.flatMap((one, index) => leavesAt(one, [...path, index], isDenied));
  const { all, any: anyOf, atLeastOf, not } = asked as Requirement;
  const inner = [
    ...leavesAt(all, [...path, 'all'], isDenied),
    ...leavesAt(anyOf, [...path, 'any'], isDenied),
    ...leavesAt(atLeastOf?.of, [...path, 'atLeastOf', 'of'], isDenied),
    ...leavesAt(not, [...path, 'not'], !isDenied),
  ];
  return inner.length === 0 ? [{ item: asked as Requirement, at: [...path], isDenied }] : inner;
}

/** The leaves of each tier of a ladder, those to reach it and those to keep it apart, with the place of each list. */
export function leavesOfTiers(
  { tiers }: Pick<LadderDefinition, 'tiers'>,
  path: readonly PathKey[],
): { place: PathKey[]; leaves: LeafAt[] }[] {
  return tiers.flatMap((tier, index) =>
    (['requirements', 'keepRequirements'] as const).map((key) => {
      const place = [...path, 'tiers', index, key];
      return { place, leaves: leavesAt(tier[key], place) };
    }),
  );
}

/** The KPIs that requirements compare. */
export function kpisOfRequirements(requirements: readonly Requirement[]): string[] {
  return requirements.flatMap(leavesOf).flatMap((leaf) => [leaf.kpi ?? [], boundKpi(leaf) ?? []].flat());
}

/** The KPI that a comparison has for its bound; undefined where that is a number. */
export function boundKpi(leaf: Requirement): string | undefined {
  const bound = bounds.map((one) => leaf[one]).find((one) => one !== undefined);
  return typeof bound === 'object' && isKpiName(bound.kpi) ? bound.kpi : undefined;
}

/** The partner's own attributes that requirements read. */
export function attributesOfRequirements(requirements: readonly Requirement[]): string[] {
  return requirements
    .flatMap(leavesOf)
    .flatMap(({ partner, prorated }) => [
      ...(partner === undefined ? [] : pathsOfFilter(partner)),
      ...(prorated === undefined ? [] : [prorated.by]),
    ]);
}

/** The numbers that they compare with. */
export function boundsOf(requirements: readonly Requirement[]): BySegment[] {
  const numbered = requirements.flatMap(leavesOf).filter((leaf) => boundKpi(leaf) === undefined);
  const all = numbered.flatMap((leaf) => bounds.map((bound) => leaf[bound]));
  return all.filter((bound) => bound !== undefined);
}

const opposites = {
  atLeast: 'lessThan',
  moreThan: 'atMost',
  atMost: 'moreThan',
  lessThan: 'atLeast',
} as const;

/**
 * The opposite of a requirement, with "not" moved into the comparisons: what is shown is then what is asked for. Where there
 * is nothing to compare, the program's word about that stands: no tier is earned because a figure is missing that counts
 * against the partner, and none is lost for one that does not.
 */
export function negated(requirement: Requirement): Requirement {
  const { id, label, all, any: anyOf, atLeastOf, not, kpi, prorated, partner, fact, noFact } = requirement;
  if (not !== undefined) return not;
  if (all !== undefined) return { any: all.map(negated) };
  if (anyOf !== undefined) return { all: anyOf.map(negated) };
  if (atLeastOf !== undefined) {
    return { atLeastOf: { n: atLeastOf.of.length - atLeastOf.n + 1, of: atLeastOf.of.map(negated) } };
  }
  if (fact !== undefined) return { id, label, noFact: fact };
  if (noFact !== undefined) return { id, label, fact: noFact };
  const { holds, holdsNot, specialisations, specialisationsNot } = requirement;
  if (holds !== undefined || holdsNot !== undefined) return { id, label, holds: holdsNot, holdsNot: holds };
  if (specialisations !== undefined || specialisationsNot !== undefined)
    return { id, label, specialisations: specialisationsNot, specialisationsNot: specialisations };
  if (kpi === undefined) return { id, label, partner: { not: partner! } };
  const bound = bounds.find((one) => requirement[one] !== undefined)!;
  return { id, label, kpi, prorated, [opposites[bound]]: requirement[bound] };
}
