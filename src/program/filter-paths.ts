import type { AggregateCondition, Filter } from './schema-kpi.ts';

/** Every attribute path that a condition reads. */
export function pathsOfFilter(filter: Filter): string[] {
  const inner = [
    ...(filter.all ?? []),
    ...(filter.any ?? []),
    ...(filter.not === undefined ? [] : [filter.not]),
  ];
  const own = [
    filter.codes === undefined ? undefined : 'code',
    filter.attribute,
    filter.daysFrom,
    filter.to,
  ].filter((path) => path !== undefined);
  return [...own, ...inner.flatMap(pathsOfFilter)];
}

/** Every condition on records that refer to the record, wherever it stands in a condition. */
export function hasOfFilter(filter: Filter): AggregateCondition[] {
  const inner = [
    ...(filter.all ?? []),
    ...(filter.any ?? []),
    ...(filter.not === undefined ? [] : [filter.not]),
  ];
  return [...(filter.has === undefined ? [] : [filter.has]), ...inner.flatMap(hasOfFilter)];
}
