import { laddersAsked } from '../ladder-order.ts';
import { type LeafAt, leavesAt } from '../requirement-leaves.ts';
import type { LadderDefinition, TierDefinition } from '../schema/ladder.ts';
import { requirementsOf } from '../schema/ladder.ts';

/** A tier of a ladder; a specialisation has one. */
export interface TierPlace {
  ladder: LadderDefinition;
  tier: TierDefinition;
}

/**
 * The tiers on which the answer to a requirement for other ladders rests. To hold a tier or a higher one is judged by the
 * tier that is named; not to hold it by the higher ones as well, because each of them would end it.
 */
export function tiersAsked(
  ladders: readonly LadderDefinition[],
  { item, isDenied }: Pick<LeafAt, 'item' | 'isDenied'>,
): TierPlace[] {
  const keys = [...new Set(laddersAsked(ladders, item))];
  return keys.flatMap((key) => {
    const ladder = ladders.find((one) => one.key === key);
    if (ladder === undefined) return [];
    const named = ladder.tiers.findIndex((tier) => tier.key === item.holds?.atLeast);
    const first = Math.max(0, named);
    return ladder.tiers.slice(first, isDenied ? undefined : first + 1).map((tier) => ({ ladder, tier }));
  });
}

/** A way from a tier back to itself by what tiers ask of other ladders; undefined where there is none. */
export function tierCircle(ladders: readonly LadderDefinition[], from: TierPlace): TierPlace[] | undefined {
  const seen = new Set<TierDefinition>();
  const wayBack = (at: TierPlace, way: readonly TierPlace[]): TierPlace[] | undefined => {
    for (const next of needsOf(ladders, at)) {
      if (next.tier === from.tier) return [...way, next];
      if (seen.has(next.tier)) continue;
      seen.add(next.tier);
      const found = wayBack(next, [...way, next]);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  return wayBack(from, [from]);
}

/** The tiers that have to be known before a tier is; of a cumulative ladder also the one below it. */
function needsOf(ladders: readonly LadderDefinition[], { ladder, tier }: TierPlace): TierPlace[] {
  const asked = leavesAt(requirementsOf(tier), []).flatMap((leaf) => tiersAsked(ladders, leaf));
  const below = ladder.hold === 'cumulative' ? ladder.tiers[ladder.tiers.indexOf(tier) - 1] : undefined;
  // What a ladder asks of itself is refused by itself.
  const others = asked.filter((one) => one.ladder !== ladder);
  return below === undefined ? others : [...others, { ladder, tier: below }];
}
