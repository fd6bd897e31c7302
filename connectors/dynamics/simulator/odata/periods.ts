/**
 * Stretches of time that conditions on dates name, in UTC: fiscal years are those of the calendar and their periods quarters,
 * as every environment begins.
 * https://learn.microsoft.com/power-apps/developer/data-platform/fetchxml/reference/operators
 */

export type Unit = 'minute' | 'hour' | 'day' | 'week' | 'month' | 'quarter' | 'year';

/** From the first instant until before the second one (epoch milliseconds). */
export type Period = readonly [from: number, until: number];

const fixed: Partial<Record<Unit, number>> = {
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
  week: 7 * 86_400_000,
};
const months: Partial<Record<Unit, number>> = { month: 1, quarter: 3, year: 12 };

/** So many units later; the last day of a shorter month where the day is not in it. */
export function later(time: number, count: number, unit: Unit): number {
  const step = fixed[unit];
  if (step !== undefined) return time + count * step;
  const date = new Date(time);
  const day = date.getUTCDate();
  date.setUTCDate(1);
  date.setUTCMonth(date.getUTCMonth() + count * months[unit]!);
  const last = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  return date.setUTCDate(Math.min(day, last));
}

/** The first instant of the unit that holds the time. Weeks begin on Sunday. */
export function startOf(time: number, unit: Unit): number {
  const step = fixed[unit];
  if (unit === 'week') return startOf(time, 'day') - new Date(time).getUTCDay() * fixed.day!;
  if (step !== undefined) return Math.floor(time / step) * step;
  const date = new Date(time);
  const size = months[unit]!;
  return Date.UTC(date.getUTCFullYear(), Math.floor(date.getUTCMonth() / size) * size);
}

/** A whole unit: the one under way, or one so many before or after it. */
const whole =
  (unit: Unit, offset: number) =>
  (now: number): Period => {
    const from = later(startOf(now, unit), offset, unit);
    return [from, later(from, 1, unit)];
  };

const last =
  (unit: Unit) =>
  (now: number, count: number): Period => {
    const from = later(now, -count, unit);
    // Days count from their beginning, and the instant at hand belongs to them.
    return [unit === 'day' ? startOf(from, 'day') : from, now + 1];
  };

const next =
  (unit: Unit) =>
  (now: number, count: number): Period => {
    const until = later(now, count, unit);
    return [now, unit === 'day' ? startOf(until, 'day') + fixed.day! : until];
  };

const lastWhole =
  (unit: Unit) =>
  (now: number, count: number): Period => [later(startOf(now, unit), -count, unit), startOf(now, unit)];

const nextWhole =
  (unit: Unit) =>
  (now: number, count: number): Period => {
    const from = later(startOf(now, unit), 1, unit);
    return [from, later(from, count, unit)];
  };

const older =
  (unit: Unit) =>
  (now: number, count: number): Period => {
    const until = later(now, -count, unit);
    return [Number.NEGATIVE_INFINITY, unit === 'day' ? startOf(until, 'day') : until];
  };

/** By the names of the query functions. */
export const periods: Readonly<Record<string, (now: number, count: number) => Period>> = {
  Today: whole('day', 0),
  Yesterday: whole('day', -1),
  Tomorrow: whole('day', 1),
  Last7Days: (now) => last('day')(now, 7),
  Next7Days: (now) => next('day')(now, 7),
  ThisWeek: whole('week', 0),
  LastWeek: whole('week', -1),
  NextWeek: whole('week', 1),
  ThisMonth: whole('month', 0),
  LastMonth: whole('month', -1),
  NextMonth: whole('month', 1),
  ThisYear: whole('year', 0),
  LastYear: whole('year', -1),
  NextYear: whole('year', 1),
  ThisFiscalPeriod: whole('quarter', 0),
  LastFiscalPeriod: whole('quarter', -1),
  NextFiscalPeriod: whole('quarter', 1),
  ThisFiscalYear: whole('year', 0),
  LastFiscalYear: whole('year', -1),
  NextFiscalYear: whole('year', 1),
  LastXHours: last('hour'),
  LastXDays: last('day'),
  LastXWeeks: last('week'),
  LastXMonths: last('month'),
  LastXYears: last('year'),
  LastXFiscalPeriods: lastWhole('quarter'),
  LastXFiscalYears: lastWhole('year'),
  NextXHours: next('hour'),
  NextXDays: next('day'),
  NextXWeeks: next('week'),
  NextXMonths: next('month'),
  NextXYears: next('year'),
  NextXFiscalPeriods: nextWhole('quarter'),
  NextXFiscalYears: nextWhole('year'),
  OlderThanXMinutes: older('minute'),
  OlderThanXHours: older('hour'),
  OlderThanXDays: older('day'),
  OlderThanXWeeks: older('week'),
  OlderThanXMonths: older('month'),
  OlderThanXYears: older('year'),
};
