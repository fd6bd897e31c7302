import {
  addDays,
  addDuration,
  addMonths,
  anniversaryAfter,
  dayInMonth,
  daysBetween,
  parseDuration,
  periodMonths,
  periodShift,
  periodStart,
  yearDayAfter,
} from './civil-date.ts';
import { customValue } from './custom-attributes.ts';
import type { ProgramDefinition } from './schema.ts';
import type { Direction } from './schema-approval.ts';
import { anniversaryAttribute, calendarOf, isApart, type MovementPolicy } from './schema-movement.ts';

type Reviewed = Pick<MovementPolicy, 'review'>;

/** What the reviews of one partner go by. */
export interface PartnerCalendar extends Pick<ProgramDefinition, 'fiscalYearStart'> {
  /** The date whose anniversaries they are; null where it is blank or no date, or reviews are those of the calendar. */
  anniversaryOf: string | null;
}

/** The calendar of a partner on a ladder, from its own attributes. */
export function calendarFor(
  { fiscalYearStart }: Pick<ProgramDefinition, 'fiscalYearStart'>,
  policy: Reviewed,
  partner: Readonly<Record<string, unknown>>,
): PartnerCalendar {
  const attribute = anniversaryAttribute(policy);
  const written = attribute === null ? null : partner[attribute];
  const date = typeof written === 'string' ? customValue('date', written) : null;
  return { fiscalYearStart, anniversaryOf: typeof date === 'string' ? date : null };
}

/** Whether a partner lacks the date on whose anniversaries it would be reviewed. */
export function lacksAnniversary(policy: Reviewed, { anniversaryOf }: PartnerCalendar): boolean {
  return anniversaryOf === null && anniversaryAttribute(policy) !== null;
}

/** The first review after a day, which itself is not after; whichever direction it is for. */
export function reviewAfter(day: string, policy: Reviewed, calendar: PartnerCalendar): string {
  const both = [reviewOf('up', day, policy, calendar), reviewOf('down', day, policy, calendar)];
  return both.sort()[0]!;
}

/**
 * The first review after a day at which tiers are won (up) or lost (down). A partner without the date whose anniversaries count
 * is reviewed on the first day of each period.
 */
export function reviewOf(
  direction: Direction,
  day: string,
  policy: Reviewed,
  { fiscalYearStart, anniversaryOf }: PartnerCalendar,
): string {
  const calendar = calendarOf(policy, direction);
  if (calendar.on !== undefined) return yearDayAfter(day, calendar.on);
  const { every } = calendar;
  if (every === 'day') return addDays(day, 1);
  if (calendar.onAnniversaryOf !== null && anniversaryOf !== null)
    return anniversaryAfter(day, anniversaryOf, periodMonths[every]);
  const start = periodStart(day, every, fiscalYearStart);
  const review = dayInMonth(start, calendar.day);
  return review > day ? review : dayInMonth(periodShift(start, every, 1), calendar.day);
}

/**
 * The review of one direction that a standing waits for, of which the next review of either is known: the first one that is
 * not before it.
 */
export function reviewAwaited(
  direction: Direction,
  nextReview: string,
  policy: Reviewed,
  calendar: PartnerCalendar,
): string {
  // A new version of the program may have other reviews; the one that was due is held all the same.
  return isApart(policy) ? reviewOf(direction, addDays(nextReview, -1), policy, calendar) : nextReview;
}

/**
 * A review that was to come, by the date that a partner has by now: where that date was changed, filled or emptied, the review
 * nearest to it. There is one such within half a period, so that none is lost and none is held twice.
 */
export function movedReview(review: string, policy: Reviewed, calendar: PartnerCalendar): string {
  const { every, onAnniversaryOf } = calendarOf(policy, 'down');
  if (!onAnniversaryOf || every === undefined || every === 'day') return review;
  const next = reviewOf('down', addDays(review, -1), policy, calendar);
  const last = reviewOf('down', addDays(addMonths(next, -periodMonths[every]), -1), policy, calendar);
  return daysBetween(last, review) < daysBetween(review, next) ? last : next;
}

/** The day from which a decision of a review holds. */
export function inForceOn(direction: Direction, review: string, policy: Reviewed): string {
  const { inForceAfter } = calendarOf(policy, direction);
  return inForceAfter === null ? review : addDuration(review, parseDuration(inForceAfter));
}
