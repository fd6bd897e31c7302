import { pathsOfFilter } from './filter-paths.ts';
import type { BySegment, Requirement } from './schema-ladder.ts';
import type { PathKey } from './source.ts';
import { bounds } from './threshold.ts';

/** The comparisons and conditions that a requirement is made of. */
export function leavesOf(requirement: Requirement): Requirement[] {
  const { all = [], any: anyOf = [], atLeastOf, not } = requirement;
  const inner = [...all, ...anyOf, ...(atLeastOf?.of ?? []), ...(not === undefined ? [] : [not])];
  return inner.length === 0 ? [requirement] : inner.flatMap(leavesOf);
}

/** The same, each with its place in the file. */
export function leavesAt(
  asked: Requirement | readonly Requirement[] | undefined,
  path: readonly PathKey[],
): { item: Requirement; at: PathKey[] }[] {
  if (asked === undefined) return [];
  if (Array.isArray(asked)) return asked.flatMap((one, index) => leavesAt(one, [...path, index]));
  const { all, any: anyOf, atLeastOf, not } = asked as Requirement;
  const inner = [
    ...leavesAt(all, [...path, 'all']),
    ...leavesAt(anyOf, [...path, 'any']),
    ...leavesAt(atLeastOf?.of, [...path, 'atLeastOf', 'of']),
    ...leavesAt(not, [...path, 'not']),
  ];
  return inner.length === 0 ? [{ item: asked as Requirement, at: [...path] }] : inner;
}

/** The KPIs that requirements compare. */
export function kpisOfRequirements(requirements: readonly Requirement[]): string[] {
  return requirements.flatMap(leavesOf).flatMap(({ kpi }) => kpi ?? []);
}

/** The partner's own attributes that requirements read. */
export function attributesOfRequirements(requirements: readonly Requirement[]): string[] {
  return requirements
    .flatMap(leavesOf)
    .flatMap(({ partner }) => (partner === undefined ? [] : pathsOfFilter(partner)));
}

/** The figures that they compare with. */
export function boundsOf(requirements: readonly Requirement[]): BySegment[] {
  const all = requirements.flatMap(leavesOf).flatMap((leaf) => bounds.map((bound) => leaf[bound]));
  return all.filter((bound) => bound !== undefined);
}
