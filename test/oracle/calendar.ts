/** The calendar of the independent evaluator: days 'YYYY-MM-DD', counted by hand. */

const lengths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

function daysIn(year: number, month: number): number {
  const isLeap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  return month === 2 && isLeap ? 29 : lengths[month - 1]!;
}

function split(day: string): [year: number, month: number, date: number] {
  return day.split('-').map(Number) as [number, number, number];
}

function text(year: number, month: number, date: number): string {
  return `${year}-${String(month).padStart(2, '0')}-${String(date).padStart(2, '0')}`;
}

/** Days since the first of the year 2000. */
export function numberOf(day: string): number {
  return Math.round((Date.parse(day) - Date.parse('2000-01-01')) / 86_400_000);
}

export function plusDays(day: string, count: number): string {
  return new Date(Date.parse(day) + count * 86_400_000).toISOString().slice(0, 10);
}

/** The same day of another month, or its last one where that is shorter. */
export function plusMonths(day: string, count: number): string {
  const [year, month, date] = split(day);
  const months = year * 12 + month - 1 + count;
  const [inYear, inMonth] = [Math.floor(months / 12), (((months % 12) + 12) % 12) + 1];
  return text(inYear, inMonth, Math.min(date, daysIn(inYear, inMonth)));
}

/** A day and a length of time such as "12 months", so many times. */
export function plus(day: string, length: string, times = 1): string {
  const [count, unit] = length.split(' ') as [string, string];
  const amount = Number(count) * times;
  if (unit.startsWith('day')) return plusDays(day, amount);
  return plusMonths(day, amount * (unit.startsWith('month') ? 1 : unit.startsWith('quarter') ? 3 : 12));
}

/** The first day of the month, quarter or year that a day lies in; fiscal ones count from the first fiscal month. */
export function startOf(period: string, day: string, fiscalYearStart: number): string {
  const [year, month] = split(day);
  const size = monthsOf(period);
  const first = period.startsWith('fiscal') ? fiscalYearStart : 1;
  for (let back = 0; ; back += 1) {
    const start = plusMonths(text(year, month, 1), -back);
    if ((split(start)[1] - first + 12) % size === 0) return start;
  }
}

export function monthsOf(period: string): number {
  const word = period.replace('fiscal', '').toLowerCase();
  return { month: 1, quarter: 3, year: 12 }[word as 'month' | 'quarter' | 'year'];
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** The day on which an instant falls in a zone, as the platform's calendar has it. */
export function dayIn(timeZone: string, instant: string): string {
  const known = formats.get(timeZone) ?? new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short' });
  formats.set(timeZone, known);
  return known.format(new Date(instant));
}
