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
import type { Direction } from './schema-approval.ts';
import { calendarOf, type MovementPolicy } from './schema-movement.ts';

type Reviewed = Pick<MovementPolicy, 'review'>;

type Calendar = Pick<ProgramDefinition, 'fiscalYearStart'>;

/** The first review after a day, which itself is not after; whichever direction it is for. */
export function reviewAfter(day: string, policy: Reviewed, program: Calendar): string {
  const both = [reviewOf('up', day, policy, program), reviewOf('down', day, policy, program)];
  return both.sort()[0]!;
}

/** The first review after a day at which tiers are won (up) or lost (down). */
export function reviewOf(
  direction: Direction,
  day: string,
  policy: Reviewed,
  { fiscalYearStart }: Calendar,
): string {
  const calendar = calendarOf(policy, direction);
  if (calendar.on !== undefined) return yearDayAfter(day, calendar.on);
  const { every } = calendar;
  if (every === 'day') return addDays(day, 1);
  const start = periodStart(day, every, fiscalYearStart);
  const review = dayInMonth(start, calendar.day);
  return review > day ? review : dayInMonth(periodShift(start, every, 1), calendar.day);
}

/** The day from which a decision of a review holds. */
export function inForceOn(direction: Direction, review: string, policy: Reviewed): string {
  const { inForceAfter } = calendarOf(policy, direction);
  return inForceAfter === null ? review : addDuration(review, parseDuration(inForceAfter));
}
