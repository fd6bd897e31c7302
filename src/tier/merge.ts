import type { Program } from '../program/load.ts';
import type { LadderDefinition } from '../program/schema-ladder.ts';
import type { Executor } from '../store/store.ts';
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
    rampUntil: earlier(best.rampUntil, other.rampUntil),
    nextReview: earlier(best.nextReview, other.nextReview),
    adopted: best.adopted ?? other.adopted,
    mode: left.mode,
    decisionId: left.decisionId,
  };
}

function earlier(left: string | null, right: string | null): string | null {
  if (left === null || right === null) return left ?? right;
  return left < right ? left : right;
}

/** Partners that others with an open tier were merged into are due, so that they take the standing over. */
export async function wakeSurvivors(executor: Executor, program: Program, now: string): Promise<void> {
  await executor.query(
    `with recursive up(id) as (
       select p.merged_into from tierlink.tier_state t join tierlink.partner p on p.id = t.partner_id
       where t.program = $1 and t.closed_at is null and p.merged_into is not null
       union
       select p.merged_into from up join tierlink.partner p on p.id = up.id where p.merged_into is not null)
     update tierlink.tier_state t set evaluate_at = $2
     from up join tierlink.partner p on p.id = up.id
     where p.merged_into is null and t.partner_id = p.id and t.program = $1 and t.closed_at is null
       and (t.evaluate_at is null or t.evaluate_at > $2)`,
    [program.name, now],
  );
}
