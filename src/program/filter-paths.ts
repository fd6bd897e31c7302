import type { Filter } from './schema-kpi.ts';

/** Every attribute path that a condition reads. */
export function pathsOfFilter(filter: Filter): string[] {
  const inner = [
    ...(filter.all ?? []),
    ...(filter.any ?? []),
    ...(filter.not === undefined ? [] : [filter.not]),
  ];
  const own = [filter.attribute, filter.daysFrom, filter.to].filter((path) => path !== undefined);
  return [...own, ...inner.flatMap(pathsOfFilter)];
}
