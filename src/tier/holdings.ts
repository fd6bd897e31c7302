import type { LadderDefinition } from '../program/schema/ladder.ts';
import type { Holding, MayReach, TierState } from './types.ts';

/** What a partner holds, by ladder. */
export type Holdings = Map<string, Holding>;

/** What other ladders see of one that was decided: the tier in force, and the most that open inputs leave possible. */
export function holdingAfter(
  ladder: LadderDefinition,
  possible: MayReach | null,
  state: Pick<TierState, 'tier'> | null,
): Holding {
  const tier = state?.tier ?? null;
  const rank = (key: string | null) => ladder.tiers.findIndex((one) => one.key === key);
  return possible !== null && rank(possible.tier) > rank(tier)
    ? { ladder: ladder.key, tier, mayReach: possible.tier, reason: possible.reason }
    : { ladder: ladder.key, tier, mayReach: tier, reason: null };
}
