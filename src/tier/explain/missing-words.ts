import type { RequirementEvidence, RequirementTree, TierEvidence } from '../types.ts';
import { type Settled, settledBy, truthOf } from './missing.ts';

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
  const { branches, needed } = branchesOf(tree);
  const open = branches.filter((branch) => !truthOf(tier, branch, how.settled));
  const missing = needed - (branches.length - open.length);
  const words = open.map((branch) => openParts(tier, branch, how));
  if (missing >= open.length) return words.flat();
  return [`${missing === 1 ? 'one' : missing} of (${words.map((parts) => parts.join(' and ')).join(', ')})`];
}

/**
 * For each requirement how it is joined with others where not all are needed: "one of 3", and where some of the alternatives
 * are several together, which of them by its name or number: "Training path", "way 1 of 2"; null where it is needed.
 */
export function choicesOf(tier: TierEvidence): (string | null)[] {
  const choices: (string | null)[] = tier.requirements.map(() => null);
  const walk = (
    tree: RequirementTree,
    { choice, outer }: Record<'choice' | 'outer', string | null>,
  ): void => {
    if ('leaf' in tree) {
      choices[tree.leaf] = choice;
      return;
    }
    const { branches, needed } = branchesOf(tree);
    const isChoice = needed < branches.length;
    const areWays = isChoice && branches.some((branch) => !('leaf' in branch));
    for (const [index, branch] of branches.entries()) {
      const own = areWays ? wayText(index, { branches, needed }) : numberOf({ branches, needed });
      // What is chosen from within one of several ways is of that way.
      const within = outer === null ? own : `${outer}, ${own}`;
      walk(branch, isChoice ? { choice: within, outer: areWays ? within : outer } : { choice, outer });
    }
  };
  walk(tier.tree, { choice: null, outer: null });
  return choices;
}

interface Branches {
  branches: readonly RequirementTree[];
  /** How many of them have to hold. */
  needed: number;
}

function branchesOf(tree: Exclude<RequirementTree, { leaf: number }>): Branches {
  if ('all' in tree) return { branches: tree.all, needed: tree.all.length };
  return 'any' in tree ? { branches: tree.any, needed: 1 } : { branches: tree.of, needed: tree.atLeast };
}

function numberOf({ branches, needed }: Branches): string {
  return `${needed === 1 ? 'one' : needed} of ${branches.length}`;
}

function wayText(index: number, { branches, needed }: Branches): string {
  const branch = branches[index]!;
  const name = 'leaf' in branch ? undefined : branch.label;
  const way = name ?? `way ${index + 1} of ${branches.length}`;
  return needed === 1 ? way : `${way}, ${needed} needed`;
}

/** For each requirement whether the tier rests on it: what is asked for together with it holds as well. */
export function restingOn(tier: TierEvidence): boolean[] {
  const resting = tier.requirements.map(() => false);
  const walk = (tree: RequirementTree): void => {
    if (!truthOf(tier, tree)) return;
    if ('leaf' in tree) resting[tree.leaf] = true;
    else branchesOf(tree).branches.forEach(walk);
  };
  walk(tier.tree);
  return resting;
}

/** For each requirement whether something would change if it was met; not where others of a choice are enough already. */
export function countingOf(tier: TierEvidence): boolean[] {
  const counting = tier.requirements.map(() => false);
  const walk = (tree: RequirementTree, isEnough: boolean): void => {
    if ('leaf' in tree) {
      counting[tree.leaf] = !isEnough || truthOf(tier, tree);
      return;
    }
    for (const branch of branchesOf(tree).branches) walk(branch, isEnough || truthOf(tier, tree));
  };
  walk(tier.tree, false);
  return counting;
}

/** Why a requirement is not met, for the partner: of inputs that are not complete nobody outside is told which those are. */
export function reasonForPartner({ isCertain, reason }: RequirementEvidence): string | null {
  return isCertain ? reason : notComplete;
}

export const notComplete = 'the data is not complete yet';
