import { Fraction } from 'fraction.js';
import type {
  BySegment,
  HeldSpecialisations,
  HeldTier,
  LadderDefinition,
  Requirement,
} from '../../src/program/schema/ladder.ts';
import type { ProgramDefinition } from '../../src/program/schema/schema.ts';
import { monthsOf, plus, plusMonths, startOf } from './calendar.ts';
import { saidOf } from './figures.ts';
import { regionOf, regionsNamed } from './regions.ts';
import { plainName } from './world.ts';

/** A figure as requirements and scores find it. */
export interface Given {
  value: Fraction | null;
  /** Without a figure: nothing to measure, or not computed. */
  why: 'empty' | 'unknown';
  /** Of a measured one without a figure: why there is nothing to measure. */
  reason?: string | null;
  /** Late, partial or in error. */
  isLate: boolean;
}

/** What a partner holds on a ladder, and the most that it may hold there once everything is complete. */
export interface Held {
  tier: string | null;
  mayReach: string | null;
}

/** A track that a partner was given; isHeld: what decides about the next one was late when that was to be given. */
export interface Kept {
  track: string;
  since: string;
  until: string;
  isHeld: boolean;
}

/** A partner as of a day. */
export interface Standing {
  program: ProgramDefinition;
  figures: ReadonlyMap<string, Given>;
  partner: Readonly<Record<string, string | number | string[] | null>>;
  facts: readonly { kind: string; from: string | null; through: string | null }[];
  asOf: string;
  /** By ladder. (Default: nothing is held) */
  holdings?: ReadonlyMap<string, Held>;
  /** (Default: none was given) */
  kept?: Kept | null;
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
    // Of the attributes that are asked for here, only types are told apart by case.
    const plainly = (one: unknown) => (partner.attribute === 'types' ? String(one) : plainName(String(one)));
    const own = on.partner[partner.attribute!] ?? null;
    const isBlank = own === null || (Array.isArray(own) && own.length === 0);
    if (partner.elapsed !== undefined)
      return (!isBlank && plus(String(own), partner.elapsed) <= on.asOf) !== how.isDenied;
    const isSo =
      partner.blank !== undefined
        ? isBlank === partner.blank
        : !isBlank && [own].flat().some((one) => plainly(one) === plainly(partner.is));
    return isSo !== how.isDenied;
  }
  if ((wanted.holds ?? wanted.specialisations) !== undefined) return isHolding(on, wanted, how);
  const figure = on.figures.get(kpi!);
  const bound = (wanted.atLeast ?? wanted.moreThan ?? wanted.atMost ?? wanted.lessThan)!;
  const other = typeof bound === 'object' && typeof bound.kpi === 'string' ? bound.kpi : undefined;
  const isByTrack = typeof bound === 'object' && other === undefined && !isByRegion(on.program, bound);
  if (
    how.reading === 'onlyCertain' &&
    (figure === undefined ||
      figure.isLate ||
      (isByTrack && isTrackLate(on)) ||
      (other !== undefined && on.figures.get(other)?.isLate !== false))
  )
    return null;
  if (other !== undefined) {
    const compared = on.figures.get(other);
    if (figure === undefined) return null;
    if (figure.value === null) return saidInstead(on, kpi!, figure);
    if (compared === undefined) return null;
    if (compared.value === null) return saidInstead(on, other, compared);
    return isWithin(wanted, figure.value, compared.value) !== how.isDenied;
  }
  const whole = forTrack(on, bound);
  if (figure === undefined || whole === null) return null;
  if (figure.value === null) return saidInstead(on, kpi!, figure);
  return isWithin(wanted, figure.value, whole.mul(partOf(on, wanted))) !== how.isDenied;
}

/** What the program says of a figure that there is not. */
function saidInstead({ program }: Standing, kpi: string, { why, reason = null }: Given): Answer {
  if (why === 'unknown') return null;
  const said = saidOf(program.kpis[kpi]!, reason);
  return said === 'pass' ? true : said === 'fail' ? false : null;
}

function isWithin(wanted: Requirement, value: Fraction, limit: Fraction): boolean {
  const order = value.compare(limit);
  const isMet =
    wanted.atLeast !== undefined
      ? order >= 0
      : wanted.moreThan !== undefined
        ? order > 0
        : wanted.atMost !== undefined
          ? order <= 0
          : order < 0;
  return isMet;
}

/** The part of a threshold that a new partner is asked for: its months by those of the whole. */
function partOf({ program, partner, asOf }: Standing, { prorated }: Requirement): Fraction {
  const started = prorated === undefined ? null : partner[prorated.by];
  if (typeof started !== 'string') return new Fraction(1);
  const { over } = prorated!;
  if (/^\d/.test(over)) {
    const [count, unit] = over.split(' ') as [string, string];
    const of = Number(count) * (unit.startsWith('month') ? 1 : unit.startsWith('quarter') ? 3 : 12);
    let begun = 1;
    while (begun < of && plusMonths(started, begun) <= asOf) begun += 1;
    return new Fraction(begun, of);
  }
  const of = over === 'halfYear' ? 6 : monthsOf(over);
  const isHalf = over === 'halfYear' && Number(asOf.slice(5, 7)) > 6;
  const year = startOf(over === 'halfYear' ? 'year' : over, asOf, program.fiscalYearStart);
  const first = isHalf ? plusMonths(year, 6) : year;
  const months = Array.from({ length: of }, (_none, index) => plusMonths(first, index));
  const left =
    started < first ? of : months.filter((month) => month.slice(0, 7) >= started.slice(0, 7)).length;
  // Who starts after it is asked for the last month.
  return new Fraction(Math.max(left, 1), of);
}

/** What is in force counts; what late inputs may still bring costs nobody a tier. */
function isHolding(
  on: Standing,
  { holds, specialisations }: Requirement,
  how: { reading: Reading; isDenied: boolean },
): Answer {
  const isSo = (which: keyof Held) =>
    holds !== undefined ? holdsTier(on, holds, which) : holdsMany(on, specialisations!, which);
  if (isSo('tier')) return !how.isDenied;
  return how.reading === 'onlyCertain' && isSo('mayReach') ? null : how.isDenied;
}

function holdsTier(
  { program, holdings }: Standing,
  { ladder, atLeast }: HeldTier,
  which: keyof Held,
): boolean {
  const tiers = program.ladders.find(({ key }) => key === ladder)!.tiers.map(({ key }) => key);
  const own = holdings?.get(ladder)?.[which] ?? null;
  return own !== null && tiers.indexOf(own) >= tiers.indexOf(atLeast ?? tiers[0]!);
}

function holdsMany(
  { program, holdings }: Standing,
  { atLeast, of, includingOneOf }: HeldSpecialisations,
  which: keyof Held,
): boolean {
  const all = of ?? program.specialisations.map(({ key }) => key);
  const held = all.filter((key) => (holdings?.get(key)?.[which] ?? null) !== null);
  return held.length >= atLeast && (includingOneOf?.some((key) => held.includes(key)) ?? true);
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

/** The track that the partner keeps, or else that of today. */
export function trackOf(on: Standing & { onTrack?: string }): string | null {
  return on.onTrack ?? keptNow(on)?.track ?? trackOfToday(on);
}

/** The first track whose condition holds; the last one has none. */
function trackOfToday(on: Standing): string | null {
  for (const { key, when } of on.program.tracks) {
    const isOn = when === undefined ? true : answer(on, when);
    if (isOn === true) return key;
    if (isOn === null) return null;
  }
  return null;
}

/** Behind its last day a track stays while nothing that is complete gives the next one. */
function keptNow(on: Standing): Kept | null {
  const { program, kept, asOf } = on;
  if (program.trackKeeping === undefined || !kept) return null;
  if (!program.tracks.some(({ key }) => key === kept.track)) return null;
  const mayChange = asOf >= kept.until && !kept.isHeld;
  return mayChange && trackOfToday(on) !== null && !isTodayLate(on) ? null : kept;
}

function isTrackLate(on: Standing & { onTrack?: string }): boolean {
  if (on.onTrack !== undefined) return false;
  const kept = keptNow(on);
  return kept === null ? isTodayLate(on) : on.asOf >= kept.until;
}

function isTodayLate({ program, figures }: Standing): boolean {
  const asked = JSON.stringify(program.tracks).match(/"kpi":"\w+"/g) ?? [];
  return asked.some((one) => figures.get(one.slice(7, -1))?.isLate !== false);
}

/** The track that the partner is given on the day; null where it keeps its own, or what decides is not complete. */
export function given(on: Standing): Omit<Kept, 'isHeld'> | null {
  const { trackKeeping: keeping, tracks, fiscalYearStart } = on.program;
  if (keeping === undefined) return null;
  const isKeeping = tracks.some(({ key }) => key === on.kept?.track) && on.asOf < on.kept!.until;
  const track = trackOfToday(on);
  if (isKeeping || track === null || isTodayLate(on)) return null;
  const until = /^\d/.test(keeping)
    ? plus(on.asOf, keeping)
    : plusMonths(startOf(keeping, on.asOf, fiscalYearStart), monthsOf(keeping));
  return { track, since: on.asOf, until };
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
    /** The partner as if it were on a track or in a region, with its scores. */
    as: (place: string) => Standing & { onTrack?: string };
  },
): string | null {
  const rank = tiers.findIndex(({ key }) => key === held);
  const holds = tiers.map(({ requirements, keepRequirements, onBestTrack, onBestRegion }, index) => {
    const asked = index <= rank && keepRequirements !== undefined ? keepRequirements : requirements;
    const chosen = onBestRegion
      ? regionsNamed(on.program, undefined)
      : on.program.tracks.map(({ key }) => key);
    const places = onBestTrack || onBestRegion ? chosen.map(as) : [on];
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
