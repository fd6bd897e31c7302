import { filterSql } from '../kpi/sql/filter.ts';
import type { Parameters, RowContext } from '../kpi/sql/sql-parts.ts';
import { noTier, withoutTier } from '../model/states.ts';
import { currencyFactors } from '../program/currency.ts';
import { groupsOfNeed } from '../program/ladder-order.ts';
import type { Program } from '../program/load.ts';
import { inProgramByStatus, outsideReason } from '../program/outside.ts';
import type { LadderDefinition } from '../program/schema/ladder.ts';
import { partnerMatches } from './partner-condition.ts';
import type { PartnerFacts } from './types.ts';

/** Whether the program gives tiers; one without only measures, and there is nothing to compare or explain. */
export function hasTiers(program: Pick<Program, 'ladders'>): boolean {
  return program.ladders.length > 0;
}

type Ladders = Pick<Program, 'ladders' | 'regions' | 'attributes' | 'timeZone' | 'calendars'>;

/** The ladder that gives a partner its tier: the first of the program whose types and condition fit; null for none. */
export function ladderOf(program: Ladders, partner: PartnerFacts): LadderDefinition | null {
  return program.ladders.find((ladder) => !ladder.beside && fits(program, ladder, partner)) ?? null;
}

/**
 * The ladder by which a partner is explained where none is asked for: that of its tier; of one that has none the first ladder
 * of tiers beside it. Specialisations stand for no tier. Null for none.
 */
export function shownLadderOf(program: Ladders, partner: PartnerFacts): LadderDefinition | null {
  const beside = program.ladders.filter(isTieredBeside);
  return ladderOf(program, partner) ?? beside.find((ladder) => fits(program, ladder, partner)) ?? null;
}

/** Whether it is a ladder of tiers that partners are on beside the one of their tier; specialisations are held or not. */
export function isTieredBeside({ beside, isSpecialisation }: LadderDefinition): boolean {
  return beside && isSpecialisation !== true;
}

/** Every ladder that a partner is on, those beside the one of its tier included, in the order in which they are decided. */
export function laddersOf(program: Ladders, partner: PartnerFacts): LadderDefinition[] {
  return ladderGroupsOf(program, partner).flat();
}

/** The same; those that ask for each other round in a circle are one group, and decided together. */
export function ladderGroupsOf(program: Ladders, partner: PartnerFacts): LadderDefinition[][] {
  const main = ladderOf(program, partner);
  const isOn = (ladder: LadderDefinition) =>
    ladder === main || (ladder.beside && fits(program, ladder, partner));
  return groupsOfNeed(program.ladders).flatMap((group) => {
    const own = group.filter(isOn);
    return own.length === 0 ? [] : [own];
  });
}

/** How the reason begins for which a partner's last state was closed without another one. */
export const onNoLadder = 'on no ladder';

/** Why a partner is on no ladder, or on none that gives its tier, in words: who the others are open to, those beside a tier too. */
export function noLadderReason(program: Ladders, partner: PartnerFacts): string {
  if (!hasTiers(program)) return 'it measures partners and has no tiers';
  const outside = outsideReason(partner);
  if (outside !== null) return `${outside}, so it takes no part in the program`;
  const types = typesOf(partner);
  const closed = program.ladders.filter((ladder) => !fits(program, ladder, partner));
  if (types.length === 0 && closed.every(({ partnerTypes }) => partnerTypes !== undefined))
    return 'the partner has no partner type in the CRM';
  const own = types.length === 0 ? 'it has no partner type' : `its partner type is ${types.join(', ')}`;
  const kinds = [
    ['the ladders are', closed.filter(({ beside }) => !beside)],
    ['beside them there are', closed.filter(isTieredBeside)],
    ['the specialisations are', closed.filter(({ isSpecialisation }) => isSpecialisation === true)],
  ] as const;
  const open = kinds
    .filter(([, ladders]) => ladders.length > 0)
    .map(([are, ladders]) => `${are} ${ladders.map((one) => openTo(one, types)).join(', ')}`);
  return `${own}, and ${open.join('; ')}`;
}

/** A ladder and the types that it is open to; of one that is open to the types of a partner, that it asks for something else. */
function openTo({ label, partnerTypes, where }: LadderDefinition, types: readonly string[]): string {
  const named = partnerTypes?.join(', ') ?? 'every type';
  const isOfTypes = partnerTypes === undefined || partnerTypes.some((type) => types.includes(type));
  const condition = where !== undefined && isOfTypes ? ', on a condition that it does not meet' : '';
  return `${label} (${named}${condition})`;
}

/** What a partner has or comes to on a ladder, in words. */
export function standingWords(ladder: LadderDefinition, tier: string | null): string {
  return labelOf(ladder, tier) ?? nothingWords(ladder);
}

/** How it is called to hold nothing on a ladder; beside its tier a partner can do so and still have one. */
export function nothingWords({ label, beside }: Pick<LadderDefinition, 'label' | 'beside'>): string {
  return beside ? `${label} not held` : noTier;
}

/** The same as it is said of a partner: "holds Gold", "does not hold Security". */
export function holdsWords(ladder: LadderDefinition, tier: string | null): string {
  const label = labelOf(ladder, tier) ?? (ladder.beside ? null : noTier);
  return label === null ? `does not hold ${ladder.label}` : `holds ${label}`;
}

/** That it goes on so: "stays Gold", "still does not hold Security". */
export function staysWords(ladder: LadderDefinition, tier: string | null): string {
  const label = labelOf(ladder, tier) ?? (ladder.beside ? null : withoutTier);
  return label === null ? `still does not hold ${ladder.label}` : `stays ${label}`;
}

/** The label of a tier as people know it; null for none. */
export function labelOf({ tiers }: LadderDefinition, tier: string | null): string | null {
  return tier === null ? null : (tiers.find(({ key }) => key === tier)?.label ?? tier);
}

function typesOf({ types }: PartnerFacts): readonly string[] {
  return Array.isArray(types) ? types : [];
}

function fits(program: Ladders, { partnerTypes, where }: LadderDefinition, partner: PartnerFacts): boolean {
  if (outsideReason(partner) !== null) return false;
  const types = typesOf(partner);
  if (partnerTypes !== undefined && !partnerTypes.some((type) => types.includes(type))) return false;
  return where === undefined || partnerMatches(program, partner, where);
}

/** The same as a condition on tierlink.partner r: whether any ladder fits. */
export function anyLadderSql(program: Program, parameters: Parameters): string {
  const context: RowContext = {
    entity: 'partner',
    root: 'r',
    isGathered: false,
    parameters,
    timeZone: program.timeZone,
    custom: program.attributes,
    currency: currencyFactors(program),
    rateDay: () => 'null::date',
    rates: { isUsed: false },
    joins: new Map(),
    unrated: [],
    regions: program.regions,
    calendars: program.calendars,
  };
  const conditions = program.ladders.map(({ partnerTypes, where }) => {
    const types =
      partnerTypes === undefined
        ? 'true'
        : `coalesce(r.types && ${parameters.add(partnerTypes, 'text[]')}, false)`;
    return `(${types} and ${where === undefined ? 'true' : filterSql(context, where)})`;
  });
  return conditions.length === 0
    ? 'false'
    : `(${filterSql(context, inProgramByStatus)} and (${conditions.join(' or ')}))`;
}
