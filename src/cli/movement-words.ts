import type { ApprovalPolicy } from '../program/schema-approval.ts';
import type { LadderDefinition } from '../program/schema-ladder.ts';
import {
  calendarOf,
  graceOf,
  isApart,
  type MovementPolicy,
  type ReviewCalendar,
  type ReviewPeriod,
} from '../program/schema-movement.ts';
import { labelOf } from '../tier/ladder-of.ts';
import { formatMany } from './format.ts';

/** When tiers change, in sentences for somebody who explains the program to a partner. */
export function movementLines(ladder: LadderDefinition): string[] {
  const { movement } = ladder;
  const label = (tier: string) => labelOf(ladder, tier) ?? tier;
  return [
    upWords(movement),
    downWords(movement),
    ...reviewLines(movement),
    ...(movement.rampDays === 0 || movement.demote === 'never'
      ? []
      : [`For the first ${formatMany(movement.rampDays, 'day')} nobody is warned or moved down.`]),
    ...(movement.lock === undefined ? [] : [lockWords(movement.lock)]),
    ...(movement.noLossBefore === undefined ? [] : [`No tier is lost before ${movement.noLossBefore}.`]),
    ...(movement.floor === undefined ? [] : [`Nobody falls below ${label(movement.floor)}.`]),
  ];
}

function upWords({ promote, stepsUp, minimumTenure }: MovementPolicy): string {
  const when = promote === 'immediately' ? 'as soon as it is earned' : 'at a review';
  const steps = stepsUp === undefined ? '' : `, at most ${formatMany(stepsUp, 'tier')} at once`;
  const tenure = minimumTenure === undefined ? '' : `, after at least ${minimumTenure} in the tier before`;
  return `Up: ${when}${steps}${tenure}.`;
}

function downWords(movement: MovementPolicy): string {
  const { demote, stepsDown } = movement;
  if (demote === 'never') return 'Down: never.';
  const when = demote === 'immediately' ? 'on the day on which figures fall short' : 'at a review';
  return `Down: ${when}, at most ${formatMany(stepsDown, 'tier')} at once.${graceWords(movement)}`;
}

function graceWords(movement: MovementPolicy): string {
  const grace = graceOf(movement);
  const [count, unit] = 'days' in grace ? [grace.days, 'day'] : [grace.reviews, 'review'];
  return count === 0 ? '' : ` Before that there is a warning, and ${formatMany(count, unit)} of grace.`;
}

/** How sentences name a kind of period. */
/** How long a track is kept, as a file writes it: "fiscalYear" or "12 months". */
export function keepingWords(keeping: string): string {
  const period = Object.entries(periodWords).find(([key]) => key === keeping)?.[1];
  return period === undefined ? `for ${keeping}` : `to the end of the ${period}`;
}

export const periodWords: Readonly<Record<ReviewPeriod, string>> = {
  day: 'day',
  month: 'month',
  quarter: 'quarter',
  halfYear: 'half year',
  year: 'year',
  fiscalQuarter: 'fiscal quarter',
  fiscalYear: 'fiscal year',
};

function reviewLines(movement: MovementPolicy): string[] {
  if (!isApart(movement)) return [reviewWords('Reviews', calendarOf(movement, 'up'))];
  return [
    reviewWords('Reviews that promote', calendarOf(movement, 'up')),
    reviewWords('Reviews that demote', calendarOf(movement, 'down')),
  ];
}

function reviewWords(what: string, calendar: ReviewCalendar): string {
  const lag = calendar.inForceAfter === null ? '' : `; what they decide holds ${calendar.inForceAfter} later`;
  if (calendar.on !== undefined) return `${what}: on ${calendar.on.join(' and ')} of each year${lag}.`;
  const { every, day } = calendar;
  if (every === 'day') return `${what}: every day${lag}.`;
  const month = every === 'month' ? '' : ' of the first month';
  const which = day === 1 ? 'the first day' : `day ${day}${month}`;
  return `${what}: on ${which} of each ${periodWords[every]}${lag}.`;
}

function lockWords({ for: length, until }: NonNullable<MovementPolicy['lock']>): string {
  const parts = [
    ...(length === undefined ? [] : [`for ${length}`]),
    ...(until === undefined ? [] : [`until the next ${until}`]),
  ];
  return `A tier that was reached is kept ${parts.join(', and then ')}.`;
}

/** Which changes of tiers wait for a person. */
export function approvalLines({ downShare, upShare, minimum, always }: ApprovalPolicy): string[] {
  const share = (direction: string, part: string) =>
    `When more than ${part} of the partners, and at least ${minimum}, would go ${direction} on one day, all of those wait for an approval.`;
  return [
    ...(always === undefined
      ? []
      : [`Every move ${always === 'both' ? 'up or down' : always} waits for an approval.`]),
    ...(downShare === undefined ? [] : [share('down', downShare)]),
    ...(upShare === undefined ? [] : [share('up', upShare)]),
  ];
}
