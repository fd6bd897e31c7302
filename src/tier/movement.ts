import type { StateReason } from '../kpi/types.ts';
import type { DecisionState } from '../model/states.ts';
import { addDays, earlierDay } from '../program/civil-date.ts';
import {
  inForceOn,
  type PartnerCalendar,
  reviewAfter,
  reviewAwaited,
  reviewOf,
} from '../program/review-calendar.ts';
import type { Direction } from '../program/schema/approval.ts';
import type { LadderDefinition } from '../program/schema/ladder.ts';
import { calendarOf, isApart } from '../program/schema/movement.ts';
import { graceEnd, hasGrace, lockEnd, reviewsAsMoved, withGraceReview } from './reviews.ts';
import { ripeRank } from './tenure.ts';
import type { Movement, Override, PendingTier, TierState } from './types.ts';

/** Everything that moves a tier, beside the requirements themselves. */
export interface MovementInput {
  /** What the reviews of the partner go by. */
  calendar: PartnerCalendar;
  /** Its first day in the program; null where that is blank. */
  startedOn: string | null;
  ladder: LadderDefinition;
  asOf: string;
  /** The tier that the figures give today, and the highest that late or partial inputs leave possible. */
  computedTier: string | null;
  ceilingTier: string | null;
  /** Why the inputs are not certain; null when they are. */
  frozenReason: StateReason | null;
  override: Override | null;
  /** The last day on which an override gave the tier; null where that is not known, so that it was the day before. */
  overriddenTo: string | null;
}

/** The part of the state that movement decides. */
export type Standing = Omit<
  TierState,
  | 'summary'
  | 'missing'
  | 'decisionId'
  | 'computedTier'
  | 'adopted'
  | 'mode'
  | 'mayReach'
  | 'inheritedFrom'
  | 'overrideId'
>;

export interface Move {
  movement: Movement | null;
  standing: Standing;
}

const calm = { belowSince: null, warnedOn: null, graceUntil: null } as const;

/** Moves a standing on to a day: one step of the policy, the same for the same input however often it is repeated. */
export function move(input: MovementInput, known: Standing): Move {
  const { asOf, calendar } = input;
  const policy = input.ladder.movement;
  const moved = moveOn(input, { ...known, ...reviewsAsMoved(known, asOf, { policy, calendar }) });
  return { ...moved, standing: withGraceReview(moved.standing, asOf, policy) };
}

function moveOn(input: MovementInput, standing: Standing): Move {
  if (input.override !== null) return overridden(input, standing, input.override);
  if (standing.status === 'overridden') return overrideEnded(input, standing);
  if (standing.pending !== null) return awaited(input, standing, standing.pending);
  if (rank(input, input.computedTier) > rank(input, standing.tier)) return above(input, standing);
  if (rank(input, input.computedTier) === rank(input, standing.tier)) return level(input, standing);
  return below(input, standing);
}

/** Position on the ladder; -1 is no tier. */
function rank({ ladder }: Pick<MovementInput, 'ladder'>, tier: string | null): number {
  return ladder.tiers.findIndex(({ key }) => key === tier);
}

function isReview(direction: Direction, input: MovementInput, standing: Standing): boolean {
  return reviewDue(direction, input, standing) !== null;
}

/** The first review of a direction that has come and was not held yet; null where none has. */
function reviewDue(
  direction: Direction,
  { asOf, ladder, calendar }: MovementInput,
  { nextReview, graceUntil }: Standing,
): string | null {
  if (nextReview === null || asOf < nextReview) return null;
  const awaited = reviewAwaited(direction, nextReview, ladder.movement, calendar);
  // The day of which a warning has told may be no day of the calendar of a newer version.
  const isTold = direction === 'down' && graceUntil !== null && nextReview <= graceUntil;
  const review = isTold ? earlierDay(awaited, graceUntil) : awaited;
  return review <= asOf ? review : null;
}

/** The next review of a direction, today's not being one any more. */
function nextReviewOf(direction: Direction, input: MovementInput, standing: Standing): string {
  const { movement } = input.ladder;
  return isApart(movement)
    ? reviewOf(direction, input.asOf, movement, input.calendar)
    : nextReview(input, standing);
}

/** A review that has been held gives way to the next one of the calendar. */
function nextReview(input: MovementInput, standing: Standing): string {
  const due = standing.nextReview;
  return due !== null && due > input.asOf
    ? due
    : reviewAfter(input.asOf, input.ladder.movement, input.calendar);
}

function overridden(input: MovementInput, standing: Standing, { tier }: Override): Move {
  const isNew = standing.status !== 'overridden' || standing.tier !== tier;
  return {
    movement: isNew ? 'override' : null,
    standing: {
      ...standing,
      ...calm,
      pending: null,
      moreUpOn: null,
      lockedUntil: standing.tier === tier ? standing.lockedUntil : null,
      tier,
      since: standing.tier === tier ? standing.since : input.asOf,
      status: 'overridden',
      frozenReason: null,
      nextReview: nextReview(input, standing),
    },
  };
}

/**
 * After an override the policy takes over again: at once, or at the first review after its last day, for which the end of
 * the override counts as the warning, whenever that is evaluated. Uncertain inputs neither warn nor take the tier away. What spares a
 * partner from going down, and the number of steps, hold here as at a review.
 */
function overrideEnded(input: MovementInput, standing: Standing): Move {
  const after = { ...standing, ...calm, status: 'keeps' as DecisionState, frozenReason: null };
  const isLower = rank(input, input.computedTier) < rank(input, standing.tier);
  const isSafe = rank(input, input.ceilingTier) < rank(input, standing.tier);
  if (!isLower) {
    const moved = move(input, after);
    return { movement: moved.movement ?? 'override_end', standing: moved.standing };
  }
  if (!isSafe) return { movement: 'override_end', standing: held(input, after).standing };
  if (isSpared(input, standing)) {
    return { movement: 'override_end', standing: spared(input, after) };
  }
  if (input.ladder.movement.afterOverride === 'immediately') {
    return { movement: 'override_end', standing: demoted(input, after).standing };
  }
  const lastDay = input.overriddenTo ?? addDays(input.asOf, -1);
  // By the calendar and not by the next review of the standing: one that fell into the override may not have been held.
  const review = reviewOf('down', lastDay, input.ladder.movement, input.calendar);
  if (review <= input.asOf) {
    return { movement: 'override_end', standing: lost(input, { ...after, nextReview: review }).standing };
  }
  const next = nextReview(input, standing);
  return {
    movement: 'override_end',
    standing: {
      ...after,
      status: 'due_down',
      belowSince: input.asOf,
      warnedOn: input.asOf,
      graceUntil: review,
      nextReview: earlierDay(review, next),
    },
  };
}

function above(input: MovementInput, standing: Standing): Move {
  const { tier, moreUpOn } = highestTier(input, standing);
  // A tier that the ladder has no more stays until one that it has may be risen to.
  const isNoRise = tier === standing.tier || rank(input, tier) <= rank(input, standing.tier);
  const waits = isNoRise || !mayRise(input, standing);
  const calmed = { ...standing, ...calm, frozenReason: null, nextReview: nextReview(input, standing) };
  if (waits) {
    return {
      movement: standing.warnedOn === null ? null : 'withdraw_warning',
      standing: { ...calmed, status: 'eligible_up' },
    };
  }
  if (input.ladder.movement.promote === 'at_review' && standing.tier !== null) {
    const later = pendingOf(input, standing, tier);
    if (later !== null)
      return { movement: 'promote', standing: { ...calmed, pending: later, status: 'eligible_up' } };
  }
  return {
    movement: 'promote',
    standing: {
      ...calmed,
      tier,
      ...reached(input, input.asOf),
      status: tier === input.computedTier ? 'keeps' : 'eligible_up',
      moreUpOn,
    },
  };
}

/** Whether a rise is due: at a review where the policy says so, and after what was left of the last one. */
function mayRise(input: MovementInput, standing: Standing): boolean {
  if (standing.tier === null) return true;
  const { movement } = input.ladder;
  if (movement.promote === 'at_review' && !isReview('up', input, standing)) return false;
  return standing.moreUpOn === null || input.asOf >= standing.moreUpOn;
}

/** Up as far as the tenure lets it, by at most so many steps; the rest of these follows from the next review on. */
function highestTier(
  input: MovementInput,
  standing: Standing,
): { tier: string | null; moreUpOn: string | null } {
  const { stepsUp } = input.ladder.movement;
  const most = stepsUp === undefined ? Number.POSITIVE_INFINITY : rank(input, standing.tier) + stepsUp;
  const ripe = ripeRankOf(input, standing);
  if (ripe <= most) return { tier: input.ladder.tiers[ripe]?.key ?? null, moreUpOn: null };
  return { tier: input.ladder.tiers[most]!.key, moreUpOn: nextReviewOf('up', input, standing) };
}

/** How far a partner may rise by the time that it has been in the program and on its tier, to what it has earned at most. */
function ripeRankOf(
  { ladder, startedOn, asOf, computedTier }: MovementInput,
  held: Pick<Standing, 'tier' | 'since'>,
): number {
  return ripeRank({ ladder, startedOn, held }, { earned: rank({ ladder }, computedTier), asOf });
}

/** What begins with a tier. */
function reached({ ladder }: MovementInput, since: string): Pick<Standing, 'since' | 'lockedUntil'> {
  return { since, lockedUntil: lockEnd(since, ladder.movement) };
}

/** The change that a review has decided, while it does not hold yet; null where it holds at once. */
function pendingOf(input: MovementInput, standing: Standing, tier: string | null): PendingTier | null {
  const direction = directionOf(input, standing, tier);
  const review = reviewDue(direction, input, standing) ?? standing.nextReview ?? input.asOf;
  const holds = inForceOn(direction, review, input.ladder.movement);
  return holds <= input.asOf ? null : { tier, decidedOn: input.asOf, inForceOn: holds };
}

/**
 * A change that was decided and does not hold yet. Where the policy lets it be withdrawn, it is when the figures no longer
 * give it, and it goes no further than they do; uncertain figures withdraw no rise. On its day it holds.
 */
function awaited(input: MovementInput, standing: Standing, pending: PendingTier): Move {
  const { cancel } = calendarOf(input.ladder.movement, directionOf(input, standing, pending.tier));
  // A newer version of the program may not have the tier any more.
  const isGone = pending.tier !== null && rank(input, pending.tier) === -1;
  const given = cancel === 'recovered' ? stillGiven(input, standing, pending) : pending.tier;
  const tier = isGone ? standing.tier : given;
  if (tier === standing.tier) {
    const settled = { ...standing, ...calm, pending: null, status: 'keeps' as DecisionState };
    return { movement: 'cancel_pending', standing: { ...settled, nextReview: nextReview(input, standing) } };
  }
  if (input.asOf < pending.inForceOn) {
    return { movement: null, standing: { ...standing, nextReview: nextReview(input, standing) } };
  }
  const held = { ...standing, pending: null };
  const target = rank(input, floored(input, input.ceilingTier));
  return {
    movement: 'take_effect',
    standing: landed(input, held, { tier, since: pending.inForceOn, target }),
  };
}

function directionOf(input: MovementInput, { tier }: Standing, to: string | null): Direction {
  return rank(input, to) > rank(input, tier) ? 'up' : 'down';
}

/** What is left of a pending change by the figures of today; the present tier where nothing is. */
function stillGiven(input: MovementInput, standing: Standing, pending: PendingTier): string | null {
  const [from, to] = [rank(input, standing.tier), rank(input, pending.tier)];
  const given =
    to < from
      ? Math.min(from, Math.max(to, rank(input, input.computedTier)))
      : Math.max(from, Math.min(to, rank(input, input.ceilingTier)));
  return input.ladder.tiers[given]?.key ?? null;
}

function level(input: MovementInput, standing: Standing): Move {
  return {
    movement: standing.warnedOn === null ? null : 'withdraw_warning',
    standing: {
      ...standing,
      ...calm,
      status: 'keeps',
      frozenReason: null,
      nextReview: nextReview(input, standing),
    },
  };
}

function below(input: MovementInput, standing: Standing): Move {
  const { movement } = input.ladder;
  const { asOf } = input;
  if (rank(input, input.ceilingTier) >= rank(input, standing.tier)) return held(input, standing);
  if (isSpared(input, standing)) {
    return {
      movement: standing.warnedOn === null ? null : 'withdraw_warning',
      standing: spared(input, standing),
    };
  }
  const start = { ...standing, frozenReason: null, belowSince: standing.belowSince ?? asOf };
  const isAtOnce = movement.demote === 'immediately';
  if (!isAtOnce && !isReview('down', input, standing)) {
    const waiting = { ...start, status: stillBelow(standing), nextReview: nextReview(input, standing) };
    return { movement: null, standing: waiting };
  }
  if (standing.warnedOn === null && hasGrace(movement)) return warned(input, start);
  if (standing.graceUntil !== null && asOf < standing.graceUntil) {
    return {
      movement: null,
      standing: { ...start, status: 'due_down', nextReview: nextReview(input, standing) },
    };
  }
  return isAtOnce ? demoted(input, start) : lost(input, start);
}

/** Whether the policy keeps the partner from going down today, whatever its figures. */
function isSpared(input: MovementInput, standing: Standing): boolean {
  const { demote, noLossBefore } = input.ladder.movement;
  return (
    demote === 'never' ||
    (standing.rampUntil !== null && input.asOf < standing.rampUntil) ||
    (standing.lockedUntil !== null && input.asOf < standing.lockedUntil) ||
    (noLossBefore !== undefined && input.asOf < noLossBefore) ||
    rank(input, floored(input, input.computedTier)) >= rank(input, standing.tier)
  );
}

/** Below, and spared: an older warning has no force any more, so that the end of the sparing starts with a new one. */
function spared(input: MovementInput, standing: Standing): Standing {
  return {
    ...standing,
    ...calm,
    belowSince: standing.belowSince ?? input.asOf,
    status: 'keeps',
    frozenReason: null,
    nextReview: nextReview(input, standing),
  };
}

function stillBelow({ warnedOn }: Standing): DecisionState {
  return warnedOn === null ? 'at_risk' : 'due_down';
}

/**
 * The figures are below, but what they rest on is late, partial or pending: no warning, no loss. A review that falls into
 * this time is made up for as soon as the inputs are complete. Who was at risk before stays so: late input is no good news
 * either.
 */
function held(input: MovementInput, standing: Standing): Move {
  const isPendingOnly = input.frozenReason === null;
  return {
    movement: null,
    standing: {
      ...standing,
      status: heldStatus(standing),
      frozenReason: input.frozenReason,
      nextReview: isPendingOnly ? nextReview(input, standing) : standing.nextReview,
    },
  };
}

function heldStatus({ status, warnedOn }: Standing): DecisionState {
  if (warnedOn !== null) return 'due_down';
  return status === 'at_risk' ? 'at_risk' : 'keeps';
}

function warned(input: MovementInput, standing: Standing): Move {
  return {
    movement: 'warn',
    standing: {
      ...standing,
      status: 'due_down',
      warnedOn: input.asOf,
      graceUntil: graceEnd(input.asOf, input.ladder.movement, input.calendar),
      nextReview: nextReview(input, standing),
    },
  };
}

/** Down at a review: at once, or later where the policy says so. */
function lost(input: MovementInput, standing: Standing): Move {
  const pending = pendingOf(input, standing, lowestTier(input, standing).tier);
  if (pending === null) return demoted(input, standing);
  const next = { ...standing, pending, nextReview: nextReview(input, standing) };
  return { movement: 'demote', standing: { ...next, status: 'due_down' } };
}

function demoted(input: MovementInput, standing: Standing): Move {
  const lowest = lowestTier(input, standing);
  return { movement: 'demote', standing: landed(input, standing, { ...lowest, since: input.asOf }) };
}

/** Down by at most so many steps, never below what uncertain inputs leave possible, which is the target. */
function lowestTier(input: MovementInput, standing: Standing): { tier: string | null; target: number } {
  const { movement, tiers } = input.ladder;
  const target = rank(input, floored(input, input.ceilingTier));
  const lowest = Math.max(target, rank(input, standing.tier) - movement.stepsDown);
  return { tier: tiers[lowest]?.key ?? null, target };
}

/** The standing on a tier that a partner has come to. Who is then still above what the figures give is warned again. */
function landed(
  input: MovementInput,
  standing: Standing,
  { tier, since, target }: { tier: string | null; since: string; target: number },
): Standing {
  const { movement } = input.ladder;
  const begun = { tier, ...reached(input, since), moreUpOn: null };
  const moved = { ...standing, ...calm, ...begun, status: 'keeps' as DecisionState, frozenReason: null };
  const next = { ...moved, nextReview: nextReview(input, standing) };
  if (rank(input, tier) <= target) return next;
  // Where nothing waits for reviews, only so many steps at once still mean that the rest comes with the next one.
  const rest = movement.demote === 'immediately' ? nextReviewOf('down', input, standing) : null;
  const again = hasGrace(movement) ? graceEnd(input.asOf, movement, input.calendar) : rest;
  return {
    ...next,
    status: again === null ? 'at_risk' : 'due_down',
    belowSince: input.asOf,
    warnedOn: again === null ? null : input.asOf,
    graceUntil: again,
  };
}

/** A tier, but not below the floor. */
function floored(input: MovementInput, tier: string | null): string | null {
  const { floor } = input.ladder.movement;
  if (floor === undefined) return tier;
  return rank(input, tier) >= rank(input, floor) ? tier : floor;
}

/** The standing of a partner that joins the ladder: new partners start at the entry tier and have their ramp. */
export function enrolled(input: MovementInput): Standing {
  const { startedOn } = input;
  const { movement, entryTier, tiers, isSpecialisation } = input.ladder;
  const rampUntil =
    startedOn === null || movement.rampDays === 0 ? null : addDays(startedOn, movement.rampDays);
  const isInRamp = rampUntil !== null && input.asOf < rampUntil;
  const lowest = isSpecialisation ? null : tiers[0]!.key;
  const entry = isInRamp ? (entryTier ?? lowest) : null;
  // The floor is given to nobody: it is kept by who has come to it.
  const ripe = ripeRankOf(input, { tier: null, since: null });
  const tier = ripe >= rank(input, entry) ? (tiers[ripe]?.key ?? null) : entry;
  return {
    ...calm,
    tier,
    ...(tier === null ? { since: null, lockedUntil: null } : reached(input, input.asOf)),
    moreUpOn: null,
    status: 'keeps',
    nextReview: reviewAfter(input.asOf, movement, input.calendar),
    rampUntil,
    frozenReason: null,
    pending: null,
  };
}
