import { isSatisfied, truth } from './requirement.ts';
import type { RequirementTree, TierEvidence } from './types.ts';

/** Requirements that keep a tier from holding: unmet or pending, in a branch that does not hold without them. */
export function missingFor(tier: TierEvidence | undefined): TierEvidence['requirements'] {
  if (tier === undefined || tier.holds) return [];
  return openLeaves(tier, tier.tree).map((leaf) => tier.requirements[leaf]!);
}

function openLeaves(tier: TierEvidence, tree: RequirementTree): number[] {
  if (truthOf(tier, tree)) return [];
  if ('leaf' in tree) return [tree.leaf];
  const branches = 'all' in tree ? tree.all : 'any' in tree ? tree.any : tree.of;
  return branches.flatMap((branch) => openLeaves(tier, branch));
}

/** Whether a branch of a tier's requirements holds as things are. */
export function truthOf(tier: TierEvidence, tree: RequirementTree): boolean {
  return truth(tree, (leaf) => isSatisfied(tier.requirements[leaf]!)) === true;
}
