import { addDays, addMonths, periodShift, periodStart } from './civil-date.ts';
import type { ProgramDefinition } from './schema/schema.ts';

/** A period and its first and last day. */
export interface NamedPeriod {
  period: string;
  startsOn: string;
  endsOn: string;
}

/** The period that figures are kept for, such as 2026-Q4 (fiscal periods carry the year in which they end). */
export function currentPeriod(
  program: Pick<ProgramDefinition, 'period' | 'fiscalYearStart'>,
  asOf: string,
): NamedPeriod {
  const startsOn = periodStart(asOf, program.period, program.fiscalYearStart);
  const endsOn = addDays(periodShift(startsOn, program.period, 1), -1);
  return { period: periodName(program, startsOn, endsOn), startsOn, endsOn };
}

const kinds = ['month', 'quarter', 'year', 'fiscalQuarter', 'fiscalYear'] as const;

/** The period of that name, such as 2026-Q3, 2026-09, 2026, FY2026-Q1 or FY2026; undefined when it is none's. */
export function periodNamed(
  program: Pick<ProgramDefinition, 'fiscalYearStart'>,
  name: string,
): NamedPeriod | undefined {
  const year = /^(?:FY)?(\d{4})(?:-|$)/.exec(name)?.[1];
  if (year === undefined) return undefined;
  // A fiscal year begins up to eleven months before the calendar year that it is called by.
  const starts = Array.from({ length: 24 }, (_one, month) => addMonths(`${Number(year) - 1}-01-01`, month));
  return kinds
    .flatMap((period) => starts.map((day) => currentPeriod({ ...program, period }, day)))
    .find(({ period }) => period === name);
}

function periodName(
  { period, fiscalYearStart }: Pick<ProgramDefinition, 'period' | 'fiscalYearStart'>,
  startsOn: string,
  endsOn: string,
): string {
  const [year, month] = startsOn.split('-');
  if (period === 'month') return `${year}-${month}`;
  if (period === 'year') return year!;
  if (period === 'quarter') return `${year}-Q${Math.ceil(Number(month) / 3)}`;
  const fiscalStart = periodStart(startsOn, 'fiscalYear', fiscalYearStart);
  const fiscalEnd = addDays(periodShift(fiscalStart, 'fiscalYear', 1), -1);
  const fiscalYear = `FY${(period === 'fiscalYear' ? endsOn : fiscalEnd).slice(0, 4)}`;
  if (period === 'fiscalYear') return fiscalYear;
  const months = (Number(month) - Number(fiscalStart.slice(5, 7)) + 12) % 12;
  return `${fiscalYear}-Q${months / 3 + 1}`;
}
