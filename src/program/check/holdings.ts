import { countedOf, groupsOfNeed, laddersAsked, specialisationsOf } from '../ladder-order.ts';
import { keyMeant } from '../names.ts';
import { type LeafAt, leavesAt, leavesOf } from '../requirement-leaves.ts';
import type { HeldSpecialisations, HeldTier, LadderDefinition, TierDefinition } from '../schema/ladder.ts';
import { requirementsOf } from '../schema/ladder.ts';
import type { ProgramDefinition } from '../schema/schema.ts';
import type { PathKey } from '../source.ts';
import { laddersOfFile } from '../specialisations.ts';
import type { Report } from './check.ts';
import { type TierPlace, tierCircle, tiersAsked } from './tier-circles.ts';

/** Reports what is wrong with what tiers ask of other ladders: unknown ones, more than there are, each other in a circle. */
export function checkHoldings(
  report: Report,
  program: ProgramDefinition,
  asking: LadderDefinition,
  path: PathKey[],
): void {
  const ladders = laddersOfFile(program);
  // Keys may be there twice; the place is that of this one.
  const [list, index] = path as ['ladders' | 'specialisations', number];
  const ladder = ladders[list === 'ladders' ? index : program.ladders.length + index] ?? asking;
  const all = ladder.tiers.flatMap((tier, index) =>
    (['requirements', 'keepRequirements'] as const).flatMap((key) =>
      leavesAt(tier[key], [...path, 'tiers', index, key]).map((leaf) => ({ ...leaf, tier })),
    ),
  );
  for (const { item, at } of all) {
    if (item.holds !== undefined) checkHolds(report, ladders, item.holds, [...at, 'holds']);
    if (item.specialisations !== undefined)
      checkCount(report, ladders, item.specialisations, [...at, 'specialisations']);
  }
  const own = all.find(({ item }) => laddersAsked(ladders, item).includes(ladder.key));
  if (own !== undefined) report('PROGRAM_CIRCLE', own.at, ownWords(ladder));
  else if (!checkCircles(report, { ladders, ladder, all })) checkDenied(report, { ladders, ladder, all });
}

interface Asking {
  ladders: readonly LadderDefinition[];
  ladder: LadderDefinition;
  /** What its tiers ask. */
  all: readonly (LeafAt & { tier: TierDefinition })[];
}

function ownWords({ label }: LadderDefinition): string {
  return `${label} cannot ask for itself; for what keeping a tier takes, write keepRequirements, and for one step at a time movement: { stepsUp: 1 }`;
}

/** Reports tiers that ask for each other in a circle, at the first one of the file; returns whether there are any. */
function checkCircles(report: Report, { ladders, ladder, all }: Asking): boolean {
  const rank = ({ ladder: of, tier }: TierPlace) => [ladders.indexOf(of), of.tiers.indexOf(tier)] as const;
  const isBehind = (one: TierPlace, other: TierPlace) => {
    const [[ladderOf, tierOf], [first, lowest]] = [rank(one), rank(other)];
    return ladderOf > first || (ladderOf === first && tierOf >= lowest);
  };
  let isFound = false;
  for (const tier of ladder.tiers) {
    const from = { ladder, tier };
    const circle = tierCircle(ladders, from);
    isFound ||= circle !== undefined;
    if (!circle?.every((one) => isBehind(one, from))) continue;
    const asking = all.find(
      (leaf) => leaf.tier === tier && tiersAsked(ladders, leaf).some((one) => one.tier === circle[1]!.tier),
    );
    report(
      'PROGRAM_CIRCLE',
      asking!.at,
      `none of them could be decided first: ${circle.map(placeWords).join(' asks for ')}`,
    );
  }
  return isFound;
}

function placeWords({ ladder, tier }: TierPlace): string {
  return ladder.tiers.length === 1 ? ladder.label : `${ladder.label} ${tier.label}`;
}

/**
 * Reports what is denied of a ladder that asks for this one in turn. Such ladders are decided together, by what is held on
 * each; who gained one tier would lose another by it, and there might be no end to that.
 */
function checkDenied(report: Report, { ladders, ladder, all }: Asking): void {
  const group = groupsOfNeed(ladders).find((one) => one.includes(ladder)) ?? [];
  for (const { item, at, isDenied } of all) {
    const other = group.find(({ key }) => isDenied && laddersAsked(ladders, item).includes(key));
    if (other === undefined) continue;
    const reason = `${other.label} rests on ${ladder.label} in turn, and where it does, nothing of it can be asked not to be held`;
    report('PROGRAM_CIRCLE', at, `${reason}; leave the "not" out, or what ${other.label} asks for`);
  }
}

function checkHolds(
  report: Report,
  ladders: readonly LadderDefinition[],
  { ladder: key, atLeast }: HeldTier,
  path: PathKey[],
): void {
  const found = ladders.find((one) => one.key === key);
  if (found === undefined) {
    report(
      'PROGRAM_UNKNOWN_LADDER',
      [...path, 'ladder'],
      `"${key}" is no ladder and no specialisation${keyMeant(key, ladders)}`,
      ['specialisations'],
    );
    return;
  }
  if (atLeast === undefined) return;
  if (found.isSpecialisation)
    report(
      'PROGRAM_NO_EFFECT',
      [...path, 'atLeast'],
      `${found.label} is a specialisation, which is held or not; leave it out`,
    );
  else if (!found.tiers.some((tier) => tier.key === atLeast))
    report(
      'PROGRAM_UNKNOWN_TIER',
      [...path, 'atLeast'],
      `"${atLeast}" is not a tier of ${found.label}${keyMeant(atLeast, found.tiers)}`,
    );
}

function checkCount(
  report: Report,
  ladders: readonly LadderDefinition[],
  asked: HeldSpecialisations,
  path: PathKey[],
): void {
  const { atLeast, of, includingOneOf } = asked;
  const named = specialisationsOf(ladders);
  const known = named.map(({ key }) => key);
  if (known.length === 0) {
    const reason = `the program has no specialisations${ladderMeant(ladders, [...(of ?? []), ...(includingOneOf ?? [])])}`;
    report('PROGRAM_MISSING_PART', path, reason, ['specialisations']);
    return;
  }
  const counted = countedOf(ladders, asked);
  const isCounted = (key: string) => counted.some((one) => one.key === key);
  for (const [name, keys] of Object.entries({ of, includingOneOf })) {
    keys?.forEach((key, index) => {
      const at = [...path, name, index];
      if (!known.includes(key))
        report(
          'PROGRAM_UNKNOWN_LADDER',
          at,
          `"${key}" is no specialisation${ladderMeant(ladders, [key]) || keyMeant(key, named)}`,
          ['specialisations'],
        );
      else if (keys.indexOf(key) !== index) report('PROGRAM_DUPLICATE', at, `"${key}" is there twice`);
      else if (name === 'includingOneOf' && !isCounted(key))
        report(
          'PROGRAM_NOT_COUNTED',
          at,
          of === undefined
            ? `"${key}" does not count here: it says "counted: false"; leave that out, or write "of" with those that count`
            : `"${key}" does not count here: it is not under "of"`,
        );
    });
  }
  const most = (of ?? counted).length;
  if (atLeast > most)
    report('PROGRAM_TOO_MANY_ASKED', [...path, 'atLeast'], `asks for ${atLeast} of ${most}`, [
      'specialisations',
    ]);
  else if (of === undefined) checkSeats(report, counted, path);
}

/** How ladders of tiers are counted, where one is named among specialisations; '' where none is. */
function ladderMeant(ladders: readonly LadderDefinition[], keys: readonly string[]): string {
  const found = ladders.find(({ key, isSpecialisation }) => isSpecialisation !== true && keys.includes(key));
  if (found === undefined) return '';
  const top = found.tiers.at(-1)!.key;
  return `; ${found.key} is a ladder of tiers, and such are counted by atLeastOf: { n: 1, of: [{ holds: { ladder: ${found.key}, atLeast: ${top} } }] }`;
}

/**
 * Warns where everything held counts and something among it is given by a fact on file alone: a seat on a council is held
 * like a specialisation, and is none. Where the file says whether it counts, that was meant.
 */
function checkSeats(report: Report, counted: readonly LadderDefinition[], path: PathKey[]): void {
  const isSeat = ({ counted: said, tiers }: LadderDefinition) =>
    said === undefined &&
    tiers
      .flatMap(requirementsOf)
      .flatMap(leavesOf)
      .every(({ fact }) => fact !== undefined);
  const seats = counted.filter(isSeat);
  // Where all are given that way, that is how the program gives specialisations.
  if (seats.length === 0 || seats.length === counted.length) return;
  const names = seats.map(({ label }) => label).join(', ');
  const reason = `counts ${names}, for which only a fact is asked; write "counted: false" there if it is no specialisation, "counted: true" if it is, or "of" here with those that count`;
  report('PROGRAM_SEAT_COUNTED', path, reason, ['specialisations']);
}
