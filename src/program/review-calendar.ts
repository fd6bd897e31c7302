import {
  addDays,
  addDuration,
  dayInMonth,
  parseDuration,
  periodShift,
  periodStart,
  yearDayAfter,
} from './civil-date.ts';
import type { ProgramDefinition } from './schema.ts';
import { calendarOf, type MovementPolicy } from './schema-movement.ts';

type Reviewed = Pick<MovementPolicy, 'review'>;

/** The first review after a day, which itself is not after. */
export function reviewAfter(
  day: string,
  policy: Reviewed,
  { fiscalYearStart }: Pick<ProgramDefinition, 'fiscalYearStart'>,
): string {
  const calendar = calendarOf(policy);
  if (calendar.on !== undefined) return yearDayAfter(day, calendar.on);
  const { every } = calendar;
  if (every === 'day') return addDays(day, 1);
  const start = periodStart(day, every, fiscalYearStart);
  const review = dayInMonth(start, calendar.day);
  return review > day ? review : dayInMonth(periodShift(start, every, 1), calendar.day);
}

/** The day from which a decision of a review holds. */
export function inForceOn(review: string, policy: Reviewed): string {
  const { inForceAfter } = calendarOf(policy);
  return inForceAfter === null ? review : addDuration(review, parseDuration(inForceAfter));
}
