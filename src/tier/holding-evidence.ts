import { laddersAsked, specialisationsOf } from '../program/ladder-order.ts';
import type {
  HeldSpecialisations,
  HeldTier,
  LadderDefinition,
  Requirement,
} from '../program/schema-ladder.ts';
import { labelOf } from './ladder-of.ts';
import type { Holding, RequirementEvidence } from './types.ts';

export interface HoldingInputs {
  ladders: readonly LadderDefinition[];
  /** By ladder; one that the partner is not on is not there. */
  holdings: ReadonlyMap<string, Holding>;
}

/** What is asked of one ladder: this tier or a higher one; undefined for any. */
interface Asked {
  ladder: LadderDefinition;
  atLeast: string | undefined;
}

/** Whether a partner holds the tier of another ladder, or the specialisations, that a requirement asks for. */
export function holdingEvidence(
  inputs: HoldingInputs,
  { requirement, id }: { requirement: Requirement; id: string },
): RequirementEvidence {
  const isWanted = requirement.holdsNot === undefined && requirement.specialisationsNot === undefined;
  const one = requirement.holds ?? requirement.holdsNot;
  const many = requirement.specialisations ?? requirement.specialisationsNot;
  const found = one === undefined ? countOf(inputs, many!) : tierOf(inputs, one);
  const { label, needs } = holdingWords(inputs.ladders, requirement);
  const holdings = laddersAsked(inputs.ladders, requirement).flatMap((key) => inputs.holdings.get(key) ?? []);
  const open = found.isMet === found.couldBeMet ? undefined : holdings.find(({ reason }) => reason !== null);
  const isMet = found.isMet === isWanted;
  return {
    id,
    label: requirement.label ?? label,
    kpi: null,
    unit: null,
    currency: null,
    value: null,
    bound: null,
    threshold: null,
    gap: null,
    needs: isWanted ? needs : `not ${needs}`,
    has: found.has,
    gapText: isMet || !isWanted ? null : found.gapText,
    state: isMet ? 'met' : 'not_met',
    reason: open?.reason ?? null,
    counted: holdings.filter(({ tier }) => tier !== null).length,
    excluded: 0,
    isCertain: open === undefined,
    partnerCondition: null,
    fact: null,
    waiver: null,
    holdings: [...new Set(holdings)],
  };
}

interface Found {
  has: string;
  gapText: string | null;
  isMet: boolean;
  /** The same if every ladder gave the most that late or partial inputs leave possible. */
  couldBeMet: boolean;
}

/** What a requirement for other ladders is called, and what it asks for. */
export function holdingWords(
  ladders: readonly LadderDefinition[],
  requirement: Requirement,
): { label: string; needs: string } {
  const one = requirement.holds ?? requirement.holdsNot;
  if (one !== undefined) {
    const ladder = ladders.find(({ key }) => key === one.ladder)!;
    if (ladder.isSpecialisation === true) return { label: ladder.label, needs: 'held' };
    const wanted = labelOf(ladder, one.atLeast ?? null);
    const isHighest = one.atLeast === ladder.tiers.at(-1)!.key;
    return {
      label: ladder.label,
      needs: wanted === null ? 'a tier' : isHighest ? wanted : `${wanted} or higher`,
    };
  }
  const {
    atLeast,
    of,
    includingOneOf = [],
  } = (requirement.specialisations ?? requirement.specialisationsNot)!;
  const among = of === undefined ? '' : ` of ${labelsOf(ladders, of).join(', ')}`;
  const oneOf = labelsOf(ladders, includingOneOf).join(' or ');
  return {
    label: 'Specialisations',
    needs: `${atLeast}${among}${oneOf === '' ? '' : `, one of them ${oneOf}`}`,
  };
}

function labelsOf(ladders: readonly LadderDefinition[], keys: readonly string[]): string[] {
  return ladders.filter(({ key }) => keys.includes(key)).map(({ label }) => label);
}

function tierOf({ ladders, holdings }: HoldingInputs, { ladder: key, atLeast }: HeldTier): Found {
  const ladder = ladders.find((one) => one.key === key)!;
  const holding = holdings.get(key);
  const isMet = reaches(holding?.tier, { ladder, atLeast });
  const tier = labelOf(ladder, holding?.tier ?? null);
  return {
    has: ladder.isSpecialisation === true ? (isMet ? 'held' : 'not held') : (tier ?? 'no tier'),
    gapText: null,
    isMet,
    couldBeMet: isMet || reaches(holding?.mayReach, { ladder, atLeast }),
  };
}

function countOf({ ladders, holdings }: HoldingInputs, asked: HeldSpecialisations): Found {
  const { atLeast, of, includingOneOf = [] } = asked;
  const counted = specialisationsOf(ladders).filter(({ key }) => of === undefined || of.includes(key));
  const held = counted.filter((ladder) =>
    reaches(holdings.get(ladder.key)?.tier, { ladder, atLeast: undefined }),
  );
  const possible = counted.filter((ladder) => {
    return (
      held.includes(ladder) || reaches(holdings.get(ladder.key)?.mayReach, { ladder, atLeast: undefined })
    );
  });
  const isEnough = (those: readonly LadderDefinition[]) =>
    those.length >= atLeast &&
    (includingOneOf.length === 0 || those.some(({ key }) => includingOneOf.includes(key)));
  const lacking = atLeast - held.length;
  return {
    has: held.length === 0 ? 'none' : `${held.length}: ${held.map(({ label }) => label).join(', ')}`,
    gapText: lacking > 0 ? `${lacking} more` : `one of ${labelsOf(ladders, includingOneOf).join(', ')}`,
    isMet: isEnough(held),
    couldBeMet: isEnough(possible),
  };
}

function reaches(tier: string | null | undefined, { ladder, atLeast }: Asked): boolean {
  if (tier === null || tier === undefined) return false;
  const rank = (key: string) => ladder.tiers.findIndex((one) => one.key === key);
  return atLeast === undefined || rank(tier) >= rank(atLeast);
}
