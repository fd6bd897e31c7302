/** Date literals (TODAY, LAST_N_DAYS:5, THIS_FISCAL_QUARTER, ...) as ranges of days in the caller's time zone. */

import { DateTime } from 'luxon';

export interface DateFrame {
  /** Epoch milliseconds. */
  now: number;
  timeZone: string;
  /** 1 to 12. */
  fiscalYearStartMonth: number;
}

/** From the start of `from` to the start of `to`, both midnights in the caller's time zone. */
export interface DayRange {
  from: DateTime;
  to: DateTime;
}

type Unit = 'DAY' | 'WEEK' | 'MONTH' | 'QUARTER' | 'YEAR' | 'FISCAL_QUARTER' | 'FISCAL_YEAR';

const SINGLE: Record<string, number> = { YESTERDAY: -1, TODAY: 0, TOMORROW: 1 };
const RELATIVE: Record<string, number> = { LAST: -1, THIS: 0, NEXT: 1 };
/** Larger counts than this leave the range of years that the platform stores. */
const MAX_N = 100_000;

function isUnit(name: string): name is Unit {
  return ['DAY', 'WEEK', 'MONTH', 'QUARTER', 'YEAR', 'FISCAL_QUARTER', 'FISCAL_YEAR'].includes(name);
}

function startOf(unit: Unit, day: DateTime, fiscalStart: number): DateTime {
  const shift = fiscalStart - 1;
  switch (unit) {
    case 'DAY':
      return day.startOf('day');
    case 'WEEK': // weeks begin on Sunday in the locale en_US
      return day.startOf('day').minus({ days: day.weekday % 7 });
    case 'MONTH':
    case 'QUARTER':
    case 'YEAR':
      return day.startOf(unit === 'MONTH' ? 'month' : unit === 'QUARTER' ? 'quarter' : 'year');
    case 'FISCAL_QUARTER':
      return day
        .minus({ months: shift % 3 })
        .startOf('quarter')
        .plus({ months: shift % 3 });
    case 'FISCAL_YEAR':
      return day.minus({ months: shift }).startOf('year').plus({ months: shift });
  }
}

/** Days are counted on the calendar: the months of a shift are taken from the first of a month, so that none is skipped. */
function startOfFiscal(unit: Unit, day: DateTime, fiscalStart: number): DateTime {
  const base = unit.startsWith('FISCAL') ? day.startOf('month') : day;
  return startOf(unit, base, fiscalStart);
}

function plus(unit: Unit, day: DateTime, count: number): DateTime {
  switch (unit) {
    case 'DAY':
      return day.plus({ days: count });
    case 'WEEK':
      return day.plus({ weeks: count });
    case 'MONTH':
      return day.plus({ months: count });
    case 'QUARTER':
    case 'FISCAL_QUARTER':
      return day.plus({ months: 3 * count });
    case 'YEAR':
    case 'FISCAL_YEAR':
      return day.plus({ years: count });
  }
}

/** The days that a literal such as `LAST_N_MONTHS:3` covers, or undefined when there is no such literal. */
export function rangeOf(literal: string, frame: DateFrame): DayRange | undefined {
  const [name = '', count] = literal.toUpperCase().replace(/\s/g, '').split(':');
  const today = DateTime.fromMillis(frame.now, { zone: frame.timeZone }).startOf('day');
  const span = (unit: Unit, from: number, to: number): DayRange => {
    const start = startOfFiscal(unit, today, frame.fiscalYearStartMonth);
    return { from: plus(unit, start, from), to: plus(unit, start, to) };
  };
  if (count === undefined) return fixed(name, span);
  const n = Number(count);
  if (!Number.isInteger(n) || n < 0 || n > MAX_N) return undefined;
  const match = /^(LAST_N|NEXT_N|N)_(.+?)S(_AGO)?$/.exec(name);
  const [, kind, unit = '', ago] = match ?? [];
  if (!isUnit(unit) || (kind === 'N') !== (ago !== undefined)) return undefined;
  if (kind === 'N') return span(unit, -n, 1 - n);
  if (kind === 'NEXT_N') return span(unit, 1, n + 1);
  return unit === 'DAY' ? span(unit, -n, 1) : span(unit, -n, 0);
}

function fixed(name: string, span: (unit: Unit, from: number, to: number) => DayRange): DayRange | undefined {
  const single = SINGLE[name];
  if (single !== undefined) return span('DAY', single, single + 1);
  if (name === 'LAST_90_DAYS') return span('DAY', -90, 1);
  if (name === 'NEXT_90_DAYS') return span('DAY', 1, 91);
  const [, which = '', unit = ''] = /^(LAST|THIS|NEXT)_(.+)$/.exec(name) ?? [];
  const offset = RELATIVE[which];
  if (offset === undefined || !isUnit(unit) || unit === 'DAY') return undefined;
  return span(unit, offset, offset + 1);
}
