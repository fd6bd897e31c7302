import { exactRatio } from '../../program/exact.ts';
import { isSatisfied, truth } from '../requirement.ts';
import type { RequirementEvidence, RequirementTree, TierEvidence } from '../types.ts';

/** Requirements that keep a tier from holding: unmet or pending, in a branch that does not hold without them. */
export function missingFor(tier: TierEvidence | undefined): TierEvidence['requirements'] {
  return tier === undefined ? [] : missingForAll([tier]);
}

/** The same for tiers that all count: what one of them asks for and another one asks more of is said once, as the most. */
export function missingForAll(tiers: readonly TierEvidence[]): RequirementEvidence[] {
  const settled = settledBy(tiers);
  return tiers
    .filter(({ holds }) => !holds)
    .flatMap((tier) =>
      openLeaves(tier, { tree: tier.tree, settled }).map((leaf) => tier.requirements[leaf]!),
    );
}

/** What holds as soon as something else that is missing is there. */
export type Settled = ReadonlySet<RequirementEvidence>;

/** Of what some tiers ask for together: the requirements that another one, which is needed by itself, asks more of. */
export function settledBy(tiers: readonly TierEvidence[]): Settled {
  const needed = tiers.flatMap((tier, rank) =>
    neededLeaves(tier.tree).map((leaf) => ({ one: tier.requirements[leaf]!, rank })),
  );
  const all = tiers.flatMap((tier, rank) => tier.requirements.map((one) => ({ one, rank })));
  const isSettled = (own: (typeof all)[number]) =>
    needed.some(({ one, rank }) => rank !== own.rank && asksMore(one, own.one, rank > own.rank ? 0 : 1));
  return new Set(all.filter(isSettled).map(({ one }) => one));
}

/** The requirements that are needed whatever else is met. */
function neededLeaves(tree: RequirementTree): number[] {
  if ('leaf' in tree) return [tree.leaf];
  return 'all' in tree ? tree.all.flatMap(neededLeaves) : [];
}

/** Whether a figure is further off than another one of the same KPI by the same bound. `least`: 0 where as far off is enough. */
function asksMore(one: RequirementEvidence, other: RequirementEvidence, least: 0 | 1): boolean {
  const isAlike =
    one.kpi === other.kpi && one.bound === other.bound && one.thresholdKpi === other.thresholdKpi;
  if (one.kpi === null || !isAlike || isSatisfied(one)) return false;
  if (one.gap === null || other.gap === null) return false;
  const [own, others] = [one.gap, other.gap].map(({ numerator, denominator }) =>
    exactRatio(numerator, denominator),
  );
  return own!.compare(others!) >= least;
}

function openLeaves(
  tier: TierEvidence,
  { tree, settled }: { tree: RequirementTree; settled: Settled },
): number[] {
  if (truthOf(tier, tree, settled)) return [];
  if ('leaf' in tree) return [tree.leaf];
  const branches = 'all' in tree ? tree.all : 'any' in tree ? tree.any : tree.of;
  return branches.flatMap((branch) => openLeaves(tier, { tree: branch, settled }));
}

const nothing: Settled = new Set();

/** Whether a branch of a tier's requirements holds as things are, once what is settled holds. (Default: nothing is) */
export function truthOf(tier: TierEvidence, tree: RequirementTree, settled = nothing): boolean {
  const holds = (leaf: number) =>
    isSatisfied(tier.requirements[leaf]!) || settled.has(tier.requirements[leaf]!);
  return truth(tree, holds) === true;
}
