import {
  addDays,
  addDuration,
  earlierDay,
  laterDay,
  parseDuration,
  yearDayAfter,
} from '../program/civil-date.ts';
import {
  calendarFor,
  movedReview,
  type PartnerCalendar,
  reviewAfter,
  reviewOf,
  reviewStillAwaited,
} from '../program/review-calendar.ts';
import {
  anniversaryAttribute,
  countedFrom,
  graceOf,
  type MovementPolicy,
  tierSince,
} from '../program/schema/movement.ts';
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
 * The reviews that a standing waits for, as the rules and the date of the partner have them by now: a newer version may hold
 * reviews sooner, and of another date they are other anniversaries. Who was told a day keeps the tier at least until then.
 */
export function reviewsAsMoved(
  known: ReviewDays & Pick<TierState, 'warnedOn'>,
  asOf: string,
  { policy, calendar }: { policy: MovementPolicy; calendar: PartnerCalendar },
): ReviewDays {
  const awaited = (day: string | null) => day && reviewStillAwaited(day, asOf, { policy, calendar });
  const days = { nextReview: awaited(known.nextReview), moreUpOn: awaited(known.moreUpOn) };
  const told = known.graceUntil;
  if (told === null || anniversaryAttribute(policy) === null) return { ...days, graceUntil: told };
  const graceUntil = laterDay(graceAsMoved(told, known.warnedOn, { policy, calendar }), told);
  // The review that comes with the day that was told is put off with it, so that there are no two of one period.
  const isOne = told === known.nextReview && days.nextReview === movedReview(told, policy, calendar);
  return { ...days, graceUntil, nextReview: isOne ? graceUntil : days.nextReview };
}

/** The end of a grace by the date that the partner has by now; one in days keeps its days. */
function graceAsMoved(
  graceUntil: string,
  warnedOn: string | null,
  { policy, calendar }: { policy: MovementPolicy; calendar: PartnerCalendar },
): string {
  return 'days' in graceOf(policy) && warnedOn !== null
    ? graceEnd(warnedOn, policy, calendar)
    : movedReview(graceUntil, policy, calendar);
}

/** The next review of a standing: the day of which a warning has told is one, whatever the calendar has by now. */
export function withGraceReview<S extends ReviewDays>(standing: S, asOf: string, policy: MovementPolicy): S {
  const { nextReview, graceUntil } = standing;
  if (nextReview === null || graceUntil === null || policy.demote !== 'at_review') return standing;
  return graceUntil > asOf ? { ...standing, nextReview: earlierDay(nextReview, graceUntil) } : standing;
}

/** The reviews of a standing that has changed its tier, where they are counted from the day on which it reached that. */
export function withReviewsOfTier<S extends Pick<TierState, 'nextReview' | 'moreUpOn' | 'since'>>(
  standing: S,
  asOf: string,
  { policy, fiscalYearStart }: { policy: MovementPolicy; fiscalYearStart: number },
): S {
  if (countedFrom(policy) !== tierSince) return standing;
  const calendar = calendarFor({ fiscalYearStart }, policy, { partner: {}, since: standing.since });
  const moreUpOn = standing.moreUpOn && reviewOf('up', asOf, policy, calendar);
  return { ...standing, nextReview: reviewAfter(asOf, policy, calendar), moreUpOn };
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
