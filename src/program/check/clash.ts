import { isDeepStrictEqual } from 'node:util';
import type { Fraction } from 'fraction.js';
import { nameKey } from '../../model/values.ts';
import { ownFigure, type SegmentKeys } from '../by-segment.ts';
import { exactText } from '../exact.ts';
import { type FigureLimits, figureLimits, noLimits } from '../figure-limits.ts';
import { monthsWhole } from '../prorated.ts';
import { boundKpi } from '../requirement-leaves.ts';
import type { Requirement } from '../schema/ladder.ts';
import type { Prorated } from '../schema/prorated.ts';
import type { KpiDefinition, ProgramDefinition } from '../schema/schema.ts';
import { type Bound, bounds, isFloor, reaches, thresholdValue } from '../threshold.ts';
import { conditionClash, impliesCondition, mayAskForRecent } from './filter-clash.ts';

/** Under which rules, on which track and in which region requirements are looked at. */
export interface Grounds {
  program: ProgramDefinition;
  keys: SegmentKeys;
  /** Whether all scores and ranks are sound, so that what they can be is known. */
  areScoresWhole: boolean;
}

/** A comparison of a KPI with a number. */
export interface Comparison {
  kpi: string;
  bound: Bound;
  /** As it is written. */
  threshold: string | number;
  value: Fraction;
  /** Where new partners are asked for a part of it. */
  prorated: Prorated | undefined;
}

/** The comparison that a requirement makes; undefined where it makes none for all partners of this track and region alike. */
export function comparisonOf(
  { program, keys }: Pick<Grounds, 'program' | 'keys'>,
  leaf: Requirement,
): Comparison | undefined {
  const bound = bounds.find((one) => leaf[one] !== undefined);
  if (leaf.kpi === undefined || bound === undefined || boundKpi(leaf) !== undefined) return undefined;
  const threshold = ownFigure(program, leaf[bound]!, keys);
  const value = threshold === undefined ? undefined : thresholdValue(program, threshold);
  if (value === undefined) return undefined;
  return { kpi: leaf.kpi, bound, threshold: threshold!, value, prorated: leaf.prorated };
}

/** Why comparisons and conditions can certainly never hold together; undefined where they may. */
export function clashOf(on: Grounds, leaves: readonly Requirement[]): string | undefined {
  return (
    figureClash(on, leaves) ??
    orderClash(on.program, leaves) ??
    factClash(leaves) ??
    holdingClash(on.program, leaves) ??
    conditionClash(
      on.program,
      leaves.flatMap(({ partner }) => partner ?? []),
    )
  );
}

/** Bounds of which new partners are asked for a part are judged whole: whoever meets the part only loses the tier after that. */
function figureClash(on: Grounds, leaves: readonly Requirement[]): string | undefined {
  const conditions = leaves.flatMap(({ partner }) => partner ?? []);
  const compared = leaves.flatMap((leaf) => {
    const isNeverWhole = leaf.prorated !== undefined && mayAskForRecent(conditions, leaf.prorated.by);
    return isNeverWhole ? [] : (comparisonOf(on, leaf) ?? []);
  });
  for (const kpi of new Set(compared.map((one) => one.kpi))) {
    const definition = on.program.kpis[kpi];
    // Where there is nothing to measure, "pass" meets every comparison.
    if (definition === undefined || mayPass(definition)) continue;
    const own = compared.filter((one) => one.kpi === kpi);
    const limits = limitsOf(on, kpi);
    const found = limitClash(on.program, own, limits) ?? boundClash(own, limits) ?? valueClash(own, limits);
    if (found !== undefined) return found;
  }
  return undefined;
}

const seenFromOther = {
  atLeast: 'atMost',
  moreThan: 'lessThan',
  atMost: 'atLeast',
  lessThan: 'moreThan',
} as const;

/** Two comparisons of the same two KPIs with each other, of which one says the opposite of the other, whatever the figures are. */
function orderClash(program: ProgramDefinition, leaves: readonly Requirement[]): string | undefined {
  const compared = leaves.flatMap((leaf) => {
    const [kpi, other] = [leaf.kpi, boundKpi(leaf)];
    if (kpi === undefined || other === undefined) return [];
    const definitions = [program.kpis[kpi], program.kpis[other]];
    // Where one of them has nothing to measure, "pass" meets every comparison.
    if (definitions.some((one) => one === undefined || mayPass(one))) return [];
    const bound = bounds.find((one) => leaf[one] !== undefined)!;
    return kpi < other
      ? [{ kpi, threshold: other, bound }]
      : [{ kpi: other, threshold: kpi, bound: seenFromOther[bound] }];
  });
  for (const lower of compared.filter(({ bound }) => isFloor(bound))) {
    const upper = compared.find(
      ({ kpi, threshold, bound }) =>
        kpi === lower.kpi &&
        threshold === lower.threshold &&
        !isFloor(bound) &&
        (lower.bound === 'moreThan' || bound === 'lessThan'),
    );
    if (upper !== undefined) return atOnce(lower, upper);
  }
  return undefined;
}

function mayPass({ whenEmpty }: KpiDefinition): boolean {
  return typeof whenEmpty === 'string' ? whenEmpty === 'pass' : Object.values(whenEmpty).includes('pass');
}

function limitsOf({ program, keys, areScoresWhole }: Grounds, kpi: string): FigureLimits {
  const { score, rank } = program.kpis[kpi]!;
  const isKnown = areScoresWhole || (score === undefined && rank === undefined);
  return isKnown ? figureLimits(program, kpi, keys) : noLimits;
}

/** A single comparison that no figure meets. */
function limitClash(
  program: ProgramDefinition,
  compared: readonly Comparison[],
  { least, most }: FigureLimits,
): string | undefined {
  for (const { kpi, bound, value, prorated } of compared) {
    const later = prorated === undefined ? '' : '; the whole bound is asked after the first months';
    const { unit } = program.kpis[kpi]!;
    const words = (limit: Fraction) =>
      `${exactText(limit)}${unit === 'percent' || unit === 'points' ? ` ${unit}` : ''}`;
    if (isFloor(bound) && most !== null && !reaches(most, bound, value)) {
      const share = value.div(100);
      const isPercent = unit === 'ratio' && reaches(most, bound, share);
      return `${kpi} is at most ${words(most)}${isPercent ? `; did you mean ${exactText(share)}?` : later}`;
    }
    if (!isFloor(bound) && least !== null && !reaches(least, bound, value))
      return `${kpi} is never less than ${words(least)}${later}`;
  }
  return undefined;
}

/** Two comparisons that no figure meets both of. */
function boundClash(compared: readonly Comparison[], { isWhole }: FigureLimits): string | undefined {
  for (const lower of compared.filter(({ bound }) => isFloor(bound))) {
    const low = isWhole ? leastWhole(lower) : lower.value;
    const upper = compared.find((one) => {
      if (isFloor(one.bound)) return false;
      const isOpen = !isWhole && lower.bound === 'moreThan';
      return isOpen ? one.value.lte(low) : !reaches(low, one.bound, one.value);
    });
    if (upper !== undefined) return atOnce(lower, upper);
  }
  return undefined;
}

type Told = Omit<Comparison, 'value' | 'prorated'> & Partial<Pick<Comparison, 'prorated'>>;

function atOnce(lower: Told, upper: Told): string {
  return `${lower.kpi} cannot be ${boundWords(lower)} and ${boundWords(upper)} at once`;
}

/** The smallest whole number that a comparison takes. */
function leastWhole({ bound, value }: Comparison): Fraction {
  const up = value.ceil();
  return bound === 'moreThan' && up.equals(value) ? up.add(1) : up;
}

/** A figure that can only be one of a few numbers, of which none is between the bounds. */
function valueClash(compared: readonly Comparison[], { values }: FigureLimits): string | undefined {
  if (values === undefined) return undefined;
  if (values.some((one) => compared.every(({ bound, value }) => reaches(one, bound, value))))
    return undefined;
  const { kpi } = compared[0]!;
  const known = values.map(exactText).join(', ');
  return `${kpi} can only be one of ${known}, and none of them is ${compared.map(boundWords).join(' and ')}`;
}

/** A comparison in words, such as "at least 30". */
export function boundWords({ bound, threshold, prorated }: Omit<Told, 'kpi'>): string {
  const names = { atLeast: 'at least', moreThan: 'more than', atMost: 'at most', lessThan: 'less than' };
  return `${names[bound]} ${threshold}${prorated === undefined ? '' : ' in proportion to the months'}`;
}

function factClash(leaves: readonly Requirement[]): string | undefined {
  const wanted = leaves.flatMap(({ fact }) => fact ?? []);
  const missing = new Set(leaves.flatMap(({ noFact }) => (noFact === undefined ? [] : [nameKey(noFact)])));
  const both = wanted.find((kind) => missing.has(nameKey(kind)));
  return both === undefined ? undefined : `"${both}" cannot be valid and not be valid at once`;
}

/** What has to be held, and must not be held, today. */
function holdingClash({ ladders }: ProgramDefinition, leaves: readonly Requirement[]): string | undefined {
  const rank = (ladder: string, tier: string | undefined) =>
    tier === undefined
      ? 0
      : (ladders.find(({ key }) => key === ladder)?.tiers.findIndex(({ key }) => key === tier) ?? 0);
  for (const { holds } of leaves) {
    if (holds === undefined || holds.withinMonths !== undefined) continue;
    const isDenied = leaves.some(
      ({ holdsNot }) =>
        holdsNot?.ladder === holds.ladder &&
        rank(holds.ladder, holdsNot.atLeast) <= rank(holds.ladder, holds.atLeast),
    );
    if (isDenied) return `${holds.ladder} cannot be held and not be held at once`;
  }
  return undefined;
}

/** Whether every figure that meets one comparison meets the other. */
export function impliesComparison(on: Grounds, given: Comparison, wanted: Comparison): boolean {
  if (given.kpi !== wanted.kpi || isFloor(given.bound) !== isFloor(wanted.bound)) return false;
  // Of both the same part is asked on any day.
  if (given.prorated !== undefined && isDeepStrictEqual(given.prorated, wanted.prorated))
    return isAsStrict(given, wanted);
  const isWhole = on.program.kpis[given.kpi] !== undefined && limitsOf(on, given.kpi).isWhole;
  const [weak, strict] = [
    { ...given, value: leastAsked(given) },
    { ...wanted, value: mostAsked(wanted) },
  ];
  const [one, other] = isWhole ? [toWhole(weak), toWhole(strict)] : [weak, strict];
  return isAsStrict(one, other);
}

/** The bound in the month in which it is met most easily. */
function leastAsked(comparison: Comparison): Fraction {
  const [low, high] = rangeAsked(comparison);
  return isFloor(comparison.bound) ? low : high;
}

/** The bound in the month in which it is hardest to meet. */
function mostAsked(comparison: Comparison): Fraction {
  const [low, high] = rangeAsked(comparison);
  return isFloor(comparison.bound) ? high : low;
}

/** The smallest and the largest bound that a partner is asked for, from the part of one month to the whole. */
function rangeAsked({ value, prorated }: Comparison): [low: Fraction, high: Fraction] {
  const part = prorated === undefined ? value : value.div(monthsWhole(prorated));
  return part.lt(value) ? [part, value] : [value, part];
}

/** Of whole numbers more than 4 is at least 5, and less than 4.5 is at most 4. */
function toWhole(comparison: Comparison): Comparison {
  const { bound, value } = comparison;
  if (isFloor(bound)) return { ...comparison, bound: 'atLeast', value: leastWhole(comparison) };
  const down = value.floor();
  const isNext = bound === 'lessThan' && down.equals(value);
  return { ...comparison, bound: 'atMost', value: isNext ? down.sub(1) : down };
}

function isAsStrict(given: Comparison, wanted: Comparison): boolean {
  if (given.value.equals(wanted.value))
    return given.bound === wanted.bound || wanted.bound === 'atLeast' || wanted.bound === 'atMost';
  return reaches(given.value, wanted.bound, wanted.value);
}

/** Whether whoever meets one requirement certainly meets the other. */
export function implies(on: Grounds, given: Requirement, wanted: Requirement): boolean {
  const [one, other] = [comparisonOf(on, given), comparisonOf(on, wanted)];
  if (one !== undefined && other !== undefined) return impliesComparison(on, one, other);
  if (given.kpi !== undefined || wanted.kpi !== undefined) return false;
  if (given.partner !== undefined && wanted.partner !== undefined)
    return impliesCondition(given.partner, wanted.partner);
  const asked = ({ id: _id, label: _label, ...rest }: Requirement) => rest;
  return isDeepStrictEqual(asked(given), asked(wanted));
}
