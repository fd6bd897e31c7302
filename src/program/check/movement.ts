import { isDeepStrictEqual } from 'node:util';
import { stringify } from 'yaml';
import { resolvePath } from '../attribute-path.ts';
import { inForceOn, longestGrace, reviewAfter, someReviews } from '../review-calendar.ts';
import type { Direction } from '../schema/approval.ts';
import {
  calendarOf,
  countedFrom,
  graceOf,
  isApart,
  type MovementPolicy,
  tierSince,
} from '../schema/movement.ts';
import type { ProgramDefinition } from '../schema/schema.ts';
import type { PathKey } from '../source.ts';
import type { Report } from './check.ts';

type Of = { program: ProgramDefinition; movement: MovementPolicy; tiers: number };

/** What has no effect where no tier is ever taken away. */
const ofLosses = ['lock', 'noLossBefore', 'floor'] as const;

/** Reports what is contradictory in how tiers move, and what can have no effect. */
export function checkMovement(report: Report, of: Of, path: PathKey[]): void {
  const { review, demote, grace, lock, minimumTenure } = of.movement;
  if (demote === 'never') {
    for (const key of ofLosses) {
      const reason = 'says nothing beside "demote: never", by which no tier is lost; leave it out';
      if (of.movement[key] !== undefined) report('PROGRAM_NO_EFFECT', [...path, key], reason, path);
    }
  }
  if (demote === 'immediately' && grace !== undefined && 'reviews' in grace && grace.reviews > 0) {
    const reason =
      'with "demote: immediately" nothing waits for reviews; write grace: { days: 30 }, or leave it out';
    report('PROGRAM_CONTRADICTION', [...path, 'grace'], reason, path);
  }
  if (demote === 'at_review' && grace !== undefined && 'days' in grace) checkDaysOfGrace(report, of, path);
  if (lock !== undefined && lock.for === undefined && lock.until === undefined)
    report(
      'PROGRAM_NO_EFFECT',
      [...path, 'lock'],
      'nothing is kept by this; give "for", "until" or both, or leave it out',
      path,
    );
  if (lock?.until !== undefined && !isYearDay(lock.until))
    report('PROGRAM_NO_SUCH_DAY', [...path, 'lock', 'until'], `${lock.until} is no day of the year`);
  if (minimumTenure !== undefined && of.tiers < 2)
    report(
      'PROGRAM_NO_EFFECT',
      [...path, 'minimumTenure'],
      'there is one tier, so that nobody rises from it; leave it out',
      path,
    );
  if (of.movement.stepsUp !== undefined && of.movement.stepsUp >= of.tiers)
    report(
      'PROGRAM_NO_EFFECT',
      [...path, 'stepsUp'],
      `the ladder has ${of.tiers} tiers, so that this limits nobody; leave it out`,
      path,
    );
  if (typeof review !== 'string') checkReview(report, of, { review, path });
}

/** Warns where days of grace become at least twice as many, because a review has to come after them. */
function checkDaysOfGrace(report: Report, { program, movement }: Of, path: PathKey[]): void {
  const { days } = graceOf(movement) as { days: number };
  if (!isSoundCalendar(movement)) return;
  const longest = longestGrace(days, movement, program);
  if (longest < 2 * days) return;
  const reason = `a tier is lost at a review only, so that these ${days} days can last ${longest} days after the warning`;
  const remedy = `for ${days} days write grace: { reviews: 0 } and inForceAfter: ${days} days in the review, which takes back what is recovered by then; or review more often`;
  report('PROGRAM_LONG_GRACE', [...path, 'grace'], `${reason}; ${remedy}`, path);
}

/** Whether the days of the reviews can be counted; what is wrong with them is reported by itself. */
function isSoundCalendar(movement: MovementPolicy): boolean {
  const days = (['up', 'down'] as const).flatMap((one) => calendarOf(movement, one).on ?? []);
  return days.every(isYearDay);
}

type ReviewDays = Exclude<MovementPolicy['review'], string>;
const parts = ['promotions', 'demotions'] as const;

function checkReview(
  report: Report,
  of: Of,
  { review, path }: { review: ReviewDays; path: PathKey[] },
): void {
  const at = [...path, 'review'];
  if (!parts.some((part) => review[part] !== undefined)) {
    checkReviews(report, of, { review, path, at });
    return;
  }
  const missing = parts.find((part) => review[part] === undefined);
  if (missing !== undefined) {
    report(
      'PROGRAM_INCOMPLETE',
      at,
      `says nothing of ${missing}; where the two are apart, each has its reviews`,
      at,
    );
    return;
  }
  const beside = Object.keys(review).find((key) => !(parts as readonly string[]).includes(key));
  if (beside !== undefined) {
    report(
      'PROGRAM_MISPLACED',
      [...at, beside],
      'promotions and demotions each have their own; put it into them',
      at,
    );
    return;
  }
  if (isDeepStrictEqual(calendarOf(of.movement, 'up'), calendarOf(of.movement, 'down')))
    report('PROGRAM_NO_EFFECT', at, 'promotions and demotions have the same reviews; say them once', at);
  const counted = parts.map((part) => ownDate(review[part]!));
  if (!counted.includes(undefined) && counted[0] !== counted[1])
    report(
      'PROGRAM_CONTRADICTION',
      at,
      `promotions are counted from ${counted[0]} and demotions from ${counted[1]}; count both from one date, or hold one of them on days of the calendar`,
      at,
    );
  if (of.movement.promote === 'immediately' && of.movement.stepsUp === undefined) {
    const reason = 'says nothing beside "promote: immediately"';
    const remedy = `write ${aloneText(review.demotions!)}, or promote: at_review`;
    report('PROGRAM_NO_EFFECT', [...at, 'promotions'], `${reason}; ${remedy}`, path);
  }
  if (of.movement.demote === 'never') {
    const reason = 'says nothing beside "demote: never", by which no tier is lost';
    report(
      'PROGRAM_NO_EFFECT',
      [...at, 'demotions'],
      `${reason}; write ${aloneText(review.promotions!)}`,
      path,
    );
  }
  for (const part of parts) {
    const own = review[part]!;
    if (typeof own !== 'string') checkReviews(report, of, { review: own, path, at: [...at, part], part });
  }
}

/** What the reviews of one direction are counted from, where they are anniversaries. */
function ownDate(own: NonNullable<ReviewDays[(typeof parts)[number]]>): string | undefined {
  return typeof own === 'string' ? undefined : own.onAnniversaryOf;
}

/** The reviews of one direction as those of both: neither can be left out beside the other. */
function aloneText(own: NonNullable<ReviewDays[(typeof parts)[number]]>): string {
  return typeof own === 'string'
    ? `review: ${own}`
    : `review: ${stringify(own, { collectionStyle: 'flow' }).trim()}`;
}

interface OwnReviews {
  review: ReviewDays;
  path: PathKey[];
  at: PathKey[];
  /** Which of the two they are; undefined where they are both. */
  part?: (typeof parts)[number];
}

function checkReviews(report: Report, of: Of, { review, path, at, part }: OwnReviews): void {
  if ((review.every === undefined) === (review.on === undefined)) {
    report('PROGRAM_NOT_ONE_OF', at, 'reviews are held either "every" period or "on" days of the year', at);
    return;
  }
  checkDays(report, review, at);
  checkAnniversaries(report, of, review, at);
  checkLag(report, of, { review, path, at, ...(part === undefined ? {} : { part }) });
}

function checkDays(report: Report, { every, day, on }: ReviewDays, at: PathKey[]): void {
  if (day !== undefined && on !== undefined)
    report(
      'PROGRAM_NO_EFFECT',
      [...at, 'day'],
      'says nothing beside "on", which names whole days; leave it out',
    );
  if (day !== undefined && every === 'day')
    report('PROGRAM_NO_EFFECT', [...at, 'day'], 'every day is a review; leave it out, or write every: month');
  on?.forEach((yearDay, index) => {
    if (!isYearDay(yearDay))
      report('PROGRAM_NO_SUCH_DAY', [...at, 'on', index], `${yearDay} is no day of the year`);
    else if (on.indexOf(yearDay) !== index)
      report('PROGRAM_DUPLICATE', [...at, 'on', index], `${yearDay} is there twice`);
  });
}

/** Reports what is no date of the partner, and what says nothing beside its anniversaries. */
function checkAnniversaries(report: Report, { program }: Of, review: ReviewDays, at: PathKey[]): void {
  const { onAnniversaryOf: attribute, every, day, on } = review;
  if (attribute === undefined) return;
  const path = [...at, 'onAnniversaryOf'];
  if (on !== undefined) {
    report(
      'PROGRAM_NO_EFFECT',
      path,
      'says nothing beside "on", which names days of the calendar; write every: year instead',
      at,
    );
    return;
  }
  if (day !== undefined)
    report(
      'PROGRAM_NO_EFFECT',
      [...at, 'day'],
      'the date of the partner says which day it is; leave it out',
      at,
    );
  if (every === 'day' || every === 'fiscalQuarter' || every === 'fiscalYear')
    report(
      'PROGRAM_OUT_OF_RANGE',
      [...at, 'every'],
      'anniversaries come each month, quarter, halfYear or year',
      at,
    );
  if (attribute === tierSince) return;
  const resolved = resolvePath('partner', attribute, program.attributes);
  if (typeof resolved === 'string') report('PROGRAM_UNKNOWN_ATTRIBUTE', path, resolved, ['attributes']);
  else if (attribute.includes('.') && !attribute.startsWith('extra.'))
    report('PROGRAM_NOT_OWN_ATTRIBUTE', path, `"${attribute}" is not the partner's own attribute`);
  else if (resolved.type !== 'date') {
    const remedy = attribute.startsWith('extra.') ? `; say attributes: { partner.${attribute}: date }` : '';
    report('PROGRAM_WRONG_TYPE', path, `"${attribute}" is no date${remedy}`, ['attributes']);
  }
}

/** A leap year, so that 29 February is one. */
function isYearDay(yearDay: string): boolean {
  const day = new Date(`2028-${yearDay}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().slice(5, 10) === yearDay;
}

function checkLag(
  report: Report,
  { program, movement }: Of,
  { review: { inForceAfter, cancel }, path, at, part }: OwnReviews,
): void {
  if (inForceAfter === undefined) {
    if (cancel !== undefined)
      report(
        'PROGRAM_NO_EFFECT',
        [...at, 'cancel'],
        'what is decided holds at once; leave it out, or give inForceAfter',
        at,
      );
    return;
  }
  const decides = {
    promotions: movement.promote === 'at_review',
    demotions: movement.demote === 'at_review',
  };
  if (part === undefined ? !decides.promotions && !decides.demotions : !decides[part]) {
    report(
      'PROGRAM_NO_EFFECT',
      [...at, 'inForceAfter'],
      `nothing is decided at ${part === undefined ? 'reviews' : 'these reviews'}; leave it out, or write ${part === 'demotions' ? 'demote' : 'promote'}: at_review`,
      path,
    );
  }
  if (movement.promote === 'immediately' && cancel === 'never') {
    const reason = 'who recovers would lose the tier and get it back on the same day';
    report(
      'PROGRAM_CONTRADICTION',
      [...at, 'cancel'],
      `${reason}; write promote: at_review, or cancel: recovered`,
      path,
    );
  }
  const late =
    isApart(movement) && countedFrom(movement) !== null
      ? 'an anniversary may be the day before a review of the other direction, which would be over when what is decided holds; leave it out'
      : lagBeyondNext(program, movement, part === 'promotions' ? 'up' : 'down');
  if (late !== undefined) report('PROGRAM_CONTRADICTION', [...at, 'inForceAfter'], late, at);
}

/** A decision has to hold before the next review decides anew. */
function lagBeyondNext(
  program: ProgramDefinition,
  movement: MovementPolicy,
  direction: Direction,
): string | undefined {
  if (!isSoundCalendar(movement)) return undefined;
  // Anniversaries are as far from each other as the periods of the calendar are.
  const calendar = { ...program, anniversaryOf: null };
  for (const review of someReviews(direction, movement, calendar)) {
    const next = reviewAfter(review, movement, calendar);
    const holds = inForceOn(direction, review, movement);
    if (holds > next)
      return `what is decided on ${review} would hold from ${holds}, after the next review (${next})`;
  }
  return undefined;
}
