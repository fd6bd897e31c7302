/** CALENDAR_YEAR and its kin: a part of a date, for WHERE, GROUP BY and ORDER BY. */

import { DateTime } from 'luxon';
import type { FieldValue } from '../types.ts';

/** A day as its parts; the same whether it came from a date or from an instant. */
interface Day {
  year: number;
  /** 1 to 12. */
  month: number;
  day: number;
  hour: number;
}

const DAY_MS = 86_400_000;

/** How a function reads one stored value. `zone` is set inside convertTimezone(); instants are read in UTC otherwise. */
export type DatePart = (value: FieldValue, zone: string | undefined) => FieldValue;

function dayOf(value: FieldValue, zone: string | undefined): Day | undefined {
  if (typeof value === 'string') {
    const [year = 0, month = 0, day = 0] = value.split('-').map(Number);
    return { year, month, day, hour: 0 };
  }
  if (typeof value !== 'number') return undefined;
  if (zone !== undefined) return DateTime.fromMillis(value, { zone });
  const at = new Date(value);
  return {
    year: at.getUTCFullYear(),
    month: at.getUTCMonth() + 1,
    day: at.getUTCDate(),
    hour: at.getUTCHours(),
  };
}

function utc(day: Day): number {
  return Date.UTC(day.year, day.month - 1, day.day);
}

function dayInYear(day: Day): number {
  return Math.round((utc(day) - Date.UTC(day.year, 0, 1)) / DAY_MS) + 1;
}

function isoDay(day: Day): string {
  return new Date(utc(day)).toISOString().slice(0, 10);
}

/** The fiscal year bears the number of the calendar year in which it ends. */
function fiscalOf(day: Day, startMonth: number): { year: number; month: number } {
  const month = ((day.month - startMonth + 12) % 12) + 1;
  return { year: startMonth > 1 && day.month >= startMonth ? day.year + 1 : day.year, month };
}

type Reader = (day: Day, fiscalStart: number) => FieldValue;

const READERS: Record<string, Reader> = {
  CALENDAR_MONTH: (day) => day.month,
  CALENDAR_QUARTER: (day) => Math.ceil(day.month / 3),
  CALENDAR_YEAR: (day) => day.year,
  DAY_IN_MONTH: (day) => day.day,
  DAY_IN_WEEK: (day) => new Date(utc(day)).getUTCDay() + 1,
  DAY_IN_YEAR: dayInYear,
  DAY_ONLY: isoDay,
  FISCAL_MONTH: (day, start) => fiscalOf(day, start).month,
  FISCAL_QUARTER: (day, start) => Math.ceil(fiscalOf(day, start).month / 3),
  FISCAL_YEAR: (day, start) => fiscalOf(day, start).year,
  HOUR_IN_DAY: (day) => day.hour,
  WEEK_IN_MONTH: (day) => Math.ceil(day.day / 7),
  WEEK_IN_YEAR: (day) => Math.ceil(dayInYear(day) / 7),
};
const INSTANTS_ONLY = new Set(['DAY_ONLY', 'HOUR_IN_DAY']);

/** True for a date function by its upper-case name. */
export function isDateFunction(name: string): boolean {
  return name in READERS;
}

/** True when the function takes date-times but no dates. */
export function needsInstant(name: string): boolean {
  return INSTANTS_ONLY.has(name);
}

/** The function of that upper-case name. */
export function datePart(name: string, fiscalYearStartMonth: number): DatePart {
  const reader = READERS[name] as Reader;
  return (value, zone) => {
    const day = dayOf(value, zone);
    return day ? reader(day, fiscalYearStartMonth) : null;
  };
}
