import { reasonOrNull } from '../../kpi/state-reason.ts';
import { noTier } from '../../model/states.ts';
import { addDays, addMonths } from '../../program/civil-date.ts';
import { countedOf, laddersAsked } from '../../program/ladder-order.ts';
import type {
  HeldSpecialisations,
  HeldTier,
  LadderDefinition,
  Requirement,
} from '../../program/schema/ladder.ts';
import { labelOf } from '../ladder-of.ts';
import type { Holding, RequirementEvidence, TierSpells } from '../types.ts';

export interface HoldingInputs {
  ladders: readonly LadderDefinition[];
  /** By ladder; one that the partner is not on is not there. */
  holdings: ReadonlyMap<string, Holding>;
  /** What it held before, by ladder, where rules look back on that. */
  spells: ReadonlyMap<string, TierSpells>;
  /** Day of the evaluation; null where nothing is evaluated. */
  asOf: string | null;
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
  const pending = found.isMet ? null : (found.unrecorded ?? null);
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
    state: pending === null ? (isMet ? 'met' : 'not_met') : 'pending',
    reason: open === undefined ? pending : reasonOrNull(open.reason),
    counted: holdings.filter(({ tier }) => tier !== null).length,
    excluded: 0,
    isCertain: open === undefined,
    ...(open === undefined ? {} : { waitsFor: open.reason! }),
    partnerCondition: null,
    fact: null,
    waiver: null,
    holdings: [...new Set(holdings)],
    ...(found.changesOn === undefined ? {} : { changesOn: found.changesOn }),
  };
}

interface Found {
  has: string;
  gapText: string | null;
  isMet: boolean;
  /** The same if every ladder gave the most that late or partial inputs leave possible. */
  couldBeMet: boolean;
  /** Why it is not known although it is not held today; absent where it is known. */
  unrecorded?: string;
  changesOn?: string;
}

/** What a requirement for other ladders is called, and what it asks for. */
export function holdingWords(
  ladders: readonly LadderDefinition[],
  requirement: Requirement,
): { label: string; needs: string } {
  const one = requirement.holds ?? requirement.holdsNot;
  if (one !== undefined) {
    const ladder = ladders.find(({ key }) => key === one.ladder)!;
    const { withinMonths: months } = one;
    const since = months === undefined ? '' : ` within ${months === 1 ? 'this month' : `${months} months`}`;
    if (ladder.isSpecialisation === true) return { label: ladder.label, needs: `held${since}` };
    const wanted = labelOf(ladder, one.atLeast ?? null);
    const isHighest = one.atLeast === ladder.tiers.at(-1)!.key;
    return {
      label: ladder.label,
      needs: `${wanted === null ? 'a tier' : isHighest ? wanted : `${wanted} or higher`}${since}`,
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

function tierOf(inputs: HoldingInputs, asked: HeldTier): Found {
  const { ladders, holdings } = inputs;
  const { ladder: key, atLeast, withinMonths } = asked;
  const ladder = ladders.find((one) => one.key === key)!;
  const holding = holdings.get(key);
  const isMet = reaches(holding?.tier, { ladder, atLeast });
  const tier = labelOf(ladder, holding?.tier ?? null);
  const today: Found = {
    has:
      ladder.isSpecialisation === true
        ? isMet
          ? 'held'
          : 'not held'
        : (tier ?? (ladder.beside ? 'not held' : noTier)),
    gapText: null,
    isMet,
    couldBeMet: isMet || reaches(holding?.mayReach, { ladder, atLeast }),
  };
  if (isMet || withinMonths === undefined || inputs.asOf === null) return today;
  return {
    ...today,
    ...heldBefore(inputs.spells.get(key), { ladder, atLeast, withinMonths, asOf: inputs.asOf }),
  };
}

/** Whether it was held on a day of the months before, as far as that was recorded. */
function heldBefore(
  known: TierSpells | undefined,
  of: Asked & { withinMonths: number; asOf: string },
): Partial<Found> {
  const { withinMonths, asOf } = of;
  const start = addMonths(monthOf(asOf), 1 - withinMonths);
  const { recordedFrom = null, spells = [] } = known ?? {};
  const endOf = (index: number) => spells[index + 1]?.from ?? asOf;
  // What was lost again on the day on which it came was held on no day.
  const last = spells.findLastIndex(({ tier, from }, index) => reaches(tier, of) && from < endOf(index));
  if (last !== -1) {
    const lastDay = addDays(endOf(last), -1);
    const has = `last on ${lastDay}`;
    if (lastDay >= start)
      return { has, isMet: true, couldBeMet: true, changesOn: addMonths(monthOf(lastDay), withinMonths) };
  }
  if (recordedFrom !== null && recordedFrom <= start) return {};
  if (recordedFrom === null) return { unrecorded: 'what was held before is not available' };
  const first = monthOf(recordedFrom);
  const whole = first === recordedFrom ? first : addMonths(first, 1);
  return {
    unrecorded: `what was held before ${recordedFrom} is not available`,
    changesOn: addMonths(whole, withinMonths - 1),
  };
}

function monthOf(day: string): string {
  return `${day.slice(0, 7)}-01`;
}

function countOf({ ladders, holdings }: HoldingInputs, asked: HeldSpecialisations): Found {
  const { atLeast, includingOneOf = [] } = asked;
  const counted = countedOf(ladders, asked);
  const held = counted.filter((ladder) =>
    reaches(holdings.get(ladder.key)?.tier, { ladder, atLeast: undefined }),
  );
  const possible = counted.filter((ladder) => {
    return (
      held.includes(ladder) || reaches(holdings.get(ladder.key)?.mayReach, { ladder, atLeast: undefined })
    );
  });
  const isIncluded = (those: readonly LadderDefinition[]) =>
    includingOneOf.length === 0 || those.some(({ key }) => includingOneOf.includes(key));
  const isEnough = (those: readonly LadderDefinition[]) => those.length >= atLeast && isIncluded(those);
  const lacking = atLeast - held.length;
  const wanted = labelsOf(ladders, includingOneOf);
  const named = `${lacking === 1 ? ':' : ', one of them'} ${wanted.join(' or ')}`;
  return {
    has: held.length === 0 ? 'none' : `${held.length}: ${held.map(({ label }) => label).join(', ')}`,
    gapText: lacking > 0 ? `${lacking} more${isIncluded(held) ? '' : named}` : `one of ${wanted.join(', ')}`,
    isMet: isEnough(held),
    couldBeMet: isEnough(possible),
  };
}

function reaches(tier: string | null | undefined, { ladder, atLeast }: Asked): boolean {
  if (tier === null || tier === undefined) return false;
  const rank = (key: string) => ladder.tiers.findIndex((one) => one.key === key);
  return atLeast === undefined || rank(tier) >= rank(atLeast);
}
