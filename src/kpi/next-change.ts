import { addDays } from '../program/civil-date.ts';
import { rememberedWith } from '../program/remembered.ts';
import type { ProgramDefinition } from '../program/schema.ts';
import type { WindowDefinition } from '../program/schema-kpi.ts';
import type { MeasureSql, MeasureTurn } from './measure-sql.ts';
import type { MeasureRow } from './shared-rows.ts';
import { edgeDay, firstAskedFor, isValidity, recentDays } from './windows.ts';

interface Scope {
  program: ProgramDefinition;
  asOf: string;
  measures: readonly MeasureSql[];
}

/**
 * The first day after `asOf` on which time alone can change what the figure says: a record enters or leaves a window, a
 * certificate begins or ends, a table has another version, or a record is left out for another reason than before. SQL has found the record nearest to
 * each edge; the edge itself comes from the same calendar that made the window.
 */
export function nextChangeDay(scope: Scope, rows: readonly MeasureRow[]): string | null {
  let first: string | null = null;
  const note = (day: string | null) => {
    if (day !== null && (first === null || day < first)) first = day;
  };
  for (const { part, turns } of rows)
    for (const [index, turn] of scope.measures[part]!.turns.entries())
      note(turnDay(scope, turn, turns[index] ?? null));
  for (const { changesOn } of scope.measures) note(changesOn);
  return first;
}

function turnDay(scope: Scope, { window, edge }: MeasureTurn, date: string | null): string | null {
  if (date === null) return null;
  if (window.sinceStart !== undefined) return addDays(date, 1);
  if (!isValidity(window)) return cachedEdge(scope, { window, edge, date });
  const past = edge === 'enters' ? date : addDays(date, edge === 'leaves' ? 1 : recentDays + 1);
  return firstAskedFor(window, past);
}

/**
 * Thousands of partners share the few hundred days of a window, and many measures their window: each edge is looked up once. Those of
 * one day of evaluation are kept at a time, so that a process that runs for years does not gather them.
 */
const edgesOf = rememberedWith((_program: ProgramDefinition, _window: string) => ({
  asOf: '',
  days: new Map<string, string | null>(),
}));

/** The key of a window among others of the same program. */
const windowKeys = new WeakMap<WindowDefinition, string>();

function cachedEdge(scope: Scope, { window, edge, date }: MeasureTurn & { date: string }): string | null {
  const windowKey = windowKeys.get(window) ?? JSON.stringify(window);
  windowKeys.set(window, windowKey);
  const kept = edgesOf(scope.program, windowKey);
  if (kept.asOf !== scope.asOf) Object.assign(kept, { asOf: scope.asOf, days: new Map() });
  const key = `${edge} ${date}`;
  const known = kept.days.get(key);
  if (known !== undefined) return known;
  const day = edgeDay({ window, edge, date, asOf: scope.asOf }, scope.program);
  kept.days.set(key, day);
  return day;
}
