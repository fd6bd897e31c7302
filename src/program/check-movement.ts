import type { Report } from './check.ts';
import { inForceOn, reviewAfter } from './review-calendar.ts';
import type { ProgramDefinition } from './schema.ts';
import { calendarOf, type MovementPolicy } from './schema-movement.ts';
import type { PathKey } from './source.ts';

type Of = { program: ProgramDefinition; movement: MovementPolicy; tiers: number };

/** What has no effect where no tier is ever taken away. */
const ofLosses = ['lock', 'noLossBefore', 'floor'] as const;

/** Reports what is contradictory in how tiers move, and what can have no effect. */
export function checkMovement(report: Report, of: Of, path: PathKey[]): void {
  const { review, demote, grace, lock, minimumTenure } = of.movement;
  if (demote === 'never') {
    for (const key of ofLosses) {
      const reason = 'says nothing beside "demote: never", by which no tier is lost; leave it out';
      if (of.movement[key] !== undefined) report([...path, key], reason, path);
    }
  }
  if (demote === 'immediately' && grace !== undefined && 'reviews' in grace && grace.reviews > 0) {
    const reason =
      'with "demote: immediately" nothing waits for reviews; write grace: { days: 30 }, or leave it out';
    report([...path, 'grace'], reason, path);
  }
  if (lock !== undefined && lock.for === undefined && lock.until === undefined)
    report([...path, 'lock'], 'nothing is kept by this; give "for", "until" or both, or leave it out', path);
  if (lock?.until !== undefined && !isYearDay(lock.until))
    report([...path, 'lock', 'until'], `${lock.until} is no day of the year`);
  if (minimumTenure !== undefined && of.tiers < 2)
    report([...path, 'minimumTenure'], 'there is one tier, so that nobody rises from it; leave it out', path);
  if (of.movement.stepsUp !== undefined && of.movement.stepsUp >= of.tiers)
    report(
      [...path, 'stepsUp'],
      `the ladder has ${of.tiers} tiers, so that this limits nobody; leave it out`,
      path,
    );
  if (typeof review === 'string') return;
  const at = [...path, 'review'];
  if ((review.every === undefined) === (review.on === undefined)) {
    report(at, 'reviews are held either "every" period or "on" days of the year', at);
    return;
  }
  checkDays(report, review, at);
  checkLag(report, of, { path, at });
}

type ReviewDays = Exclude<MovementPolicy['review'], string>;

function checkDays(report: Report, { every, day, on }: ReviewDays, at: PathKey[]): void {
  if (day !== undefined && on !== undefined)
    report([...at, 'day'], 'says nothing beside "on", which names whole days; leave it out');
  if (day !== undefined && every === 'day')
    report([...at, 'day'], 'every day is a review; leave it out, or write every: month');
  on?.forEach((yearDay, index) => {
    if (!isYearDay(yearDay)) report([...at, 'on', index], `${yearDay} is no day of the year`);
    else if (on.indexOf(yearDay) !== index) report([...at, 'on', index], `${yearDay} is there twice`);
  });
}

/** A leap year, so that 29 February is one. */
function isYearDay(yearDay: string): boolean {
  const day = new Date(`2028-${yearDay}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().slice(5, 10) === yearDay;
}

function checkLag(
  report: Report,
  { program, movement }: Of,
  { path, at }: { path: PathKey[]; at: PathKey[] },
): void {
  const { inForceAfter, cancel } = movement.review as ReviewDays;
  if (inForceAfter === undefined) {
    if (cancel !== undefined)
      report([...at, 'cancel'], 'what is decided holds at once; leave it out, or give inForceAfter', at);
    return;
  }
  if (movement.promote === 'immediately' && movement.demote !== 'at_review') {
    report(
      [...at, 'inForceAfter'],
      'nothing is decided at reviews; leave it out, or write promote: at_review',
      path,
    );
  }
  if (movement.promote === 'immediately' && cancel === 'never') {
    const reason = 'who recovers would lose the tier and get it back on the same day';
    report([...at, 'cancel'], `${reason}; write promote: at_review, or cancel: recovered`, path);
  }
  const late = lagBeyondNext(program, movement);
  if (late !== undefined) report([...at, 'inForceAfter'], late, at);
}

/** A decision has to hold before the next review decides anew. */
function lagBeyondNext(program: ProgramDefinition, movement: MovementPolicy): string | undefined {
  const { on = [] } = calendarOf(movement);
  if (!on.every(isYearDay)) return undefined;
  let review = reviewAfter('2026-12-31', movement, program);
  // Two years hold every distance between two reviews of any calendar, and a daily one shows it at once.
  for (let count = 0; count < 24 && review < '2029-02-01'; count += 1) {
    const next = reviewAfter(review, movement, program);
    const holds = inForceOn(review, movement);
    if (holds > next)
      return `what is decided on ${review} would hold from ${holds}, after the next review (${next})`;
    review = next;
  }
  return undefined;
}
