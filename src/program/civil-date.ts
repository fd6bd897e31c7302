import { DateTime } from 'luxon';
import { TierlinkError } from '../errors.ts';
import type { PeriodKind } from './schema/kpi.ts';

/** Calendar arithmetic on days ('YYYY-MM-DD'), without zones; months end where the month ends. */

export interface Duration {
  unit: 'day' | 'month';
  count: number;
}

/** "12 months", "90 days", "2 quarters", "1 year" as days or months. */
export function parseDuration(text: string): Duration {
  const match = /^(\d+) (day|month|quarter|year)s?$/.exec(text);
  if (match === null) throw new TierlinkError('INTERNAL', { reason: `"${text}" is no length of time` });
  const count = Number(match[1]);
  const months = { day: 0, month: 1, quarter: 3, year: 12 }[match[2] as 'day' | 'month' | 'quarter' | 'year'];
  return months === 0 ? { unit: 'day', count } : { unit: 'month', count: count * months };
}

/** A day so many days or months later (or earlier, with sign -1); 31 January plus one month is the last of February. */
export function addDuration(day: string, { unit, count }: Duration, sign: 1 | -1 = 1): string {
  return unit === 'day' ? addDays(day, sign * count) : addMonths(day, sign * count);
}

export function addDays(day: string, days: number): string {
  return dayText(epochOf(day) + days * dayMs);
}

export function addMonths(day: string, months: number): string {
  const [year, month, date] = partsOf(day);
  const first = Date.UTC(year, month - 1 + months, 1);
  const last = new Date(Date.UTC(year, month + months, 0)).getUTCDate();
  return dayText(first + (Math.min(date, last) - 1) * dayMs);
}

/** Length of each kind of period in months. */
export const periodMonths: Readonly<Record<PeriodKind | 'halfYear', number>> = {
  month: 1,
  quarter: 3,
  halfYear: 6,
  year: 12,
  fiscalQuarter: 3,
  fiscalYear: 12,
};

/** First day of the period that a day lies in. Fiscal periods count from the first month of the fiscal year. */
export function periodStart(day: string, kind: PeriodKind | 'halfYear', fiscalYearStart: number): string {
  const first = kind.startsWith('fiscal') ? fiscalYearStart : 1;
  const [year, month] = partsOf(day);
  const length = periodMonths[kind];
  const behind = (((month - first) % length) + length) % length;
  return dayText(Date.UTC(year, month - 1 - behind, 1));
}

/** First day of the period after (or, with a negative count, before) the one that starts on this day. */
export function periodShift(start: string, kind: PeriodKind | 'halfYear', count: number): string {
  return addMonths(start, periodMonths[kind] * count);
}

/** A day of a month ('YYYY-MM-..'), at most its last one. */
export function dayInMonth(month: string, date: number): string {
  const [year, number] = partsOf(month);
  const last = new Date(Date.UTC(year, number, 0)).getUTCDate();
  return dayText(Date.UTC(year, number - 1, Math.min(date, last)));
}

/** The first day after `day` that is one of these days of the year ('MM-DD'); 29 February is the 28th in common years. */
export function yearDayAfter(day: string, yearDays: readonly string[]): string {
  const year = Number(day.slice(0, 4));
  const days = [year, year + 1].flatMap((each) =>
    yearDays.map((one) => dayInMonth(`${String(each).padStart(4, '0')}-${one}`, Number(one.slice(3)))),
  );
  return days.filter((one) => one > day).sort()[0]!;
}

/**
 * The first day after `day` that is a multiple of so many months away from a date, in either direction. In months that are too
 * short it is their last day.
 */
export function anniversaryAfter(day: string, date: string, months: number): string {
  const [[year, month], [from, first]] = [partsOf(day), partsOf(date)];
  const since = (year - from) * 12 + (month - first);
  const count = Math.floor(since / months);
  const found = addMonths(date, count * months);
  return found > day ? found : addMonths(date, (count + 1) * months);
}

/** The calendar day of an instant in a zone. */
export function dayOf(epochMs: number, timeZone: string): string {
  return DateTime.fromMillis(epochMs, { zone: timeZone }).toFormat('yyyy-MM-dd');
}

/** The instant (ISO 8601, UTC) at which a day begins in a zone. */
export function startOfDay(day: string, timeZone: string): string {
  return DateTime.fromISO(day, { zone: timeZone }).startOf('day').toUTC().toISO()!;
}

/** The last moment of a day in a zone, in epoch milliseconds. */
export function endOfDay(day: string, timeZone: string): number {
  return Date.parse(startOfDay(addDays(day, 1), timeZone)) - 1;
}

/** Whole days from one day to another; negative when the second is earlier. */
export function daysBetween(from: string, to: string): number {
  return Math.round((epochOf(to) - epochOf(from)) / dayMs);
}

// Days without a zone are counted as UTC days, which all have the same length; thousands of figures ask for them.
const dayMs = 86_400_000;

function partsOf(day: string): [year: number, month: number, date: number] {
  return [Number(day.slice(0, 4)), Number(day.slice(5, 7)), Number(day.slice(8, 10))];
}

function epochOf(day: string): number {
  const [year, month, date] = partsOf(day);
  return Date.UTC(year, month - 1, date);
}

/** How many texts of days are kept: those of a few decades. */
const keptTexts = 20_000;
const texts = new Map<number, string>();

function dayText(epochMs: number): string {
  const known = texts.get(epochMs);
  if (known !== undefined) return known;
  const text = new Date(epochMs).toISOString().slice(0, 10);
  if (texts.size === keptTexts) texts.clear();
  texts.set(epochMs, text);
  return text;
}

/** The earlier of two days. */
export function earlierDay(left: string, right: string): string {
  return left < right ? left : right;
}

/** The later of two days. */
export function laterDay(left: string, right: string): string {
  return left > right ? left : right;
}
