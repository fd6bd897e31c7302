import { longestGrace } from '../program/review-calendar.ts';
import type { ApprovalPolicy } from '../program/schema/approval.ts';
import type { LadderDefinition } from '../program/schema/ladder.ts';
import {
  calendarOf,
  graceOf,
  isApart,
  type MovementPolicy,
  periodWords,
  type ReviewCalendar,
  tierSince,
} from '../program/schema/movement.ts';
import type { ProgramDefinition } from '../program/schema/schema.ts';
import { labelOf } from '../tier/ladder-of.ts';
import { tenureWords } from '../tier/tenure.ts';
import { formatMany } from './format.ts';

/** When tiers change, in sentences for somebody who explains the program to a partner. */
export function movementLines(
  ladder: LadderDefinition,
  program: Pick<ProgramDefinition, 'fiscalYearStart'>,
): string[] {
  const { movement } = ladder;
  const label = (tier: string) => labelOf(ladder, tier) ?? tier;
  return [
    upWords(ladder),
    ...ladder.tiers.flatMap((tier) => {
      const takes = tenureWords(ladder, tier);
      return takes === '' ? [] : [`Up to ${tier.label}: after at least ${takes}.`];
    }),
    downWords(ladder, program),
    ...(isReviewed(ladder) ? reviewLines(movement) : []),
    ...(movement.rampDays === 0 || movement.demote === 'never'
      ? []
      : [`For the first ${formatMany(movement.rampDays, 'day')} nobody is warned or moved down.`]),
    ...(movement.lock === undefined ? [] : [lockWords(movement.lock)]),
    ...(movement.noLossBefore === undefined ? [] : [`No tier is lost before ${movement.noLossBefore}.`]),
    ...(movement.floor === undefined ? [] : [`Nobody falls below ${label(movement.floor)}.`]),
  ];
}

function upWords({ movement, tiers }: LadderDefinition): string {
  const { promote, stepsUp, minimumTenure } = movement;
  const when = promote === 'immediately' ? 'as soon as it is earned' : 'at a review';
  const steps = stepsUp === undefined ? '' : `, at most ${formatMany(stepsUp, 'tier')} at once`;
  const isOfAll = tiers.every((tier) => tier.minimumTenure === undefined);
  const where = isOfAll ? '' : ' where the tier says no other time';
  const tenure =
    minimumTenure === undefined ? '' : `, after at least ${minimumTenure} in the tier before${where}`;
  return `Up: ${when}${steps}${tenure}.`;
}

type Calendar = Pick<ProgramDefinition, 'fiscalYearStart'>;

/** What is held or not has one step: where it is won and lost at once, no review is left to decide anything. */
function isReviewed({ isSpecialisation, movement: { promote, demote } }: LadderDefinition): boolean {
  return isSpecialisation !== true || promote === 'at_review' || demote === 'at_review';
}

function downWords({ movement, isSpecialisation }: LadderDefinition, program: Calendar): string {
  const { demote, stepsDown } = movement;
  if (demote === 'never') return 'Down: never.';
  const when = demote === 'immediately' ? 'on the day on which figures fall short' : 'at a review';
  const steps = isSpecialisation === true ? '' : `, at most ${formatMany(stepsDown, 'tier')} at once`;
  return `Down: ${when}${steps}.${graceWords(movement, program)}`;
}

function graceWords(movement: MovementPolicy, program: Calendar): string {
  const grace = graceOf(movement);
  const [count, unit] = 'days' in grace ? [grace.days, 'day'] : [grace.reviews, 'review'];
  if (count === 0) return '';
  const meant =
    unit === 'day'
      ? daysMean(count, movement, program)
      : `: ${graceMeans(count, calendarOf(movement, 'down'), program)}`;
  return ` Before that there is a warning, and ${formatMany(count, unit)} of grace${meant}.`;
}

/** Until when a tier stays for days of grace: where reviews take it, until the first one after them. */
function daysMean(days: number, movement: MovementPolicy, program: Calendar): string {
  if (movement.demote === 'immediately') return '';
  const longest = longestGrace(days, movement, program);
  const most = longest === days ? '' : `, at most ${formatMany(longest, 'day')} after the warning`;
  return `: who is warned at a review keeps the tier until the first review on or after the last of these days${most}`;
}

/** Until when a tier stays that a review warns of. */
function graceMeans(count: number, calendar: ReviewCalendar, program: Calendar): string {
  const until = (review: string) => `who is warned at a review keeps the tier until ${review}`;
  if (count > 1) return until(`review number ${count} after it`);
  return until(`the next review, ${nextReviewWords(calendar, program)}`);
}

function nextReviewWords(calendar: ReviewCalendar, { fiscalYearStart }: Calendar): string {
  const { on, every, onAnniversaryOf } = calendar;
  if (on !== undefined) {
    const days = on.map(yearDayWords);
    return days.length === 1 ? `${days[0]} a year later` : `the next of ${days.join(' and ')}`;
  }
  if (onAnniversaryOf !== null) return `a ${periodWords[every]} later`;
  const { day } = calendar;
  const month = (first: number) => `${String(first).padStart(2, '0')}-${String(day).padStart(2, '0')}`;
  if (every === 'year') return `${yearDayWords(month(1))} a year later`;
  if (every === 'fiscalYear') return `${yearDayWords(month(fiscalYearStart))} a year later`;
  if (every === 'day') return 'the next day';
  const which = day === 1 ? 'the first day' : `day ${day}${every === 'month' ? '' : ' of the first month'}`;
  return `${which} of the next ${periodWords[every]}`;
}

export const months = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

/** "07-31" as "31 July". */
function yearDayWords(yearDay: string): string {
  return `${Number(yearDay.slice(3))} ${months[Number(yearDay.slice(0, 2)) - 1]}`;
}

/** How long a track is kept, as a file writes it: "fiscalYear" or "12 months". */
export function keepingWords(keeping: string): string {
  const period = Object.entries(periodWords).find(([key]) => key === keeping)?.[1];
  return period === undefined ? `for ${keeping}` : `to the end of the ${period}`;
}

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
  const { every, day, onAnniversaryOf } = calendar;
  if (every === 'day') return `${what}: every day${lag}.`;
  if (onAnniversaryOf !== null) {
    const often = every === 'year' ? '' : `, each ${periodWords[every]}`;
    if (onAnniversaryOf === tierSince)
      return `${what}: on the anniversaries of the day on which each partner has reached its tier${often}${lag}.`;
    return `${what}: on the anniversaries of ${onAnniversaryOf} of each partner${often}${lag}. Without that date: on the first day of each ${periodWords[every]}.`;
  }
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
