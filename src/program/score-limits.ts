import { isDeepStrictEqual } from 'node:util';
import type { Fraction } from 'fraction.js';
import { figureFor, type SegmentKeys } from './by-segment.ts';
import { periodsLookedAt } from './each-periods.ts';
import { exact } from './exact.ts';
import { choiceOf } from './schema/choice.ts';
import { periodTake } from './schema/each.ts';
import type { KpiUnit, MeasureDefinition } from './schema/kpi.ts';
import type { BySegment } from './schema/ladder.ts';
import type { KpiDefinition, ProgramDefinition } from './schema/schema.ts';
import type { ScoreDefinition } from './schema/score.ts';
import { type OverRegions, regionsLookedAt } from './score-parts.ts';
import { isKpiName } from './threshold.ts';

type Rules = Pick<ProgramDefinition, 'kpis' | 'tracks' | 'regions' | 'currency'>;

/** The most that a KPI can be for a partner on a track and in a region, by the rules alone; null where there is no limit. */
export function mostOf(program: Rules, kpi: string, keys: SegmentKeys): Fraction | null {
  const definition = program.kpis[kpi]!;
  if (definition.rank !== undefined) return percentileLimit(definition);
  return definition.score === undefined
    ? (capLimit(definition) ?? shareLimit(definition))
    : mostOfScore(program, { ...definition, score: definition.score }, keys);
}

/** What the file says that a measured figure is at most; of periods that are counted, all of them. */
export function capLimit({ measure }: Pick<KpiDefinition, 'measure'>): Fraction | null {
  const periods = periodTake(measure?.perEach) === undefined ? undefined : periodsLookedAt(measure!);
  const all = [measure?.cap, periods, chosenLimit(measure)].flatMap((one) =>
    one === undefined ? [] : [exact(one)],
  );
  return all.length === 0 ? null : all.reduce((least, one) => (one.lt(least) ? one : least));
}

/** As many records as are chosen, where each is counted as one. */
function chosenLimit(measure: MeasureDefinition | undefined): number | undefined {
  if ((measure?.count ?? measure?.distinct) === undefined || measure?.times !== undefined) return undefined;
  const choice = measure?.perEach === undefined ? choiceOf(measure!) : undefined;
  return choice?.ties === 'first' ? choice.records : undefined;
}

/** Before all others stands the first. How far behind somebody can be depends on how many there are. */
function percentileLimit({ rank, unit }: KpiDefinition): Fraction | null {
  if (rank?.as !== 'percentile') return null;
  return exact(unit === 'percent' ? 100 : 1);
}

/** A share of records is never more than all of them. */
function shareLimit(definition: KpiDefinition): Fraction | null {
  return definition.unit === 'percent' && isShareOfRecords(definition) ? exact(100) : null;
}

/** What says which records a measure is about, but for its conditions. */
const whichRecords = [
  ...['count', 'window', 'credit', 'belongsTo'],
  ...['newestOfEach', 'largest', 'smallest'],
] as readonly (keyof MeasureDefinition)[];

/**
 * Some of the records that are counted, each as one: those of one entity, in the same window and by the same credits. Leads
 * for each deal, or the deals of this year for those of the last one, may be more than all.
 */
export function isShareOfRecords({ every, ratio }: Pick<KpiDefinition, 'every' | 'ratio'>): boolean {
  if (ratio === undefined) return every !== undefined;
  const counted = (measure: MeasureDefinition) => whichRecords.map((key) => measure[key]);
  const { of, to, per } = ratio;
  const isPlain =
    per === undefined &&
    of.count !== undefined &&
    [of, to].every(({ times, perEach }) => (times ?? perEach) === undefined);
  return isPlain && isDeepStrictEqual(counted(of), counted(to));
}

function mostOfScore(
  program: Rules,
  { unit, score }: Pick<KpiDefinition, 'unit'> & { score: ScoreDefinition },
  keys: SegmentKeys,
): Fraction | null {
  const { linear, each, bands, sum, difference, ratio, product, weighted, best } = score;
  const { worst, steps, choose, byTrack, bestTrack, overRegions } = score;
  const number = (figure: BySegment | undefined) =>
    figure === undefined ? null : (figureFor(program, figure, keys) ?? null);
  const part = (of: string | number) => (typeof of === 'number' ? exact(of) : mostOf(program, of, keys));
  const stepPoints = (of: BySegment) => (typeof of === 'string' ? part(of) : number(of));
  if (linear !== undefined) return number(linear.points);
  if (each !== undefined) return number(each.cap);
  if (bands !== undefined) return highest([exact(0), ...bands.table.map(({ points }) => number(points))]);
  if (weighted !== undefined) return exact(weighted.to);
  if (sum !== undefined) return total(sum.map(part));
  if (difference !== undefined) {
    const taken = [difference.less]
      .flat()
      .map((one) => negative(isKpiName(one) ? leastOf(program, one, keys) : number(one)));
    return total([part(difference.of), ...taken]);
  }
  if (ratio !== undefined) return mostOfRatio(ratio, { unit, part, number });
  if (product !== undefined) return timesNumber(product, { part, number });
  if (best !== undefined) return highest(best.map(part));
  if (worst !== undefined) return lowest(worst.map(part));
  if (choose !== undefined) return highest(choose.map(({ use, otherwise }) => part((use ?? otherwise)!)));
  if (byTrack !== undefined) return highest(branchesOf(byTrack, keys).map(part));
  if (steps !== undefined)
    return highest(sumsOf(steps, ({ points, most }) => lowest([stepPoints(points), number(most)])));
  if (overRegions !== undefined) return mostOverRegions(program, { unit, over: overRegions }, keys);
  const among = bestTrack!.among ?? program.tracks.map(({ key }) => key);
  return highest(among.map((one) => mostOf(program, bestTrack!.of, { ...keys, track: one })));
}

/** Divided by a number, the most of what is divided; by another KPI there is no limit. */
function mostOfRatio(
  { of, to }: NonNullable<ScoreDefinition['ratio']>,
  {
    unit,
    part,
    number,
  }: {
    unit: KpiUnit;
    part: (kpi: string) => Fraction | null;
    number: (figure: BySegment) => Fraction | null;
  },
): Fraction | null {
  const divisor = isKpiName(to) ? null : number(to);
  if (divisor === null) return null;
  return (
    part(of)
      ?.div(divisor)
      .mul(unit === 'percent' ? 100 : 1) ?? null
  );
}

/** By a number, a limit of what is multiplied is one of the product; another KPI may be below 0. */
function timesNumber(
  { of, by }: NonNullable<ScoreDefinition['product']>,
  {
    part,
    number,
  }: { part: (kpi: string) => Fraction | null; number: (figure: BySegment) => Fraction | null },
): Fraction | null {
  const factor = isKpiName(by) ? null : number(by);
  return factor === null ? null : (part(of)?.mul(factor) ?? null);
}

/** The KPI of the track; where that is not known, those of all tracks. */
function branchesOf(byTrack: NonNullable<ScoreDefinition['byTrack']>, { track }: SegmentKeys): string[] {
  return track === null ? Object.values(byTrack) : [byTrack[track]!];
}

function mostOverRegions(
  program: Rules,
  { unit, over }: { unit: KpiUnit; over: OverRegions },
  keys: SegmentKeys,
): Fraction | null {
  const regions = regionsLookedAt(program, over);
  if (over.take === 'count') return exact(regions.length);
  if (over.take === 'concentration') return exact(unit === 'percent' ? 100 : 1);
  const each = regions.map(({ key }) => mostOf(program, over.of, { ...keys, region: key }));
  return over.take === 'sum' ? total(each) : highest(each);
}

/**
 * The least that a KPI brings to a score that takes it as it is, by the rules alone; null where there is no such limit. Scores
 * in points begin at 0, or at what bands, steps and differences take away.
 */
export function leastOf(program: Rules, kpi: string, keys: SegmentKeys): Fraction | null {
  const definition = program.kpis[kpi]!;
  const { score, unit } = definition;
  // Credit notes take a sum below 0 whatever it is capped at.
  if (score === undefined)
    return (percentileLimit(definition) ?? shareLimit(definition)) === null ? null : exact(0);
  return unit === 'points' ? takenAway(program, score, keys) : null;
}

/** The most points that a score can take away, as a number that is not above 0; null where there is no limit. */
function takenAway(program: Rules, score: ScoreDefinition, keys: SegmentKeys): Fraction | null {
  const { bands, sum, difference, ratio, product, best, worst, steps, choose } = score;
  const { byTrack, bestTrack, overRegions } = score;
  const number = (figure: BySegment) => figureFor(program, figure, keys) ?? exact(0);
  const part = (of: string | number, on = keys): Fraction | null =>
    typeof of === 'number' ? exact(of) : leastOf(program, of, on);
  const least = (found: readonly (Fraction | null)[]) =>
    found.includes(null) ? null : lowest([exact(0), ...found]);
  const leastOfBest = (found: readonly (Fraction | null)[]) => highest(found.filter((one) => one !== null));
  if (bands !== undefined) return least(bands.table.map(({ points }) => number(points)));
  if (sum !== undefined) return total(sum.map((kpi) => part(kpi)));
  if (difference !== undefined) {
    const taken = [difference.less]
      .flat()
      .map((one) => negative(isKpiName(one) ? mostOf(program, one, keys) : number(one)));
    return total([part(difference.of), ...taken]);
  }
  // What it is divided by may be below 0.
  if (ratio !== undefined) return null;
  if (product !== undefined) return timesNumber(product, { part, number });
  if (best !== undefined) return leastOfBest(best.map((kpi) => part(kpi)));
  if (worst !== undefined) return least(worst.map((kpi) => part(kpi)));
  if (choose !== undefined) return least(choose.map(({ use, otherwise }) => part((use ?? otherwise)!)));
  if (byTrack !== undefined) return least(branchesOf(byTrack, keys).map((kpi) => part(kpi)));
  if (steps !== undefined) {
    const own = ({ points }: Step) => (typeof points === 'string' ? part(points) : number(points));
    return least(sumsOf(steps, own));
  }
  if (overRegions !== undefined) {
    const { of, take } = overRegions;
    const each = regionsLookedAt(program, overRegions).map(({ key }) => part(of, { ...keys, region: key }));
    return take === 'sum' ? total(each) : take === 'best' ? leastOfBest(each) : least(each);
  }
  if (bestTrack === undefined) return exact(0);
  const among = bestTrack.among ?? program.tracks.map(({ key }) => key);
  return leastOfBest(among.map((track) => part(bestTrack.of, { ...keys, track })));
}

type Step = NonNullable<ScoreDefinition['steps']>[number];

/** What steps can add up to: a step that needs something may end it before its own points. */
function sumsOf(steps: readonly Step[], pointsOf: (step: Step) => Fraction | null): (Fraction | null)[] {
  const sums: (Fraction | null)[] = [];
  let sum: Fraction | null = exact(0);
  for (const step of steps) {
    if (step.needs !== undefined) sums.push(sum);
    sum = total([sum, pointsOf(step)]);
  }
  return [...sums, sum];
}

function negative(limit: Fraction | null): Fraction | null {
  return limit?.neg() ?? null;
}

function total(limits: readonly (Fraction | null)[]): Fraction | null {
  return limits.reduce<Fraction | null>(
    (sum, limit) => (sum === null || limit === null ? null : sum.add(limit)),
    exact(0),
  );
}

/** No limit on one of them is none on the highest. */
function highest(limits: readonly (Fraction | null)[]): Fraction | null {
  const [first = null, ...rest] = limits;
  return rest.reduce<Fraction | null>(
    (most, limit) => (most === null || limit === null ? null : limit.gt(most) ? limit : most),
    first,
  );
}

/** The lowest of those that there are. */
function lowest(limits: readonly (Fraction | null)[]): Fraction | null {
  return limits.reduce<Fraction | null>(
    (least, limit) => (least === null || limit?.lt(least) ? limit : least),
    null,
  );
}
