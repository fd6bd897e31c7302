import { isDeepStrictEqual } from 'node:util';
import type { Fraction } from 'fraction.js';
import { figureFor, type SegmentKeys } from './by-segment.ts';
import { exact, roundTo } from './exact.ts';
import { isChosenAmong } from './schema/choice.ts';
import { periodTake } from './schema/each.ts';
import type { Filter, KpiUnit, MeasureDefinition } from './schema/kpi.ts';
import type { KpiDefinition, ProgramDefinition } from './schema/schema.ts';
import { capLimit, isShareOfRecords, leastOf, mostOf } from './score-limits.ts';
import { isOfSum, withPartsOf } from './score-parts.ts';
import { wrongUnits } from './score-units.ts';

/** What a figure can be at all, by the rules alone. */
export interface FigureLimits {
  /** The smallest and the largest; null where there is no such limit. */
  least: Fraction | null;
  most: Fraction | null;
  /** It is a whole number. */
  isWhole: boolean;
  /** All that it can be, the smallest first; undefined where that are too many. */
  values?: Fraction[];
}

export const noLimits: FigureLimits = { least: null, most: null, isWhole: false };

/** What a KPI of the program can be on a track and in a region. Only what is certain is a limit. */
export function figureLimits(program: ProgramDefinition, kpi: string, keys: SegmentKeys): FigureLimits {
  const definition = program.kpis[kpi];
  if (definition === undefined) return noLimits;
  const own =
    definition.score === undefined
      ? limitsOfMeasured(program, definition, keys)
      : limitsOfScore(program, kpi, keys);
  return withStandIn(definition, rounded(definition, own));
}

const unitsOfShares: readonly KpiUnit[] = ['percent', 'ratio', 'number'];

function limitsOfMeasured(
  program: ProgramDefinition,
  definition: KpiDefinition,
  keys: SegmentKeys,
): FigureLimits {
  const { measure, ratio, difference, every, growth, rank, unit } = definition;
  const whole = exact(unit === 'percent' ? 100 : 1);
  const zero = exact(0);
  if (measure !== undefined) return limitsOfMeasure(measure);
  if (difference !== undefined)
    return { ...noLimits, isWhole: [difference.now, difference.before].every(isNumberOfRecords) };
  // A share in another unit is none; the unit is wrong then.
  if (!unitsOfShares.includes(unit) && rank?.as !== 'position') return noLimits;
  if (every !== undefined) return { ...noLimits, least: zero, most: whole };
  if (ratio !== undefined) {
    if (!isNumberOfRecords(ratio.of) || !isNumberOfRecords(ratio.to)) return noLimits;
    return { ...noLimits, least: zero, most: isPartOf(definition) ? whole : null };
  }
  if (growth !== undefined) return { ...noLimits, least: isNumberOfRecords(growth.now) ? whole.neg() : null };
  if (rank === undefined) return noLimits;
  if (rank.as === 'position') return { ...noLimits, least: exact(1) };
  if (!isOfSum(rank)) return { ...noLimits, least: zero, most: whole };
  const isNeverBelow = figureLimits(program, rank.of, keys).least?.gte(0) === true;
  if (!isNeverBelow) return noLimits;
  return { ...noLimits, least: zero, most: rank.as === 'share' ? whole : null };
}

/** Records are counted; what they are multiplied by in tables may be anything. */
function isNumberOfRecords({ count, distinct, times, perEach }: MeasureDefinition): boolean {
  return (count !== undefined || distinct !== undefined) && times === undefined && isWholeOf(perEach);
}

/** Of numbers of each customer or the like, what is no mean of them is one of them or their sum. */
function isWholeOf(perEach: MeasureDefinition['perEach']): boolean {
  return (
    perEach === undefined ||
    (!['average', 'median'].includes(perEach.take) && periodTake(perEach) === undefined)
  );
}

function limitsOfMeasure(measure: MeasureDefinition): FigureLimits {
  const { perEach, ...inner } = measure;
  const isOfPeriods = periodTake(perEach) !== undefined;
  return {
    least: isOfPeriods || isNumberOfRecords(inner) ? exact(0) : null,
    most: capLimit({ measure }),
    isWhole: isOfPeriods || isNumberOfRecords(measure),
  };
}

/** Whether each record of the one number is certainly in the other as well: what the whole asks for, the part asks for too. */
function isPartOf({ ratio }: KpiDefinition): boolean {
  if (ratio === undefined || !isShareOfRecords({ ratio })) return false;
  const { of, to } = ratio;
  if (to.cap !== undefined || (to.except !== undefined && !isDeepStrictEqual(to.except, of.except)))
    return false;
  // Of other records others are chosen.
  if (isChosenAmong(to) && !isDeepStrictEqual([to.where, to.except], [of.where, of.except])) return false;
  const asked = conditionsOf(of);
  return conditionsOf(to).every((one) => asked.some((own) => isWithin(own, one)));
}

function conditionsOf({ where = [], thenWhere = [] }: MeasureDefinition): Filter[] {
  return [where, thenWhere].flat(2).flatMap(allOf);
}

function allOf(filter: Filter): Filter[] {
  return filter.all === undefined ? [filter] : filter.all.flatMap(allOf);
}

/** A deal that is won is closed. */
function isWithin(own: Filter, one: Filter): boolean {
  const isWon = own.attribute === 'isWon' && own.is === true;
  return isDeepStrictEqual(own, one) || (isWon && one.attribute === 'isClosed' && one.is === true);
}

function limitsOfScore(program: ProgramDefinition, kpi: string, keys: SegmentKeys): FigureLimits {
  const definition = program.kpis[kpi]!;
  const behind = withPartsOf(program, [kpi]);
  // What is in another unit is told by itself, and nothing follows from it.
  const areUnitsRight = behind.every((one) => {
    const part = program.kpis[one]!;
    return part.score === undefined || wrongUnits(program, part).length === 0;
  });
  if (!areUnitsRight) return noLimits;
  const ofTrack = keys.track === null ? undefined : definition.score!.byTrack?.[keys.track];
  if (ofTrack !== undefined) return figureLimits(program, ofTrack, keys);
  const inside = behind.filter((one) => one !== kpi);
  // What is rounded up, or stands in for what is not there, may be more than the rules say.
  const isSure = inside.every((one) => {
    const part = program.kpis[one]!;
    if (part.score !== undefined) return part.round === undefined && part.whenEmpty !== 'one';
    return definition.unit === 'points' || part.ratio === undefined || isPartOf(part);
  });
  if (!isSure) return noLimits;
  const least = definition.unit === 'points' ? leastOf(program, kpi, keys) : null;
  const limits = { ...noLimits, least, most: mostOf(program, kpi, keys) };
  const values = valuesOf(program, definition, keys);
  return values === undefined ? limits : { ...limits, values };
}

/** The points of bands, and numbers that are chosen from. */
function valuesOf(
  program: ProgramDefinition,
  { score }: KpiDefinition,
  keys: SegmentKeys,
): Fraction[] | undefined {
  const { bands, choose } = score!;
  if (bands !== undefined) {
    const points = bands.table.map((band) => figureFor(program, band.points, keys));
    return points.includes(undefined) ? undefined : inOrder([exact(0), ...(points as Fraction[])]);
  }
  if (choose === undefined) return undefined;
  const chosen = choose.map(({ use, otherwise }) => {
    const one = use ?? otherwise!;
    return typeof one === 'number' ? [exact(one)] : figureLimits(program, one, keys).values;
  });
  return chosen.includes(undefined) ? undefined : inOrder(chosen.flatMap((one) => one!));
}

function inOrder(values: readonly Fraction[]): Fraction[] {
  const sorted = [...values].sort((one, other) => one.compare(other));
  return sorted.filter((one, index) => index === 0 || !one.equals(sorted[index - 1]!));
}

function rounded({ round }: KpiDefinition, limits: FigureLimits): FigureLimits {
  if (round === undefined) return limits;
  const { least, most, isWhole, values } = limits;
  const own = (one: Fraction) => roundTo(one, round);
  return {
    least: least === null ? null : own(least),
    most: most === null ? null : own(most),
    isWhole: isWhole || round.digits === 0,
    ...(values === undefined ? {} : { values: inOrder(values.map(own)) }),
  };
}

/** Where there is nothing to measure, the figure is the one that the program says instead. */
function withStandIn({ whenEmpty, unit }: KpiDefinition, limits: FigureLimits): FigureLimits {
  if (whenEmpty !== 'zero' && whenEmpty !== 'one') return limits;
  const instead = whenEmpty === 'zero' ? exact(0) : exact(unit === 'percent' ? 100 : 1);
  const { least, most, values } = limits;
  return {
    ...limits,
    least: least?.gt(instead) ? instead : least,
    most: most?.lt(instead) ? instead : most,
    ...(values === undefined ? {} : { values: inOrder([...values, instead]) }),
  };
}
