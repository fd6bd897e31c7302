import type { Fraction } from 'fraction.js';
import { figureFor, type SegmentKeys } from './by-segment.ts';
import { exact } from './exact.ts';
import type { KpiDefinition, ProgramDefinition } from './schema.ts';
import type { KpiUnit, MeasureDefinition } from './schema-kpi.ts';
import type { BySegment } from './schema-ladder.ts';
import type { ScoreDefinition } from './schema-score.ts';
import { type OverRegions, regionsLookedAt } from './score-parts.ts';

type Rules = Pick<ProgramDefinition, 'kpis' | 'tracks' | 'regions' | 'currency'>;

/** The most that a KPI can be for a partner on a track and in a region, by the rules alone; null where there is no limit. */
export function mostOf(program: Rules, kpi: string, keys: SegmentKeys): Fraction | null {
  const definition = program.kpis[kpi]!;
  if (definition.rank !== undefined) return percentileLimit(definition);
  return definition.score === undefined
    ? shareLimit(definition)
    : mostOfScore(program, { ...definition, score: definition.score }, keys);
}

/** Before all others stands the first. How far behind somebody can be depends on how many there are. */
function percentileLimit({ rank, unit }: KpiDefinition): Fraction | null {
  if (rank!.as !== 'percentile') return null;
  return exact(unit === 'percent' ? 100 : 1);
}

/** A share of records is never more than all of them. */
function shareLimit(definition: KpiDefinition): Fraction | null {
  return definition.unit === 'percent' && isShareOfRecords(definition) ? exact(100) : null;
}

/** Records of records, each counted as one. */
export function isShareOfRecords({ every, ratio }: KpiDefinition): boolean {
  const isCounted = (measure: MeasureDefinition) =>
    measure.count !== undefined && measure.times === undefined;
  return every !== undefined || (ratio !== undefined && isCounted(ratio.of) && isCounted(ratio.to));
}

function mostOfScore(
  program: Rules,
  { unit, score }: Pick<KpiDefinition, 'unit'> & { score: ScoreDefinition },
  keys: SegmentKeys,
): Fraction | null {
  const { linear, each, bands, sum, weighted, best, worst, steps, choose, bestTrack, overRegions } = score;
  const number = (figure: BySegment | undefined) =>
    figure === undefined ? null : (figureFor(program, figure, keys) ?? null);
  const part = (of: string | number) => (typeof of === 'number' ? exact(of) : mostOf(program, of, keys));
  if (linear !== undefined) return number(linear.points);
  if (each !== undefined) return number(each.cap);
  if (bands !== undefined) return highest([exact(0), ...bands.table.map(({ points }) => number(points))]);
  if (weighted !== undefined) return exact(weighted.to);
  if (sum !== undefined) return total(sum.map(part));
  if (best !== undefined) return highest(best.map(part));
  if (worst !== undefined) return lowest(worst.map(part));
  if (choose !== undefined) return highest(choose.map(({ use, otherwise }) => part((use ?? otherwise)!)));
  if (steps !== undefined) {
    return total(
      steps.map(({ points, most }) => {
        const own = typeof points === 'string' ? part(points) : number(points);
        return lowest([own, number(most)]);
      }),
    );
  }
  if (overRegions !== undefined) return mostOverRegions(program, { unit, over: overRegions }, keys);
  const among = bestTrack!.among ?? program.tracks.map(({ key }) => key);
  return highest(among.map((one) => mostOf(program, bestTrack!.of, { ...keys, track: one })));
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
