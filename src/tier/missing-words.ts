import { type Settled, settledBy, truthOf } from './missing.ts';
import type { RequirementEvidence, RequirementTree, TierEvidence } from './types.ts';

/**
 * What is missing for some tiers as a list: each open requirement once, of a KPI the one that is furthest off, alternatives
 * joined ("one of (a, b)"). `say` gives the words for one requirement.
 */
export function missingList(
  tiers: readonly TierEvidence[],
  say: (requirement: RequirementEvidence) => string,
): string[] {
  const settled = settledBy(tiers);
  const found = tiers
    .filter(({ holds }) => !holds)
    .flatMap((tier) => openParts(tier, tier.tree, { say, settled }));
  return [...new Set(found)];
}

function openParts(
  tier: TierEvidence,
  tree: RequirementTree,
  how: { say: (requirement: RequirementEvidence) => string; settled: Settled },
): string[] {
  if (truthOf(tier, tree, how.settled)) return [];
  if ('leaf' in tree) return [how.say(tier.requirements[tree.leaf]!)];
  if ('all' in tree) return tree.all.flatMap((branch) => openParts(tier, branch, how));
  const [branches, needed] = 'any' in tree ? [tree.any, 1] : [tree.of, tree.atLeast];
  const open = branches.filter((branch) => !truthOf(tier, branch, how.settled));
  const missing = needed - (branches.length - open.length);
  const words = open.map((branch) => openParts(tier, branch, how));
  if (missing >= open.length) return words.flat();
  return [`${missing === 1 ? 'one' : missing} of (${words.map((parts) => parts.join(' and ')).join(', ')})`];
}

/** For each requirement how it is joined with others where not all are needed: "one of 3"; null where it is needed. */
export function choicesOf(tier: TierEvidence): (string | null)[] {
  const choices: (string | null)[] = tier.requirements.map(() => null);
  const walk = (tree: RequirementTree, choice: string | null): void => {
    if ('leaf' in tree) {
      choices[tree.leaf] = choice;
      return;
    }
    const [branches, needed] =
      'all' in tree ? [tree.all, tree.all.length] : 'any' in tree ? [tree.any, 1] : [tree.of, tree.atLeast];
    const isChoice = needed < branches.length;
    const own = isChoice ? `${needed === 1 ? 'one' : needed} of ${branches.length}` : choice;
    for (const branch of branches) walk(branch, own);
  };
  walk(tier.tree, null);
  return choices;
}

/** For each requirement whether something would change if it was met; not where others of a choice are enough already. */
export function countingOf(tier: TierEvidence): boolean[] {
  const counting = tier.requirements.map(() => false);
  const walk = (tree: RequirementTree, isEnough: boolean): void => {
    if ('leaf' in tree) {
      counting[tree.leaf] = !isEnough || truthOf(tier, tree);
      return;
    }
    const branches = 'all' in tree ? tree.all : 'any' in tree ? tree.any : tree.of;
    for (const branch of branches) walk(branch, isEnough || truthOf(tier, tree));
  };
  walk(tier.tree, false);
  return counting;
}

/** Why a requirement is not met, for the partner: of inputs that are not complete nobody outside is told which those are. */
export function reasonForPartner({ isCertain, reason }: RequirementEvidence): string | null {
  return isCertain ? reason : notComplete;
}

export const notComplete = 'the data is not complete yet';
