import { addDays } from '../program/civil-date.ts';
import { rememberedWith } from '../program/remembered.ts';
import type { WindowDefinition } from '../program/schema/kpi.ts';
import type { ProgramDefinition } from '../program/schema/schema.ts';
import { earliest } from './earliest.ts';
import type { MeasureRow } from './shared-rows.ts';
import type { MeasureSql, MeasureTurn } from './sql/measure.ts';
import { edgeDay, firstAskedFor, isValidity, recentDays } from './windows.ts';

interface Scope {
  program: ProgramDefinition;
  asOf: string;
  measures: readonly MeasureSql[];
}

/**
 * Tells the first day after `asOf` on which time alone can change what a figure says: a record enters or leaves a window, a
 * certificate begins or ends, a table has another version, or a record is left out for another reason than before. SQL has
 * found the record nearest to each edge; the edge itself comes from the same calendar that made the window.
 */
export function nextChangeDay(scope: Scope): (rows: readonly MeasureRow[]) => string | null {
  const { measures } = scope;
  const turnDays = measures.map(({ turns }) => turns.map((turn) => turnDay(scope, turn)));
  const always = earliest(measures.map(({ changesOn }) => changesOn));
  return (rows) => {
    let first = always;
    for (const { part, turns } of rows) {
      const own = turnDays[part]!;
      for (let index = 0; index < own.length; index += 1) {
        const date = turns[index] ?? null;
        const day = date === null ? null : own[index]!(date);
        if (day !== null && (first === null || day < first)) first = day;
      }
    }
    return first;
  };
}

/** The day on which a turn of a record comes, by the day of the record that decides when. */
function turnDay(scope: Scope, { window, edge }: MeasureTurn): (date: string) => string | null {
  if (window === null) return (date) => date;
  if (window.sinceStart !== undefined) return (date) => addDays(date, 1);
  if (!isValidity(window)) return cachedEdge(scope, { window, edge });
  const later = edge === 'enters' ? 0 : edge === 'leaves' ? 1 : recentDays + 1;
  return (date) => firstAskedFor(window, later === 0 ? date : addDays(date, later));
}

/**
 * Thousands of partners share the few hundred days of a window, and many measures their window: each edge is looked up
 * once. Those of one day of evaluation are kept at a time, so that a process that runs for years does not gather them.
 */
const edgesOf = rememberedWith((_program: ProgramDefinition, _edge: string) => ({
  asOf: '',
  days: new Map<string, string | null>(),
}));

function cachedEdge(
  { program, asOf }: Scope,
  turn: MeasureTurn & { window: WindowDefinition },
): (date: string) => string | null {
  const kept = edgesOf(program, JSON.stringify(turn));
  if (kept.asOf !== asOf) Object.assign(kept, { asOf, days: new Map() });
  const { days } = kept;
  return (date) => {
    const known = days.get(date);
    if (known !== undefined) return known;
    const day = edgeDay({ ...turn, date, asOf }, program);
    days.set(date, day);
    return day;
  };
}
