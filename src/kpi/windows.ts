import { addDays, addDuration, parseDuration, periodShift, periodStart } from '../program/civil-date.ts';
import type { ProgramDefinition } from '../program/schema.ts';
import type { WindowDefinition } from '../program/schema-kpi.ts';

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
 * The first day after `asOf` on which a record dated `date` starts ("enters") or ceases ("leaves") to lie in the window.
 * Both edges only ever move forward with time, so it is found by halving. Null when it never happens.
 */
export function edgeDay(
  {
    window,
    edge,
    date,
    asOf,
  }: { window: WindowDefinition; edge: 'enters' | 'leaves'; date: string; asOf: string },
  calendar: Calendar,
): string | null {
  const isPast = (day: string): boolean => {
    const { from, to } = windowRange(window, day, calendar);
    const bound = edge === 'enters' ? to : from;
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

/** Whether a window needs only the day of the evaluation, not each partner's start. */
export function isValidity(window: WindowDefinition): boolean {
  return window.validFrom !== undefined || window.validThrough !== undefined;
}
