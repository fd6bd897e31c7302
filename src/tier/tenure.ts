import { addDuration, laterDay, parseDuration } from '../program/civil-date.ts';
import type { LadderDefinition, TierDefinition } from '../program/schema/ladder.ts';
import type { TierState } from './types.ts';

/** Whether a ladder asks for time in the program, so that a partner without its first day rises no further. */
export function asksForStart({ tiers }: Pick<LadderDefinition, 'tiers'>): boolean {
  return tiers.some(({ minimumTenure }) => minimumTenure?.inProgram !== undefined);
}

/** How long a partner has been where it is, as rises ask for it. */
export interface Tenure {
  ladder: LadderDefinition;
  held: Pick<TierState, 'tier' | 'since'>;
  /** Its first day in the program; null where that is blank. */
  startedOn: string | null;
}

/**
 * The first day on which the time that a tier asks for is over, for a partner that rises to it, or through it, from the tier
 * that it holds: '' where it asks for none, null where that day is not known yet.
 */
export function tenureDay(tenure: Tenure, rank: number): string | null {
  const { ladder, held, startedOn } = tenure;
  const own = ladder.tiers[rank]!.minimumTenure;
  if (own === undefined)
    return held.tier === null ? '' : timeAfter(held.since, ladder.movement.minimumTenure);
  const inProgram =
    own.inProgram !== undefined && startedOn === null ? null : timeAfter(startedOn, own.inProgram);
  // Who is further down is on the tier below no day yet.
  const isNext = rankHeld(tenure) === rank - 1;
  const below = own.inTierBelow === undefined || isNext ? timeAfter(held.since, own.inTierBelow) : null;
  return inProgram === null || below === null ? null : laterDay(inProgram, below);
}

/** The highest tier, up to one that is earned, to which the tenure lets a partner rise on a day; that which it holds for none. */
export function ripeRank(tenure: Tenure, { earned, asOf }: { earned: number; asOf: string }): number {
  let ripe = rankHeld(tenure);
  for (; ripe < earned; ripe += 1) {
    const day = tenureDay(tenure, ripe + 1);
    if (day === null || day > asOf) return ripe;
  }
  return ripe;
}

/**
 * The day on which the time is over that the tier above the one held asks for, of which there is one: '' where it is over by
 * a day, or none is asked for, null where it is not known yet.
 */
export function tenureLeft(tenure: Tenure, asOf: string): string | null {
  const day = tenureDay(tenure, rankHeld(tenure) + 1);
  return day === null || day > asOf ? day : '';
}

/** The days on which the time ends that the next tiers ask for. */
export function tenureDays(tenure: Tenure): string[] {
  const above = rankHeld(tenure) + 1;
  return tenure.ladder.tiers.flatMap((_tier, rank) => (rank < above ? [] : tenureDay(tenure, rank) || []));
}

/** What a tier asks for in words: "6 months in the program and 12 months as Gold". */
export function tenureWords({ tiers }: Pick<LadderDefinition, 'tiers'>, tier: TierDefinition): string {
  const { inProgram, inTierBelow } = tier.minimumTenure ?? {};
  const below = tiers[tiers.indexOf(tier) - 1];
  return [
    ...(inProgram === undefined ? [] : [`${inProgram} in the program`]),
    ...(inTierBelow === undefined ? [] : [`${inTierBelow} as ${below?.label}`]),
  ].join(' and ');
}

function rankHeld({ ladder, held }: Tenure): number {
  return ladder.tiers.findIndex(({ key }) => key === held.tier);
}

function timeAfter(day: string | null, length: string | undefined): string {
  return day === null || length === undefined ? '' : addDuration(day, parseDuration(length));
}
