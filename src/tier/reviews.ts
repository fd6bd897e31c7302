import { addDays, addDuration, parseDuration, yearDayAfter } from '../program/civil-date.ts';
import { movedReview, type PartnerCalendar, reviewOf } from '../program/review-calendar.ts';
import { anniversaryAttribute, graceOf, type MovementPolicy } from '../program/schema-movement.ts';
import type { TierState } from './types.ts';

/**
 * The day that a grace starting on a day ends with: the review so many on, or the first one after so many days; where
 * nothing waits for reviews, the day after so many days.
 */
export function graceEnd(day: string, policy: MovementPolicy, calendar: PartnerCalendar): string {
  const grace = graceOf(policy);
  if ('days' in grace) {
    if (policy.demote === 'immediately') return addDays(day, grace.days);
    return reviewOf('down', addDays(day, grace.days - 1), policy, calendar);
  }
  let end = day;
  for (let count = 0; count < grace.reviews; count++) end = reviewOf('down', end, policy, calendar);
  return end;
}

type ReviewDays = Pick<TierState, 'nextReview' | 'graceUntil' | 'moreUpOn'>;

/**
 * The reviews that a standing waits for, by the date that the partner has by now, of which they may be other anniversaries. A
 * grace in days is never shortened by that.
 */
export function reviewsAsMoved(
  { nextReview, graceUntil, moreUpOn, warnedOn }: ReviewDays & Pick<TierState, 'warnedOn'>,
  policy: MovementPolicy,
  calendar: PartnerCalendar,
): ReviewDays {
  if (anniversaryAttribute(policy) === null) return { nextReview, graceUntil, moreUpOn };
  const moved = (day: string | null) => day && movedReview(day, policy, calendar);
  const isInDays = 'days' in graceOf(policy) && warnedOn !== null;
  return {
    nextReview: moved(nextReview),
    graceUntil: isInDays ? graceUntil && graceEnd(warnedOn, policy, calendar) : moved(graceUntil),
    moreUpOn: moved(moreUpOn),
  };
}

/** Whether a warning comes before a loss at all. */
export function hasGrace(policy: MovementPolicy): boolean {
  const grace = graceOf(policy);
  return 'days' in grace || grace.reviews > 0;
}

/** The first day on which a tier that is reached on a day may be lost again; null where nothing keeps it. */
export function lockEnd(day: string, { lock }: MovementPolicy): string | null {
  if (lock === undefined) return null;
  const after = lock.for === undefined ? day : addDuration(day, parseDuration(lock.for));
  if (lock.until === undefined) return after;
  // The day itself counts where "for" has led to it.
  return yearDayAfter(lock.for === undefined ? after : addDays(after, -1), [lock.until]);
}

/** The first day on which a partner may rise from a tier that it has held since a day. */
export function tenureEnd(since: string, { minimumTenure }: MovementPolicy): string {
  return minimumTenure === undefined ? since : addDuration(since, parseDuration(minimumTenure));
}
