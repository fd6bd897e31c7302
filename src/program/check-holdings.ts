import type { Report } from './check.ts';
import { ladderCycle, laddersAsked, specialisationsOf } from './ladder-order.ts';
import { keyMeant } from './names.ts';
import { leavesAt } from './requirement-leaves.ts';
import type { ProgramDefinition } from './schema.ts';
import type { HeldSpecialisations, HeldTier, LadderDefinition } from './schema-ladder.ts';
import type { PathKey } from './source.ts';
import { laddersOfFile } from './specialisations.ts';

/** Reports what is wrong with what tiers ask of other ladders: unknown ones, more than there are, each other in a circle. */
export function checkHoldings(
  report: Report,
  program: ProgramDefinition,
  ladder: LadderDefinition,
  path: PathKey[],
): void {
  const ladders = laddersOfFile(program);
  const cycle = ladderCycle(ladders, ladder.key);
  const rank = (key: string) => ladders.findIndex((one) => one.key === key);
  // Of the ladders of a circle, the first one of the file is told.
  let next = cycle?.every((key) => rank(key) >= rank(ladder.key)) ? cycle[1] : undefined;
  ladder.tiers.forEach((tier, index) => {
    for (const key of ['requirements', 'keepRequirements'] as const) {
      for (const { item, at } of leavesAt(tier[key], [...path, 'tiers', index, key])) {
        if (item.holds !== undefined) checkHolds(report, ladders, item.holds, [...at, 'holds']);
        if (item.specialisations !== undefined)
          checkCount(report, ladders, item.specialisations, [...at, 'specialisations']);
        if (next === undefined || !laddersAsked(ladders, item).includes(next)) continue;
        report(at, circleWords(ladders, cycle!));
        next = undefined;
      }
    }
  });
}

function circleWords(ladders: readonly LadderDefinition[], cycle: readonly string[]): string {
  const label = (key: string) => ladders.find((one) => one.key === key)?.label ?? key;
  if (cycle.length === 2)
    return `${label(cycle[0]!)} cannot ask for itself; for what keeping a tier takes, write keepRequirements, and for one step at a time movement: { stepsUp: 1 }`;
  return `none of them could be decided first: ${cycle.map(label).join(' asks for ')}`;
}

function checkHolds(
  report: Report,
  ladders: readonly LadderDefinition[],
  { ladder: key, atLeast }: HeldTier,
  path: PathKey[],
): void {
  const found = ladders.find((one) => one.key === key);
  if (found === undefined) {
    report([...path, 'ladder'], `"${key}" is no ladder and no specialisation${keyMeant(key, ladders)}`, [
      'specialisations',
    ]);
    return;
  }
  if (atLeast === undefined) return;
  if (found.isSpecialisation)
    report([...path, 'atLeast'], `${found.label} is a specialisation, which is held or not; leave it out`);
  else if (!found.tiers.some((tier) => tier.key === atLeast))
    report(
      [...path, 'atLeast'],
      `"${atLeast}" is not a tier of ${found.label}${keyMeant(atLeast, found.tiers)}`,
    );
}

function checkCount(
  report: Report,
  ladders: readonly LadderDefinition[],
  { atLeast, of, includingOneOf }: HeldSpecialisations,
  path: PathKey[],
): void {
  const named = specialisationsOf(ladders);
  const known = named.map(({ key }) => key);
  if (known.length === 0) {
    report(path, 'the program has no specialisations', ['specialisations']);
    return;
  }
  for (const [name, keys] of Object.entries({ of, includingOneOf })) {
    keys?.forEach((key, index) => {
      const at = [...path, name, index];
      if (!known.includes(key))
        report(at, `"${key}" is no specialisation${keyMeant(key, named)}`, ['specialisations']);
      else if (keys.indexOf(key) !== index) report(at, `"${key}" is there twice`);
      else if (name === 'includingOneOf' && of !== undefined && !of.includes(key))
        report(at, `"${key}" does not count here: it is not under "of"`);
    });
  }
  const most = (of ?? known).length;
  if (atLeast > most) report([...path, 'atLeast'], `asks for ${atLeast} of ${most}`, ['specialisations']);
}
