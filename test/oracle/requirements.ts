import { Fraction } from 'fraction.js';
import type { ProgramDefinition } from '../../src/program/schema.ts';
import type { BySegment, LadderDefinition, Requirement } from '../../src/program/schema-ladder.ts';
import { regionOf } from './regions.ts';
import { plainName } from './world.ts';

/** A figure as requirements and scores find it. */
export interface Given {
  value: Fraction | null;
  /** Without a figure: nothing to measure, or not computed. */
  why: 'empty' | 'unknown';
  /** Late, partial or in error. */
  isLate: boolean;
}

/** A partner as of a day. */
export interface Standing {
  program: ProgramDefinition;
  figures: ReadonlyMap<string, Given>;
  partner: Readonly<Record<string, string | number | string[] | null>>;
  facts: readonly { kind: string; from: string | null; through: string | null }[];
  asOf: string;
}

/** Null: not known. */
export type Answer = boolean | null;

/** How the leaves are read: as things are, or so that nothing that is late or partial decides. */
export type Reading = 'asItIs' | 'onlyCertain';

export function answer(on: Standing, wanted: Requirement, reading: Reading = 'asItIs'): Answer {
  return isAnswered(on, wanted, { reading, isDenied: false });
}

/** "not" turns comparisons around and leaves what whenEmpty says as it is. */
function isAnswered(on: Standing, wanted: Requirement, how: { reading: Reading; isDenied: boolean }): Answer {
  const { all, any: anyOf, atLeastOf, not } = wanted;
  if (not !== undefined) return isAnswered(on, not, { ...how, isDenied: !how.isDenied });
  const parts = all ?? anyOf ?? atLeastOf?.of;
  if (parts === undefined) return leaf(on, wanted, how);
  const needed = all !== undefined ? parts.length : anyOf !== undefined ? 1 : atLeastOf!.n;
  // Fewer than n hold where more than all but n do not.
  const enough = how.isDenied ? parts.length - needed + 1 : needed;
  const found = parts.map((part) => isAnswered(on, part, how));
  const sure = found.filter((one) => one === true).length;
  if (sure >= enough) return true;
  return sure + found.filter((one) => one === null).length >= enough ? null : false;
}

function leaf(on: Standing, wanted: Requirement, how: { reading: Reading; isDenied: boolean }): Answer {
  const { kpi, partner, fact } = wanted;
  if (fact !== undefined) {
    const isOnFile = on.facts.some(
      ({ kind, from, through }) =>
        plainName(kind) === plainName(fact) &&
        from !== null &&
        from <= on.asOf &&
        (through === null || on.asOf <= through),
    );
    return isOnFile !== how.isDenied;
  }
  if (partner !== undefined) {
    const own = on.partner[partner.attribute!] ?? null;
    const isBlank = own === null || (Array.isArray(own) && own.length === 0);
    const isSo =
      partner.blank !== undefined
        ? isBlank === partner.blank
        : !isBlank && [own].flat().some((one) => one === partner.is);
    return isSo !== how.isDenied;
  }
  const { whenEmpty } = on.program.kpis[kpi!]!;
  const figure = on.figures.get(kpi!);
  const bound = (wanted.atLeast ?? wanted.moreThan ?? wanted.atMost ?? wanted.lessThan)!;
  const isByTrack = typeof bound === 'object' && !isByRegion(on.program, bound);
  if (
    how.reading === 'onlyCertain' &&
    (figure === undefined || figure.isLate || (isByTrack && isTrackLate(on)))
  )
    return null;
  const limit = forTrack(on, bound);
  if (figure === undefined || limit === null) return null;
  if (figure.value === null) {
    if (figure.why === 'unknown') return null;
    return whenEmpty === 'pass' ? true : whenEmpty === 'fail' ? false : null;
  }
  const order = figure.value.compare(limit);
  const isMet =
    wanted.atLeast !== undefined
      ? order >= 0
      : wanted.moreThan !== undefined
        ? order > 0
        : wanted.atMost !== undefined
          ? order <= 0
          : order < 0;
  return isMet !== how.isDenied;
}

/** A number as it is for the partner's track, in the program's currency; null where the track is not known. */
export function forTrack(on: Standing, number: BySegment): Fraction | null {
  const written = typeof number === 'object' ? numberFor(on, number) : number;
  if (written === null) return null;
  const [amount, code] = String(written).split(' ');
  const { currency } = on.program;
  const rate = code === undefined || code === currency.code ? '1' : String(currency.rates[code]);
  return new Fraction(amount!).mul(new Fraction(rate));
}

function isByRegion({ regions }: ProgramDefinition, number: object): boolean {
  return regions?.list.some(({ key }) => key in number) ?? false;
}

/** By track, or by region: that of the region itself, or else of a group that it is in. */
function numberFor(
  on: Standing & { onTrack?: string; onRegion?: string },
  number: Readonly<Record<string, string | number>>,
): string | number | null {
  if (!isByRegion(on.program, number)) {
    const track = trackOf(on);
    return track === null ? null : number[track]!;
  }
  const own = on.onRegion ?? regionOfPartner(on);
  if (own === null) return null;
  const groups = on.program.regions!.list.filter(({ regions }) => regions?.includes(own));
  return number[own] ?? groups.map(({ key }) => number[key]).find((one) => one !== undefined)!;
}

function regionOfPartner({ program, partner }: Standing): string | null {
  const found = regionOf(program, partner[program.regions!.by]);
  return typeof found === 'object' ? found.region : null;
}

/** The first track whose condition holds; the last one has none. */
export function trackOf(on: Standing & { onTrack?: string }): string | null {
  if (on.onTrack !== undefined) return on.onTrack;
  for (const { key, when } of on.program.tracks) {
    const isOn = when === undefined ? true : answer(on, when);
    if (isOn === true) return key;
    if (isOn === null) return null;
  }
  return null;
}

function isTrackLate({ program, figures, onTrack }: Standing & { onTrack?: string }): boolean {
  if (onTrack !== undefined) return false;
  const asked = JSON.stringify(program.tracks).match(/"kpi":"\w+"/g) ?? [];
  return asked.some((one) => figures.get(one.slice(7, -1))?.isLate !== false);
}

/** The tier that the rules give. */
export function tierOf(
  on: Standing,
  { tiers, hold }: LadderDefinition,
  {
    held,
    reading,
    as,
  }: {
    held: string | null;
    reading: Reading;
    /** The partner as if it were on a track, with its scores. */
    as: (track: string) => Standing & { onTrack?: string };
  },
): string | null {
  const rank = tiers.findIndex(({ key }) => key === held);
  const holds = tiers.map(({ requirements, keepRequirements, onBestTrack }, index) => {
    const asked = index <= rank && keepRequirements !== undefined ? keepRequirements : requirements;
    const places = onBestTrack ? on.program.tracks.map(({ key }) => as(key)) : [on];
    return places.some((place) => {
      const found = answer(place, { all: [asked ?? []].flat() }, reading);
      return reading === 'asItIs' ? found === true : found !== false;
    });
  });
  let best: string | null = null;
  for (const [index, tier] of tiers.entries()) {
    if (holds[index]) best = tier.key;
    else if (hold === 'cumulative') break;
  }
  return best;
}
