import type { AggregateCondition, Filter } from './schema/kpi.ts';

/** Every attribute path that a condition reads. */
export function pathsOfFilter(filter: Filter): string[] {
  const own = [
    filter.codes === undefined ? undefined : 'code',
    filter.attribute,
    filter.daysFrom,
    filter.hoursFrom,
    filter.to,
  ].filter((path) => path !== undefined);
  return [...own, ...innerOf(filter).flatMap(pathsOfFilter)];
}

/** Every condition on records that refer to the record, wherever it stands in a condition. */
export function hasOfFilter(filter: Filter): AggregateCondition[] {
  return [...(filter.has === undefined ? [] : [filter.has]), ...innerOf(filter).flatMap(hasOfFilter)];
}

/** Every business calendar by which a condition counts time, wherever it stands in it. */
export function calendarsOfFilter(filter: Filter): string[] {
  return [filter.calendar ?? [], innerOf(filter).flatMap(calendarsOfFilter)].flat();
}

function innerOf({ all = [], any = [], not }: Filter): Filter[] {
  return [...all, ...any, ...(not === undefined ? [] : [not])];
}
