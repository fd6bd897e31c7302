import { Fraction } from 'fraction.js';
import type { KpiUnit } from '../../src/program/schema/kpi.ts';
import type { BySegment } from '../../src/program/schema/ladder.ts';
import type { ProgramDefinition } from '../../src/program/schema/schema.ts';
import type { ScoreDefinition } from '../../src/program/schema/score.ts';
import { extreme, total } from './conditions.ts';
import { rounded, saidOf, standIn } from './figures.ts';
import { limitOverRegions, takenOverRegions } from './over-regions.ts';
import { answer, forTrack, type Given, type Standing, trackOf } from './requirements.ts';

/** Composed KPIs by hand: what docs/program-reference.md says of each form. */

export type Where = Standing & { onTrack?: string; onRegion?: string };

/** A figure, or why there is none: nothing to measure, or something that cannot be computed. */
export type Found = Fraction | 'empty' | 'error';
/** Of a ratio: something, and nothing to divide it by. */
type Composed = Found | 'overZero';
export type Limit = Fraction | null;

/** The figures with those of scores, each composed after its parts. (Default: all) */
export function withScores(on: Where, wanted = Object.keys(on.program.kpis)): Map<string, Given> {
  const figures = new Map(on.figures);
  const visit = (kpi: string): void => {
    const { score } = on.program.kpis[kpi]!;
    if (figures.has(kpi) || score === undefined) return;
    for (const part of readBy(on.program, score)) visit(part);
    figures.set(kpi, scored({ ...on, figures }, kpi));
  };
  for (const kpi of wanted) visit(kpi);
  return figures;
}

/** Every KPI that is named in a score or decides about tracks; with regions also every figure by region. */
export function readBy({ kpis, tracks }: ProgramDefinition, score: ScoreDefinition): string[] {
  const text = JSON.stringify([score, tracks]);
  return Object.keys(kpis).filter(
    (kpi) =>
      text.includes(`"${kpi}"`) || (score.overRegions !== undefined && kpis[kpi]!.regional !== undefined),
  );
}

function scored(on: Where, kpi: string): Given {
  const definition = on.program.kpis[kpi]!;
  const found = composed(on, { score: definition.score!, unit: definition.unit });
  const parts = readBy({ ...on.program, tracks: [] }, definition.score!);
  const isLate = parts.some((part) => on.figures.get(part)?.isLate !== false);
  if (found === 'error') return { value: null, why: 'unknown', isLate: true };
  const reason = found === 'overZero' ? 'over_zero' : null;
  const value =
    found === 'empty' || found === 'overZero' ? standIn(definition, reason) : rounded(found, definition);
  return { value, why: 'empty', reason, isLate };
}

function composed(on: Where, { score, unit }: { score: ScoreDefinition; unit: KpiUnit }): Composed {
  const { linear, each, bands, sum, difference, ratio, weighted, best, worst, steps, choose } = score;
  const { byTrack, bestTrack, overRegions, product } = score;
  if (linear !== undefined) {
    const [full, points] = [forTrack(on, linear.full), forTrack(on, linear.points)];
    if (full === null || points === null) return unknownTrack(on);
    return brought(on, linear.of, {
      make: (value) => share(value, full).mul(points),
      least: zero,
      most: points,
    });
  }
  if (each !== undefined) {
    const [points, per] = [forTrack(on, each.points), forTrack(on, each.per)];
    const cap = each.cap === undefined ? undefined : forTrack(on, each.cap);
    if (points === null || per === null || cap === null) return unknownTrack(on);
    const make = (value: Fraction) => {
      const units = value.lt(0) ? zero : value.div(per);
      return lower((each.whole ? units.floor() : units).mul(points), cap ?? null)!;
    };
    return brought(on, each.of, { make, least: zero, most: cap ?? null });
  }
  if (bands !== undefined) {
    const table = bands.table.map(({ from, above, points }) => ({
      isIn: from === undefined ? 'above' : 'from',
      bound: forTrack(on, (from ?? above)!),
      points: forTrack(on, points),
    }));
    if (table.some(({ bound, points }) => bound === null || points === null)) return unknownTrack(on);
    const make = (value: Fraction) => {
      let found = zero;
      for (const { isIn, bound, points } of table)
        if (isIn === 'from' ? value.gte(bound!) : value.gt(bound!)) found = points!;
      return found;
    };
    const all = [zero, ...table.map(({ points }) => points!)];
    return brought(on, bands.of, { make, least: extreme(all, false), most: extreme(all, true) });
  }
  if (sum !== undefined)
    return known(
      sum.map((kpi) => asItIs(on, kpi)),
      total,
    );
  if (difference !== undefined)
    return known(
      [asItIs(on, difference.of), ...[difference.less].flat().map((one) => takenAway(on, one))],
      total,
    );
  if (ratio !== undefined) return quotient(on, { unit, ratio });
  if (product !== undefined) return timesOther(on, product);
  if (best !== undefined)
    return known(
      best.map((kpi) => asItIs(on, kpi)),
      (all) => extreme(all, true)!,
    );
  if (worst !== undefined)
    return known(
      worst.map((kpi) => asItIs(on, kpi)),
      (all) => extreme(all, false)!,
    );
  if (weighted !== undefined) return mean(on, weighted);
  if (steps !== undefined) return stepByStep(on, steps);
  if (choose !== undefined) {
    for (const { when, use, otherwise } of choose) {
      const holds = when === undefined ? true : answer(on, when);
      if (holds === null) return unknownBecauseOf(on, when!);
      const taken = (use ?? otherwise)!;
      if (holds) return typeof taken === 'number' ? new Fraction(String(taken)) : asItIs(on, taken);
    }
  }
  if (byTrack !== undefined) {
    const track = trackOf(on);
    return track === null ? unknownTrack(on) : asItIs(on, byTrack[track]!);
  }
  if (overRegions !== undefined) return takenOverRegions(on, { unit, over: overRegions });
  const among = bestTrack!.among ?? on.program.tracks.map(({ key }) => key);
  return known(
    among.map((track) => asItIs(onTrack(on, track, bestTrack!.of), bestTrack!.of)),
    (all) => extreme(all, true)!,
  );
}

const zero = new Fraction(0);

/** As if the partner were on a track: what is measured stays, scores are composed anew. */
export function onTrack(on: Where, track: string, kpi?: string): Where {
  const measured = [...on.figures].filter(([kpi]) => on.program.kpis[kpi]!.score === undefined);
  const there = { ...on, onTrack: track, figures: new Map(measured) };
  return { ...there, figures: withScores(there, kpi === undefined ? undefined : [kpi]) };
}

export function known(parts: readonly Found[], join: (all: readonly Fraction[]) => Fraction): Found {
  if (parts.includes('error')) return 'error';
  return parts.includes('empty') ? 'empty' : join(parts as Fraction[]);
}

export function limited(parts: readonly Limit[], join: (all: readonly Fraction[]) => Fraction): Limit {
  return parts.includes(null) ? null : join(parts as Fraction[]);
}

/** A condition is not known because something in it cannot be computed, or because there is nothing to measure. */
function unknownBecauseOf(on: Where, ...wanted: unknown[]): Found {
  const text = JSON.stringify(wanted);
  const isByTrack = /:\{"(t\d|other)":/.test(text) && trackOf(on) === null;
  if (isByTrack && unknownTrack(on) === 'error') return 'error';
  const asked = [...on.figures].filter(([kpi]) => text.includes(`"kpi":"${kpi}"`));
  return asked.some(([, { value, why }]) => value === null && why === 'unknown') ? 'error' : 'empty';
}

function unknownTrack(on: Where): Found {
  return unknownBecauseOf(
    { ...on, onTrack: '' },
    on.program.tracks.map(({ when }) => when),
  );
}

/** Between nothing and all. */
function share(value: Fraction, full: Fraction): Fraction {
  const part = value.div(full);
  return part.lt(0) ? zero : part.gt(1) ? new Fraction(1) : part;
}

function lower(one: Limit, other: Limit): Limit {
  if (one === null || other === null) return one ?? other;
  return one.lt(other) ? one : other;
}

/** What a part brings: made of its figure, or what whenEmpty says where it has none. */
function brought(
  { program, figures }: Where,
  kpi: string,
  { make, least, most }: { make: (value: Fraction) => Fraction; least: Limit; most: Limit },
): Found {
  const { value, why, reason = null } = figures.get(kpi)!;
  if (value !== null) return make(value);
  if (why === 'unknown') return 'error';
  const said = saidOf(program.kpis[kpi]!, reason);
  return (said === 'fail' ? least : said === 'pass' ? most : null) ?? 'empty';
}

export function asItIs(on: Where, kpi: string): Found {
  return brought(on, kpi, { make: (value) => value, least: fewest(on, kpi), most: most(on, kpi) });
}

/** A number, and no KPI, where either may stand. */
function isNumber(one: BySegment): boolean {
  return typeof one !== 'string' || /^[-\d]/.test(one);
}

function quotient(
  on: Where,
  { unit, ratio: { of, to, per = 1 } }: { unit: KpiUnit; ratio: NonNullable<ScoreDefinition['ratio']> },
): Composed {
  const plainly = (kpi: string) => brought(on, kpi, { make: (value) => value, least: null, most: null });
  const factor = forTrack(on, per);
  const number = isNumber(to) ? forTrack(on, to) : zero;
  if (factor === null || number === null) return unknownTrack(on);
  const parts = [plainly(of), isNumber(to) ? number : plainly(String(to))];
  if (parts.includes('error')) return 'error';
  const [over, under] = parts as [Fraction, Fraction];
  if (parts.includes('empty')) return 'empty';
  if (under.lt(0)) return 'overZero';
  if (under.equals(0)) return over.equals(0) ? 'empty' : 'overZero';
  return over
    .div(under)
    .mul(factor)
    .mul(unit === 'percent' ? 100 : 1);
}

/** Neither has a fewest or a most that could stand for it. Of a percentage 100 is once. */
function timesOther(on: Where, { of, by }: NonNullable<ScoreDefinition['product']>): Found {
  const plainly = (kpi: string) => brought(on, kpi, { make: (value) => value, least: null, most: null });
  const once = !isNumber(by) && on.program.kpis[String(by)]!.unit === 'percent' ? 100 : 1;
  const factor = isNumber(by) ? (forTrack(on, by) ?? unknownTrack(on)) : plainly(String(by));
  if (isNumber(by) && !(factor instanceof Fraction)) return factor;
  return known([plainly(of), factor], ([one, times]) => one!.mul(times!).div(once));
}

function takenAway(on: Where, kpi: BySegment): Found {
  if (isNumber(kpi)) return forTrack(on, kpi)?.neg() ?? unknownTrack(on);
  return takenKpi(on, String(kpi));
}

function takenKpi(on: Where, kpi: string): Found {
  return brought(on, kpi, {
    make: (value) => value.neg(),
    least: most(on, kpi)?.neg() ?? null,
    most: fewest(on, kpi)?.neg() ?? null,
  });
}

function mean(on: Where, { of, to }: NonNullable<ScoreDefinition['weighted']>): Found {
  const weights = of.reduce((sum, { weight }) => sum.add(weight), new Fraction(0));
  const parts = of.map(({ kpi, weight, full }) => {
    const all = full === undefined ? most(on, kpi) : forTrack(on, full);
    const points = new Fraction(to).mul(weight).div(weights);
    if (all === null) return unknownTrack(on);
    return brought(on, kpi, { make: (value) => share(value, all).mul(points), least: zero, most: points });
  });
  return known(parts, total);
}

function stepByStep(on: Where, steps: NonNullable<ScoreDefinition['steps']>): Found {
  const found: Found[] = [];
  for (const { points, most: limit, needs } of steps) {
    const holds = needs === undefined ? true : answer(on, needs);
    if (holds === null) return known([...found, unknownBecauseOf(on, needs)], total);
    if (!holds) break;
    const cap = limit === undefined ? null : forTrack(on, limit);
    if (limit !== undefined && cap === null) return unknownTrack(on);
    const own =
      typeof points !== 'string'
        ? (forTrack(on, points) ?? unknownTrack(on))
        : brought(on, points, {
            make: (value) => value,
            least: fewest(on, points),
            most: lower(most(on, points), cap),
          });
    found.push(own instanceof Fraction ? lower(own, cap)! : own);
  }
  return known(found, total);
}

/** The most that a KPI can be by its rules alone; null where there is no limit. */
function most(on: Where, kpi: string): Limit {
  return limitOf(on, kpi, 'most');
}

/** The fewest: of scores in points 0, or what bands, steps and differences take away; of shares 0, of other figures none is known. */
function fewest(on: Where, kpi: string): Limit {
  const { score, unit } = on.program.kpis[kpi]!;
  if (score === undefined) return most(on, kpi) === null ? null : zero;
  const limit = unit === 'points' ? limitOf(on, kpi, 'fewest') : null;
  return limit === null ? null : extreme([zero, limit], false);
}

export function limitOf(on: Where, kpi: string, which: 'most' | 'fewest'): Limit {
  const { score, rank, unit, every } = on.program.kpis[kpi]!;
  const isMost = which === 'most';
  if (score === undefined) {
    if (!isMost) return fewest(on, kpi);
    // Before all others stands the first.
    if (rank?.as === 'percentile') return new Fraction(unit === 'percent' ? 100 : 1);
    return every === undefined || unit !== 'percent' ? null : new Fraction(100);
  }
  const { linear, each, bands, sum, difference, ratio, weighted, best, worst, steps, choose } = score;
  const { byTrack, bestTrack, overRegions, product } = score;
  const number = (one: Parameters<typeof forTrack>[1]) => forTrack(on, one) ?? (isMost ? null : zero);
  if (linear !== undefined) return isMost ? number(linear.points) : zero;
  if (each !== undefined) return isMost ? (each.cap === undefined ? null : number(each.cap)) : zero;
  if (bands !== undefined)
    return limited(
      [zero, ...bands.table.map(({ points }) => number(points))],
      (all) => extreme(all, isMost)!,
    );
  if (weighted !== undefined) return isMost ? new Fraction(weighted.to) : zero;
  const limit = (one: string | number) =>
    typeof one === 'number' ? new Fraction(String(one)) : limitOf(on, one, which);
  if (sum !== undefined) return limited(sum.map(limit), total);
  if (difference !== undefined) {
    const taken = [difference.less]
      .flat()
      .map((one) => (isNumber(one) ? number(one) : isMost ? fewest(on, String(one)) : most(on, String(one))));
    return limited([limit(difference.of), ...taken.map((one) => one?.neg() ?? null)], total);
  }
  if (ratio !== undefined) {
    // What it is divided by may be anything, also below 0.
    if (!isMost || !isNumber(ratio.to)) return null;
    const by = number(ratio.to);
    return by === null
      ? null
      : (limit(ratio.of)
          ?.div(by)
          .mul(unit === 'percent' ? 100 : 1) ?? null);
  }
  if (product !== undefined) {
    const by = isNumber(product.by) ? number(product.by) : null;
    return by === null ? null : (limit(product.of)?.mul(by) ?? null);
  }
  // Of the highest the fewest is that of any one of which it is known, and of the lowest the most.
  const oneOf = (all: readonly Limit[]) => extreme(all.filter((one) => one !== null) as Fraction[], !isMost);
  if (best !== undefined)
    return isMost ? limited(best.map(limit), (all) => extreme(all, true)!) : oneOf(best.map(limit));
  if (worst !== undefined)
    return isMost ? oneOf(worst.map(limit)) : limited(worst.map(limit), (all) => extreme(all, false)!);
  if (choose !== undefined)
    return limited(
      choose.map(({ use, otherwise }) => limit((use ?? otherwise)!)),
      (all) => extreme(all, isMost)!,
    );
  if (byTrack !== undefined) {
    const track = trackOf(on);
    const all = track === null ? Object.values(byTrack) : [byTrack[track]!];
    return limited(all.map(limit), (found) => extreme(found, isMost)!);
  }
  if (steps !== undefined) {
    // A step that needs something may end it before its own points.
    const sums: Limit[] = [];
    let sum: Limit = zero;
    for (const { points, most: cap, needs } of steps) {
      if (needs !== undefined) sums.push(sum);
      const own = typeof points === 'string' ? limitOf(on, points, which) : number(points);
      const limited = cap === undefined || (own === null && !isMost) ? own : lower(own, number(cap));
      sum = sum === null || limited === null ? null : sum.add(limited);
    }
    return limited([...sums, sum], (all) => extreme(all, isMost)!);
  }
  if (overRegions !== undefined) return limitOverRegions(on, { unit, over: overRegions }, which);
  const among = bestTrack!.among ?? on.program.tracks.map(({ key }) => key);
  const found = among.map((track) => limitOf({ ...on, onTrack: track }, bestTrack!.of, which));
  return isMost ? limited(found, (all) => extreme(all, true)!) : oneOf(found);
}
