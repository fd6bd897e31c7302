import type { Fraction } from 'fraction.js';
import { addMonths, parseDuration, periodMonths, periodShift, periodStart } from './civil-date.ts';
import { exact } from './exact.ts';
import type { Prorated } from './schema/prorated.ts';
import type { ProgramDefinition } from './schema/schema.ts';

/** The part of a threshold that a partner is asked for, in months; all of it where both are the same. */
export interface Share {
  months: number;
  of: number;
  /** The first day after which it is another one by time alone; null for none. */
  changesOn: string | null;
}

type Calendar = Pick<ProgramDefinition, 'fiscalYearStart'>;
type ShareAsked = { startedOn: string | null; asOf: string };

/** How many months the whole threshold is for. */
export function monthsWhole({ over }: Prorated): number {
  return isPeriod(over) ? periodMonths[over] : parseDuration(over).count;
}

/**
 * How much of a threshold a partner is asked for on a day. Over a length of time: the months since its first day, the one that
 * runs included, and one before its first day. Over a period of the calendar in which it starts: the months from that of its
 * first day to the end, and the last one where it starts after the period. The whole of it after that, and of a partner whose
 * first day is blank.
 */
export function shareOf(prorated: Prorated, { startedOn, asOf }: ShareAsked, calendar: Calendar): Share {
  const of = monthsWhole(prorated);
  if (startedOn === null) return { months: of, of, changesOn: null };
  const { over } = prorated;
  if (isPeriod(over)) return shareOfPeriod(over, { startedOn, asOf }, calendar);
  for (let months = 1; months < of; months += 1) {
    const changesOn = addMonths(startedOn, months);
    if (changesOn > asOf) return { months, of, changesOn };
  }
  return { months: of, of, changesOn: null };
}

function shareOfPeriod(
  kind: PeriodKind,
  { startedOn, asOf }: { startedOn: string; asOf: string },
  { fiscalYearStart }: Calendar,
): Share {
  const of = periodMonths[kind];
  const first = periodStart(asOf, kind, fiscalYearStart);
  if (startedOn < first) return { months: of, of, changesOn: null };
  let gone = 0;
  while (gone + 1 < of && addMonths(first, gone + 1) <= startedOn) gone += 1;
  return { months: of - gone, of, changesOn: periodShift(first, kind, 1) };
}

/** The part as a number. */
export function fractionOfShare({ months, of }: Pick<Share, 'months' | 'of'>): Fraction {
  return exact(months).div(of);
}

type PeriodKind = Exclude<keyof typeof periodMonths, 'month'>;

function isPeriod(over: string): over is PeriodKind {
  return over in periodMonths;
}
