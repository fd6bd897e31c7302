import { laddersAsked } from '../program/ladder-order.ts';
import type { LadderDefinition, Requirement } from '../program/schema-ladder.ts';
import type { Holding, RequirementEvidence } from './types.ts';

export interface HoldingInputs {
  ladders: readonly LadderDefinition[];
  /** By ladder; one that the partner is not on is not there. */
  holdings: ReadonlyMap<string, Holding>;
}

/** What is asked of one ladder: this tier or a higher one; null for any. */
interface Asked {
  ladder: LadderDefinition;
  atLeast: string | null;
}

/** Whether a partner holds the tier of another ladder, or the specialisations, that a requirement asks for. */
export function holdingEvidence(
  inputs: HoldingInputs,
  { requirement, id }: { requirement: Requirement; id: string },
): RequirementEvidence {
  const isWanted = requirement.holdsNot === undefined && requirement.specialisationsNot === undefined;
  const found =
    (requirement.holds ?? requirement.holdsNot) === undefined
      ? countOf(inputs, requirement)
      : tierOf(inputs, requirement);
  const holdings = laddersAsked(inputs.ladders, requirement).flatMap((key) => inputs.holdings.get(key) ?? []);
  const open = found.isMet === found.couldBeMet ? undefined : holdings.find(({ reason }) => reason !== null);
  const isMet = found.isMet === isWanted;
  return {
    id,
    label: requirement.label ?? (isWanted ? found.label : `not ${found.label}`),
    kpi: null,
    unit: null,
    currency: null,
    value: null,
    bound: null,
    threshold: null,
    gap: null,
    needs: isWanted ? found.needs : `not ${found.needs}`,
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
    holdings: unique(holdings),
  };
}

interface Found {
  label: string;
  needs: string;
  has: string;
  gapText: string | null;
  isMet: boolean;
  /** The same if every ladder gave the most that late or partial inputs leave possible. */
  couldBeMet: boolean;
}

function tierOf({ ladders, holdings }: HoldingInputs, requirement: Requirement): Found {
  const { ladder: key, atLeast = null } = (requirement.holds ?? requirement.holdsNot)!;
  const ladder = ladders.find((one) => one.key === key)!;
  const holding = holdings.get(key);
  const tierLabel = (tier: string | null) => ladder.tiers.find((one) => one.key === tier)?.label ?? null;
  const isHeld = { isMet: reaches(holding?.tier, { ladder, atLeast }) };
  const couldBeMet = isHeld.isMet || reaches(holding?.mayReach, { ladder, atLeast });
  if (ladder.isSpecialisation === true)
    return {
      label: ladder.label,
      needs: 'held',
      has: isHeld.isMet ? 'held' : 'not held',
      gapText: null,
      ...isHeld,
      couldBeMet,
    };
  const needs = atLeast === null ? 'a tier' : `${tierLabel(atLeast)} or higher`;
  return {
    label: ladder.label,
    needs: atLeast === ladder.tiers.at(-1)!.key ? tierLabel(atLeast)! : needs,
    has: tierLabel(holding?.tier ?? null) ?? 'no tier',
    gapText: null,
    ...isHeld,
    couldBeMet,
  };
}

function countOf({ ladders, holdings }: HoldingInputs, requirement: Requirement): Found {
  const asked = (requirement.specialisations ?? requirement.specialisationsNot)!;
  const all = ladders.filter(({ isSpecialisation }) => isSpecialisation === true);
  const counted = all.filter(({ key }) => asked.of === undefined || asked.of.includes(key));
  const included = all.filter(({ key }) => asked.includingOneOf?.includes(key) === true);
  const held = counted.filter((ladder) => reaches(holdings.get(ladder.key)?.tier, { ladder, atLeast: null }));
  const possible = counted.filter(
    (ladder) =>
      held.includes(ladder) || reaches(holdings.get(ladder.key)?.mayReach, { ladder, atLeast: null }),
  );
  const isEnough = (those: readonly LadderDefinition[]) =>
    those.length >= asked.atLeast && (included.length === 0 || those.some((one) => included.includes(one)));
  const lacking = asked.atLeast - held.length;
  const labels = (those: readonly LadderDefinition[]) => those.map(({ label }) => label);
  const among = asked.of === undefined ? '' : ` of ${labels(counted).join(', ')}`;
  const oneOf = included.length === 0 ? '' : `, one of them ${labels(included).join(' or ')}`;
  return {
    label: 'Specialisations',
    needs: `${asked.atLeast}${among}${oneOf}`,
    has: held.length === 0 ? 'none' : `${held.length}: ${labels(held).join(', ')}`,
    gapText: lacking > 0 ? `${lacking} more` : `one of ${labels(included).join(', ')}`,
    isMet: isEnough(held),
    couldBeMet: isEnough(possible),
  };
}

function reaches(tier: string | null | undefined, { ladder, atLeast }: Asked): boolean {
  if (tier === null || tier === undefined) return false;
  const rank = (key: string) => ladder.tiers.findIndex((one) => one.key === key);
  return atLeast === null || rank(tier) >= rank(atLeast);
}

function unique(holdings: readonly Holding[]): Holding[] {
  return [...new Set(holdings)];
}
