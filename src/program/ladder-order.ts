import { leavesOf } from './requirement-leaves.ts';
import type { LadderDefinition, Requirement } from './schema-ladder.ts';
import { requirementsOf } from './schema-ladder.ts';

/** The ladders whose tiers a requirement looks at. */
export function laddersAsked(
  ladders: readonly LadderDefinition[],
  { holds, holdsNot, specialisations, specialisationsNot }: Requirement,
): string[] {
  const one = holds ?? holdsNot;
  const many = specialisations ?? specialisationsNot;
  const counted = many && (many.of ?? specialisationsOf(ladders).map(({ key }) => key));
  return [...(one === undefined ? [] : [one.ladder]), ...(counted ?? []), ...(many?.includingOneOf ?? [])];
}

/** The specialisations among ladders, in the order of the file. */
export function specialisationsOf(ladders: readonly LadderDefinition[]): LadderDefinition[] {
  return ladders.filter(({ isSpecialisation }) => isSpecialisation === true);
}

/** The ladders that have to be decided before this one. */
export function ladderNeeds(ladders: readonly LadderDefinition[], ladder: LadderDefinition): string[] {
  const asked = ladder.tiers.flatMap(requirementsOf).flatMap(leavesOf);
  return [...new Set(asked.flatMap((leaf) => laddersAsked(ladders, leaf)))];
}

/** A way from a ladder back to itself by what tiers ask of other ladders; undefined where there is none. */
export function ladderCycle(ladders: readonly LadderDefinition[], from: string): string[] | undefined {
  const seen = new Set<string>();
  const wayBack = (key: string, way: readonly string[]): string[] | undefined => {
    const ladder = ladders.find((one) => one.key === key);
    for (const next of ladder === undefined ? [] : ladderNeeds(ladders, ladder)) {
      if (next === from) return [...way, next];
      if (seen.has(next)) continue;
      seen.add(next);
      const found = wayBack(next, [...way, next]);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  return wayBack(from, [from]);
}

const ordered = new WeakMap<readonly LadderDefinition[], LadderDefinition[]>();

/** The ladders in the order in which they are decided: each behind those whose tiers it asks for, else as in the file. */
export function inOrderOfNeed(ladders: readonly LadderDefinition[]): LadderDefinition[] {
  const known = ordered.get(ladders);
  if (known !== undefined) return known;
  const found = new Set<LadderDefinition>();
  const visit = (ladder: LadderDefinition): void => {
    if (found.has(ladder)) return;
    for (const need of ladderNeeds(ladders, ladder)) {
      const other = ladders.find(({ key }) => key === need);
      if (other !== undefined) visit(other);
    }
    found.add(ladder);
  };
  for (const ladder of ladders) visit(ladder);
  const order = [...found];
  ordered.set(ladders, order);
  return order;
}
