import { earlierDay, laterDay } from '../program/civil-date.ts';
import type { LadderDefinition } from '../program/schema/ladder.ts';
import type { TierState } from './types.ts';

/**
 * The standing of a partner that two records were merged into: the higher tier; of the same tier the one without a
 * warning, held since the earlier day. Nobody gets a second ramp, and what people kept by hand is not forgotten.
 */
export function better(ladder: LadderDefinition, left: TierState | null, right: TierState): TierState {
  if (left === null) return right;
  const rank = ({ tier }: TierState) => ladder.tiers.findIndex(({ key }) => key === tier);
  const [best, other] = rank(right) > rank(left) ? [right, left] : [left, right];
  const isEqual = rank(right) === rank(left);
  const isWarned = best.warnedOn !== null && (!isEqual || other.warnedOn !== null);
  return {
    ...best,
    ...(isWarned ? {} : { warnedOn: null, graceUntil: null, belowSince: null }),
    since: isEqual ? earlier(best.since, other.since) : best.since,
    pending: isEqual && other.pending === null ? null : best.pending,
    lockedUntil: isEqual ? later(best.lockedUntil, other.lockedUntil) : best.lockedUntil,
    rampUntil: earlier(best.rampUntil, other.rampUntil),
    nextReview: earlier(best.nextReview, other.nextReview),
    adopted: best.adopted ?? other.adopted,
    mode: left.mode,
    decisionId: left.decisionId,
  };
}

/** Why the standing of a partner ended that was merged into another one. */
export function mergedReason(survivor: string): string {
  return `merged into ${survivor}`;
}

function later(left: string | null, right: string | null): string | null {
  if (left === null || right === null) return left ?? right;
  return laterDay(left, right);
}

function earlier(left: string | null, right: string | null): string | null {
  if (left === null || right === null) return left ?? right;
  return earlierDay(left, right);
}
