import { ladderNeeds } from '../program/ladder-order.ts';
import type { LadderDefinition } from '../program/schema/ladder.ts';
import type { Holdings } from './holdings.ts';
import type { Holding } from './types.ts';

/**
 * Decides ladders that ask for each other. Each is decided by what is held on the others once all are decided, which is found
 * in rounds: from what is held now, first everything goes that is lost, one after the other, then everything comes that is won.
 * So what two ladders give each other is kept by who holds both, and given to nobody who holds neither.
 */

/** What one ladder gives, and what the others see of that. */
export interface Decided<Outcome> {
  outcome: Outcome;
  holding: Holding;
}

export interface GroupInput<Outcome> {
  group: readonly LadderDefinition[];
  /** What is held on the ladders that were decided before. */
  known: ReadonlyMap<string, Holding>;
  /** The tier in force before; null for none. */
  start(ladder: LadderDefinition): string | null;
  /** Decides one ladder by what is held on the others. Pure. */
  decide(ladder: LadderDefinition, holdings: Holdings): Decided<Outcome>;
}

/** What becomes of what was seen of a ladder, by what has now been decided there. */
type Pick = (ladder: LadderDefinition, seen: Holding, found: Holding) => Holding;

/**
 * What each ladder of a group gives, in its order. Of ladders that only get more by what others get, what comes out is what
 * the others see of it. Where a person has to approve a change that the others would need, it is seen as it stands meanwhile.
 * The rounds end: each phase moves in one direction, and a ladder is set apart at most once.
 */
export function decideGroup<Outcome>(input: GroupInput<Outcome>): Map<LadderDefinition, Decided<Outcome>> {
  const { group, known, decide } = input;
  if (group.length === 1) return new Map([[group[0]!, decide(group[0]!, new Map(known))]]);
  const seen = new Map(group.map((ladder) => [ladder.key, heldOn(ladder, input.start(ladder))]));
  const apart = new Map<LadderDefinition, Decided<Outcome>>();
  const decideAll = () =>
    new Map(
      group.map((ladder) => {
        const others = [...seen].filter(([key]) => key !== ladder.key);
        return [ladder, apart.get(ladder) ?? decide(ladder, new Map([...known, ...others]))] as const;
      }),
    );
  const settle = (pick: Pick) => {
    for (;;) {
      const decided = decideAll();
      const next = group.map((ladder) => {
        const before = seen.get(ladder.key)!;
        return { before, after: pick(ladder, before, decided.get(ladder)!.holding) };
      });
      if (next.every(({ before, after }) => isSame(before, after))) return decided;
      for (const { after } of next) seen.set(after.ladder, after);
    }
  };
  const isOff = (ladder: LadderDefinition) => !isSame(seen.get(ladder.key)!, decided.get(ladder)!.holding);
  let decided = settle(opened);
  while (group.some(isOff)) {
    settle(lowered);
    decided = settle(raised);
    const waiting = group.filter(isOff);
    if (waiting.length === 0) return decided;
    for (const ladder of waiting) {
      apart.set(ladder, decided.get(ladder)!);
      seen.set(ladder.key, decided.get(ladder)!.holding);
    }
    decided = decideAll();
  }
  return decided;
}

/** The ladders of a group that are in a set, with those that ask for them, and so on. */
export function withThoseAsking(
  ladders: readonly LadderDefinition[],
  group: readonly LadderDefinition[],
  first: ReadonlySet<string>,
): Set<string> {
  const found = new Set(first);
  for (let size = 0; size < found.size; ) {
    size = found.size;
    for (const ladder of group)
      if (ladderNeeds(ladders, ladder).some((key) => found.has(key))) found.add(ladder.key);
  }
  return found;
}

function heldOn({ key }: LadderDefinition, tier: string | null): Holding {
  return { ladder: key, tier, mayReach: tier, reason: null };
}

function isSame(one: Holding, other: Holding): boolean {
  return one.tier === other.tier && one.mayReach === other.mayReach;
}

/** More than is held may come once inputs are complete. */
const opened: Pick = (ladder, seen, found) => {
  const mayReach = chosen(ladder, Math.max, [seen.mayReach, found.mayReach]);
  return withReason({ ...seen, mayReach }, [seen, found]);
};

const lowered: Pick = (ladder, seen, found) => both(ladder, Math.min, [seen, found]);

const raised: Pick = (ladder, seen, found) => both(ladder, Math.max, [seen, found]);

type Choice = (one: number, other: number) => number;

function both(ladder: LadderDefinition, choice: Choice, [seen, found]: [Holding, Holding]): Holding {
  const tier = chosen(ladder, choice, [seen.tier, found.tier]);
  const mayReach = chosen(ladder, choice, [seen.mayReach, found.mayReach]);
  return withReason({ ...seen, tier, mayReach }, [seen, found]);
}

function chosen(
  { tiers }: LadderDefinition,
  choice: Choice,
  [one, other]: [string | null, string | null],
): string | null {
  const rank = (tier: string | null) => tiers.findIndex(({ key }) => key === tier);
  return tiers[choice(rank(one), rank(other))]?.key ?? null;
}

/** The first reason stays as long as it is for the same tier, so that reasons do not go round in the circle. */
function withReason(holding: Holding, of: [Holding, Holding]): Holding {
  const { tier, mayReach } = holding;
  if (tier === mayReach) return { ...holding, reason: null };
  const same = of.filter((one) => one.mayReach === mayReach && one.reason !== null);
  return { ...holding, reason: (same[0] ?? of.find(({ reason }) => reason !== null))?.reason ?? null };
}
