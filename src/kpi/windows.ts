import {
  addDays,
  addDuration,
  type Duration,
  parseDuration,
  periodMonths,
  periodShift,
  periodStart,
} from '../program/civil-date.ts';
import type { WindowDefinition } from '../program/schema/kpi.ts';
import type { ProgramDefinition } from '../program/schema/schema.ts';

/** Days from `from` (counts) to `to` (does not); null is open. */
export interface DayRange {
  from: string | null;
  to: string | null;
}

type Calendar = Pick<ProgramDefinition, 'fiscalYearStart'>;

/**
 * The days that a window covers as of a day. Half open: the first day counts, the end does not; the day of the evaluation
 * itself is not over yet and belongs to no past window. Windows that depend on each partner's start have no such range.
 */
export function windowRange(window: WindowDefinition, asOf: string, calendar: Calendar): DayRange {
  if (window.ago !== undefined) {
    const { ago, ...rest } = window;
    return windowRange(rest, addDuration(asOf, parseDuration(ago), -1), calendar);
  }
  if (window.last !== undefined) return { from: addDuration(asOf, parseDuration(window.last), -1), to: asOf };
  if (window.next !== undefined) return { from: asOf, to: addDuration(asOf, parseDuration(window.next)) };
  if (window.elapsed !== undefined) return { from: null, to: firstTooYoung(asOf, window.elapsed) };
  if (window.lastFull !== undefined) return fullPeriods(window.lastFull, asOf);
  const kind = window.current ?? window.previous;
  if (kind === undefined) return { from: null, to: null };
  const start = periodStart(asOf, kind, calendar.fiscalYearStart);
  return window.current === undefined
    ? { from: periodShift(start, kind, -1), to: start }
    : { from: start, to: asOf };
}

/** The first day whose record is not yet so old. Searched from below, because month ends do not subtract evenly. */
function firstTooYoung(asOf: string, elapsed: string): string {
  const duration = parseDuration(elapsed);
  let day = addDays(addDuration(asOf, duration, -1), -3);
  while (addDuration(day, duration) <= asOf) day = addDays(day, 1);
  return day;
}

function fullPeriods(text: string, asOf: string): DayRange {
  const { count } = parseDuration(text);
  const kind = text.includes('year') ? 'year' : text.includes('quarter') ? 'quarter' : 'month';
  const to = periodStart(asOf, kind, 1);
  return { from: addDuration(to, { unit: 'month', count }, -1), to };
}

/**
 * The days within one length of the window before it and after it; null is open, and no window has one without the other.
 * What lies outside is too far away to be named as left out. The length is a calendar one, so that both ends only ever
 * move forward with time, as those of the window do.
 */
export function nearRange(window: WindowDefinition, asOf: string, calendar: Calendar): DayRange {
  const { from, to } = windowRange(window, asOf, calendar);
  if (from === null || to === null) return { from: null, to: null };
  const length = lengthOf(window);
  return { from: addDuration(from, length, -1), to: addDuration(to, length) };
}

function lengthOf({ last, lastFull, next, current, previous }: WindowDefinition): Duration {
  const text = last ?? lastFull ?? next;
  if (text !== undefined) return parseDuration(text);
  return { unit: 'month', count: periodMonths[(current ?? previous)!] };
}

/**
 * What time does to a record of a window: from far ahead it comes near, it enters, it leaves, and it is too far back to
 * be named.
 */
export type Edge = 'nears' | 'enters' | 'leaves' | 'fades';

/**
 * The first day after `asOf` on which a record dated `date` is past an edge. All edges only ever move forward with time,
 * so it is found by halving. Null when it never happens.
 */
export function edgeDay(
  { window, edge, date, asOf }: { window: WindowDefinition; edge: Edge; date: string; asOf: string },
  calendar: Calendar,
): string | null {
  const rangeOf = edge === 'enters' || edge === 'leaves' ? windowRange : nearRange;
  const end = edge === 'enters' || edge === 'nears' ? 'to' : 'from';
  const isPast = (day: string): boolean => {
    const bound = rangeOf(window, day, calendar)[end];
    return bound !== null && bound > date;
  };
  let [low, high] = [0, 1];
  while (!isPast(addDays(asOf, high))) {
    low = high;
    high *= 2;
    if (high > furthestDays) return null;
  }
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (isPast(addDays(asOf, middle))) high = middle;
    else low = middle;
  }
  return addDays(asOf, high);
}

/** Two hundred years: no window of the language reaches further. */
const furthestDays = 73_000;

/** An end of validity so many days ago is history, not a near miss. */
export const recentDays = 365;

/** The day on which records have to be valid: that of the evaluation, or so long before or after it as the window says. */
export function validOn({ ago, ahead }: WindowDefinition, asOf: string): string {
  const moved = ago ?? ahead;
  return moved === undefined ? asOf : addDuration(asOf, parseDuration(moved), ago === undefined ? 1 : -1);
}

/** The first day of evaluation for which a record has to be valid on a day or later. */
export function firstAskedFor({ ago, ahead }: WindowDefinition, day: string): string {
  const text = ago ?? ahead;
  if (text === undefined) return day;
  const duration = parseDuration(text);
  const moved = addDuration(day, duration, ago === undefined ? -1 : 1);
  // A month that is too short has no such day; its last one still asks for an earlier day.
  const isClamped = duration.unit === 'month' && moved.slice(-2) !== day.slice(-2);
  return isClamped ? addDays(moved, 1) : moved;
}

/** Whether records are in a window from a day through another one that are their own, not the window's. */
export function isValidity(window: WindowDefinition): boolean {
  return (
    window.validFrom !== undefined || window.validThrough !== undefined || window.catalogue !== undefined
  );
}
