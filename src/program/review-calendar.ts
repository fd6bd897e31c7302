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
import type { Direction } from './schema/approval.ts';
import {
  anniversaryAttribute,
  calendarOf,
  countedFrom,
  isApart,
  type MovementPolicy,
  tierSince,
} from './schema/movement.ts';
import type { ProgramDefinition } from './schema/schema.ts';

type Reviewed = Pick<MovementPolicy, 'review'>;

/** What the reviews of one partner go by. */
export interface PartnerCalendar extends Pick<ProgramDefinition, 'fiscalYearStart'> {
  /** The date whose anniversaries they are; null where it is blank or no date, or reviews are those of the calendar. */
  anniversaryOf: string | null;
}

/** The calendar of a partner on a ladder, from its own attributes and the day since which it has its tier there. */
export function calendarFor(
  { fiscalYearStart }: Pick<ProgramDefinition, 'fiscalYearStart'>,
  policy: Reviewed,
  { partner, since }: { partner: Readonly<Record<string, unknown>>; since: string | null },
): PartnerCalendar {
  const counted = countedFrom(policy);
  if (counted === tierSince) return { fiscalYearStart, anniversaryOf: since };
  const written = counted === null ? null : partner[counted];
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
  // Of two calendars it is not known which one the review is of: the first one of either by the new date comes instead.
  if (isApart(policy) || !onAnniversaryOf || every === undefined || every === 'day') return review;
  const next = reviewOf('down', addDays(review, -1), policy, calendar);
  const last = reviewOf('down', addDays(addMonths(next, -periodMonths[every]), -1), policy, calendar);
  return daysBetween(last, review) < daysBetween(review, next) ? last : next;
}

/**
 * A review that was to come, as the rules and the partner's date of a day have it: where they were others before, the first one
 * by those of the day, unless the one that was to come is sooner. The date alone puts it off by no more than half a period.
 */
export function reviewStillAwaited(
  review: string,
  asOf: string,
  { policy, calendar }: { policy: Reviewed; calendar: PartnerCalendar },
): string {
  const moved = movedReview(review, policy, calendar);
  const first = reviewAfter(asOf, policy, calendar);
  return moved > first && moved > furthestReview(asOf, policy, calendar) ? first : moved;
}

/** The months with the fewest and the most days differ by so many. */
const monthEndDays = 3;

/** The last day to which any date that a partner may have had before can have put the next review off. */
function furthestReview(asOf: string, policy: Reviewed, calendar: PartnerCalendar): string {
  const { every, onAnniversaryOf } = calendarOf(policy, 'down');
  if (isApart(policy) || !onAnniversaryOf || every === undefined || every === 'day') return asOf;
  return movedReview(addDays(addMonths(asOf, periodMonths[every]), monthEndDays), policy, calendar);
}

/** Reviews of a direction in two years, which hold every distance between two reviews of any calendar. */
export function* someReviews(
  direction: Direction,
  policy: Reviewed,
  calendar: PartnerCalendar,
): Generator<string> {
  let review = reviewOf(direction, '2026-12-31', policy, calendar);
  while (review < '2029-02-01') {
    yield review;
    review = reviewOf(direction, review, policy, calendar);
  }
}

/**
 * The most days that a grace of so many days can last where reviews take tiers: after a warning that a review gives, to the
 * first review after these days. Anniversaries are as far from each other as the periods of the calendar are.
 */
export function longestGrace(
  days: number,
  policy: Reviewed,
  { fiscalYearStart }: Pick<ProgramDefinition, 'fiscalYearStart'>,
): number {
  const calendar = { fiscalYearStart, anniversaryOf: null };
  const lengths = [...someReviews('down', policy, calendar)].map((review) =>
    daysBetween(review, reviewOf('down', addDays(review, days - 1), policy, calendar)),
  );
  return Math.max(days, ...lengths);
}

/** The day from which a decision of a review holds. */
export function inForceOn(direction: Direction, review: string, policy: Reviewed): string {
  const { inForceAfter } = calendarOf(policy, direction);
  return inForceAfter === null ? review : addDuration(review, parseDuration(inForceAfter));
}
