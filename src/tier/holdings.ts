import type { LadderDefinition } from '../program/schema-ladder.ts';
import { frozenReasonOf } from './evaluate.ts';
import type { Evidence, Holding, TierState } from './types.ts';

/** What a partner holds, by ladder. */
export type Holdings = Map<string, Holding>;

/** What other ladders see of one that was decided: the tier in force, and the most that open inputs leave possible. */
export function holdingAfter(
  ladder: LadderDefinition,
  evidence: Evidence,
  state: Pick<TierState, 'tier'> | null,
): Holding {
  const tier = state?.tier ?? null;
  const reason = frozenReasonOf(evidence);
  const rank = (key: string | null) => ladder.tiers.findIndex((one) => one.key === key);
  const isOpen = reason !== null && rank(evidence.ceilingTier) > rank(tier);
  return isOpen
    ? { ladder: ladder.key, tier, mayReach: evidence.ceilingTier, reason }
    : { ladder: ladder.key, tier, mayReach: tier, reason: null };
}
