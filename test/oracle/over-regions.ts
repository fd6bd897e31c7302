import { Fraction } from 'fraction.js';
import type { KpiUnit } from '../../src/program/schema/kpi.ts';
import type { OverRegions } from '../../src/program/score-parts.ts';
import { extreme, total } from './conditions.ts';
import { saidOf } from './figures.ts';
import { regionsNamed } from './regions.ts';
import { forTrack, type Given } from './requirements.ts';
import { asItIs, type Found, known, type Limit, limited, limitOf, type Where, withScores } from './scores.ts';

/** Scores over regions by hand: what docs/regions.md says. */

/** As if the partner were in a region alone: with the records and the numbers of that region. `kpi`: the only one. (Default: all) */
export function inRegion(on: Where, region: string, kpi?: string): Where {
  const { kpis } = on.program;
  const measured = [...on.figures].flatMap(([one, figure]): [string, Given][] => {
    if (kpis[one]!.score !== undefined) return [];
    return [[one, kpis[one]!.perRegion === undefined ? figure : on.figures.get(`${one}.${region}`)!]];
  });
  const there = { ...on, onRegion: region, figures: new Map(measured) };
  return { ...there, figures: withScores(there, kpi === undefined ? undefined : [kpi]) };
}

export function takenOverRegions(on: Where, { unit, over }: { unit: KpiUnit; over: OverRegions }): Found {
  const places = regionsNamed(on.program, over.among).map((region) => inRegion(on, region, over.of));
  if (over.take === 'count') return counted(over, places);
  // Where there is nothing to measure, and nothing said of that, the region is left out.
  const found = places.map((place) => asItIs(place, over.of)).filter((each) => each !== 'empty');
  if (found.length === 0) return 'empty';
  if (over.take === 'sum') return known(found, total);
  if (over.take !== 'concentration') return known(found, (all) => extreme(all, over.take === 'best')!);
  const sum = known(found, total);
  if (!(sum instanceof Fraction)) return sum;
  if (sum.lte(0)) return 'empty';
  const squares = known(found, (all) => total(all.map((each) => each.div(sum).pow(2)!)));
  return (squares as Fraction).mul(unit === 'percent' ? 100 : 1);
}

function counted(over: OverRegions, places: readonly Where[]): Found {
  const { of, atLeast, moreThan, atMost, lessThan } = over;
  const found = places.map((place): Found => {
    const { value, why, reason = null } = place.figures.get(of)!;
    if (value === null && why === 'unknown') return 'error';
    const said = saidOf(place.program.kpis[of]!, reason);
    if (value === null) return said === 'pass' ? one : said === 'fail' ? zero : 'empty';
    const order = value.compare(forTrack(place, (atLeast ?? moreThan ?? atMost ?? lessThan)!)!);
    const isIn =
      atLeast !== undefined
        ? order >= 0
        : moreThan !== undefined
          ? order > 0
          : atMost !== undefined
            ? order <= 0
            : order < 0;
    return isIn ? one : zero;
  });
  if (found.every((each) => each === 'empty')) return 'empty';
  return known(
    found.map((each) => (each === 'empty' ? zero : each)),
    total,
  );
}

const zero = new Fraction(0);
const one = new Fraction(1);

export function limitOverRegions(
  on: Where,
  { unit, over }: { unit: KpiUnit; over: OverRegions },
  which: 'most' | 'fewest',
): Limit {
  const isMost = which === 'most';
  const regions = regionsNamed(on.program, over.among);
  if (over.take === 'count') return isMost ? new Fraction(regions.length) : zero;
  if (over.take === 'concentration') return isMost ? new Fraction(unit === 'percent' ? 100 : 1) : zero;
  const each = regions.map((region) => limitOf({ ...on, onRegion: region }, over.of, which));
  if (over.take === 'sum') return limited(each, total);
  const known = each.filter((one) => one !== null);
  if (over.take === 'best' && !isMost) return known.length === 0 ? null : extreme(known, true);
  return limited(each, (all) => extreme(all, isMost)!);
}
