import { addDays } from '../program/civil-date.ts';
import type { ProgramDefinition } from '../program/schema.ts';
import type { MeasureSql } from './measure-sql.ts';
import type { MeasureRow } from './statement.ts';
import { edgeDay, isValidity } from './windows.ts';

interface Scope {
  program: ProgramDefinition;
  asOf: string;
  measures: readonly MeasureSql[];
}

/**
 * The first day after `asOf` on which time alone can change the figure: a record enters or leaves a window, a certificate
 * begins or ends. SQL has found the record nearest to each edge; the edge itself comes from the same calendar that made
 * the window.
 */
export function nextChangeDay(scope: Scope, rows: readonly MeasureRow[]): string | null {
  const days = rows.flatMap((row) =>
    scope.measures[row.part]!.windows.flatMap(({ window }, index) => [
      entersOn(scope, window, row.enters[index] ?? null),
      leavesOn(scope, window, row.leaves[index] ?? null),
    ]),
  );
  return days.reduce((first, day) => (day !== null && (first === null || day < first) ? day : first), null);
}

type Window = MeasureSql['windows'][number]['window'];

function entersOn(scope: Scope, window: Window, date: string | null): string | null {
  if (date === null) return null;
  if (isValidity(window)) return date;
  if (window.sinceStart !== undefined) return addDays(date, 1);
  return cachedEdge(scope, { window, edge: 'enters', date });
}

function leavesOn(scope: Scope, window: Window, date: string | null): string | null {
  if (date === null || window.sinceStart !== undefined) return null;
  return isValidity(window) ? addDays(date, 1) : cachedEdge(scope, { window, edge: 'leaves', date });
}

/** Thousands of partners share the few hundred days of a window, so each edge is looked up once per statement. */
const caches = new WeakMap<readonly MeasureSql[], Map<string, string | null>>();

function cachedEdge(
  scope: Scope,
  { window, edge, date }: { window: Window; edge: 'enters' | 'leaves'; date: string },
): string | null {
  const cache = caches.get(scope.measures) ?? new Map<string, string | null>();
  caches.set(scope.measures, cache);
  const key = `${edge} ${date} ${JSON.stringify(window)}`;
  const known = cache.get(key);
  if (known !== undefined) return known;
  const day = edgeDay({ window, edge, date, asOf: scope.asOf }, scope.program);
  cache.set(key, day);
  return day;
}
