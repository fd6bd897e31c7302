import { addDays } from '../program/civil-date.ts';
import { reviewAfter } from '../program/review-calendar.ts';
import type { ProgramDefinition } from '../program/schema.ts';
import type { MovementPolicy } from '../program/schema-movement.ts';

/** The review that a grace starting on a day ends with: so many reviews on, or the first one after so many days. */
export function graceEnd(
  day: string,
  policy: MovementPolicy,
  calendar: Pick<ProgramDefinition, 'fiscalYearStart'>,
): string {
  if ('days' in policy.grace) {
    const lastDay = addDays(day, policy.grace.days - 1);
    return reviewAfter(lastDay, policy, calendar);
  }
  let end = day;
  for (let count = 0; count < policy.grace.reviews; count++) end = reviewAfter(end, policy, calendar);
  return end;
}

/** Whether a warning comes before a loss at all. */
export function hasGrace({ grace }: MovementPolicy): boolean {
  return 'days' in grace || grace.reviews > 0;
}
