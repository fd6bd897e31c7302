import { addDays, addDuration, parseDuration, yearDayAfter } from '../program/civil-date.ts';
import { reviewOf } from '../program/review-calendar.ts';
import type { ProgramDefinition } from '../program/schema.ts';
import { graceOf, type MovementPolicy } from '../program/schema-movement.ts';

/**
 * The day that a grace starting on a day ends with: the review so many on, or the first one after so many days; where
 * nothing waits for reviews, the day after so many days.
 */
export function graceEnd(
  day: string,
  policy: MovementPolicy,
  calendar: Pick<ProgramDefinition, 'fiscalYearStart'>,
): string {
  const grace = graceOf(policy);
  if ('days' in grace) {
    if (policy.demote === 'immediately') return addDays(day, grace.days);
    return reviewOf('down', addDays(day, grace.days - 1), policy, calendar);
  }
  let end = day;
  for (let count = 0; count < grace.reviews; count++) end = reviewOf('down', end, policy, calendar);
  return end;
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
