import { leavesOf } from './requirement-leaves.ts';
import type { HeldSpecialisations, LadderDefinition, Requirement } from './schema/ladder.ts';
import { requirementsOf } from './schema/ladder.ts';

/** The ladders whose tiers a requirement looks at. */
export function laddersAsked(
  ladders: readonly LadderDefinition[],
  { holds, holdsNot, specialisations, specialisationsNot }: Requirement,
): string[] {
  const one = holds ?? holdsNot;
  const many = specialisations ?? specialisationsNot;
  const counted = many && (many.of ?? countedOf(ladders, many).map(({ key }) => key));
  return [...(one === undefined ? [] : [one.ladder]), ...(counted ?? []), ...(many?.includingOneOf ?? [])];
}

/** The specialisations among ladders, in the order of the file. */
export function specialisationsOf(ladders: readonly LadderDefinition[]): LadderDefinition[] {
  return ladders.filter(({ isSpecialisation }) => isSpecialisation === true);
}

/** Those that a requirement on a number of them counts: the ones that it names, else all that do not say otherwise. */
export function countedOf(
  ladders: readonly LadderDefinition[],
  { of }: Pick<HeldSpecialisations, 'of'>,
): LadderDefinition[] {
  return specialisationsOf(ladders).filter(({ key, counted }) =>
    of === undefined ? counted !== false : of.includes(key),
  );
}

/** The ladders of which some tier of this one asks something. */
export function ladderNeeds(ladders: readonly LadderDefinition[], ladder: LadderDefinition): string[] {
  const asked = ladder.tiers.flatMap(requirementsOf).flatMap(leavesOf);
  return [...new Set(asked.flatMap((leaf) => laddersAsked(ladders, leaf)))];
}

const grouped = new WeakMap<readonly LadderDefinition[], LadderDefinition[][]>();

/**
 * The ladders in the order in which they are decided, each behind those whose tiers it asks for, else as in the file. Those
 * that ask for each other round in a circle are one group and are decided together.
 */
export function groupsOfNeed(ladders: readonly LadderDefinition[]): LadderDefinition[][] {
  const known = grouped.get(ladders);
  if (known !== undefined) return known;
  const groups = groupsOf(ladders);
  grouped.set(ladders, groups);
  return groups;
}

/** Strongly connected parts, by Tarjan's algorithm: each comes out behind those that it needs. */
function groupsOf(ladders: readonly LadderDefinition[]): LadderDefinition[][] {
  const places = new Map<LadderDefinition, number>();
  const open: LadderDefinition[] = [];
  const groups: LadderDefinition[][] = [];
  /** The earliest ladder still open that it leads back to. */
  const visit = (ladder: LadderDefinition): number => {
    const place = places.size;
    places.set(ladder, place);
    open.push(ladder);
    let earliest = place;
    for (const need of ladderNeeds(ladders, ladder)) {
      const other = ladders.find(({ key }) => key === need);
      if (other === undefined) continue;
      if (!places.has(other)) earliest = Math.min(earliest, visit(other));
      else if (open.includes(other)) earliest = Math.min(earliest, places.get(other)!);
    }
    if (earliest === place) groups.push(inside(ladders, open.splice(open.indexOf(ladder))));
    return earliest;
  };
  for (const ladder of ladders) if (!places.has(ladder)) visit(ladder);
  return groups;
}

/**
 * A group in the order in which its decisions are recorded: the ladder of the partner's tier last, because what a decision
 * about a tier rests on has to be on record before it.
 */
function inside(
  ladders: readonly LadderDefinition[],
  group: readonly LadderDefinition[],
): LadderDefinition[] {
  const own = ladders.filter((ladder) => group.includes(ladder));
  return [...own.filter(({ beside }) => beside), ...own.filter(({ beside }) => !beside)];
}
