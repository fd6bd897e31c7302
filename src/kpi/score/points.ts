import type { Fraction } from 'fraction.js';
import { figureFor, keysOf } from '../../program/by-segment.ts';
import { exact, exactSum } from '../../program/exact.ts';
import type { ScoreDefinition } from '../../program/schema/score.ts';
import { mostOf } from '../../program/score-limits.ts';
import { errorText } from '../error-text.ts';
import { added, type Context, numbers, type Outcome, readPart, single, withoutSegment } from './part.ts';

/** The forms that turn figures into points. */

export function linearPoints(
  context: Context,
  { of, ...given }: NonNullable<ScoreDefinition['linear']>,
): Outcome {
  const found = numbers(context, [given.full, given.points]);
  if (found === undefined) return withoutSegment(context);
  const [full, most] = found as [Fraction, Fraction];
  const points = (value: Fraction) => most.mul(clamped(value.div(full)));
  return single(readPart(context, of, { points, limits: { least: exact(0), most }, full }));
}

/** Between nothing and all. */
function clamped(share: Fraction): Fraction {
  if (share.lt(0)) return exact(0);
  return share.gt(1) ? exact(1) : share;
}

export function eachPoints(context: Context, given: NonNullable<ScoreDefinition['each']>): Outcome {
  const { of, whole, cap } = given;
  const found = numbers(context, [given.points, given.per, ...(cap === undefined ? [] : [cap])]);
  if (found === undefined) return withoutSegment(context);
  const [each, per, most = null] = found as [Fraction, Fraction, Fraction?];
  const points = (value: Fraction) => {
    const units = value.lt(0) ? exact(0) : value.div(per);
    const all = (whole ? units.floor() : units).mul(each);
    return most !== null && all.gt(most) ? most : all;
  };
  const full = most === null ? null : most.div(each).mul(per);
  return single(readPart(context, of, { points, limits: { least: exact(0), most }, full }));
}

export function bandPoints(context: Context, { of, table }: NonNullable<ScoreDefinition['bands']>): Outcome {
  const rows = table.map(({ from, above, points }) => ({
    isIn: (value: Fraction, bound: Fraction) => (from === undefined ? value.gt(bound) : value.gte(bound)),
    found: numbers(context, [(from ?? above)!, points]),
  }));
  if (rows.some(({ found }) => found === undefined)) return withoutSegment(context);
  const bands = rows.map(({ isIn, found }) => ({ isIn, bound: found![0]!, points: found![1]! }));
  const points = (value: Fraction) =>
    bands.findLast(({ isIn, bound }) => isIn(value, bound))?.points ?? exact(0);
  const all = [exact(0), ...bands.map((band) => band.points)].sort((one, other) => one.compare(other));
  const most = all.at(-1)!;
  const full = bands.find((band) => band.points.equals(most))?.bound ?? null;
  return single(readPart(context, of, { points, limits: { least: all[0]!, most }, full }));
}

export function weightedMean(
  context: Context,
  { of, to }: NonNullable<ScoreDefinition['weighted']>,
): Outcome {
  const whole = exactSum(of.map(({ weight }) => weight));
  const parts = of.map(({ kpi, weight, full }) => {
    const all =
      full === undefined
        ? mostOf(context.program, kpi, keysOf(context.segments))
        : (figureFor(context.program, full, keysOf(context.segments)) ?? null);
    if (all === null) return undefined;
    const most = exact(to).mul(exact(weight)).div(whole);
    const points = (value: Fraction) => most.mul(clamped(value.div(all)));
    return readPart(context, kpi, { points, limits: { least: exact(0), most }, full: all });
  });
  const known = parts.filter((part) => part !== undefined);
  if (known.length === parts.length) return added(known);
  // A part that cannot be computed is an error all the same, and no case of nothing to measure.
  const error = known.find((part) => part.error !== null)?.error ?? null;
  return error === null
    ? withoutSegment(context)
    : { ...withoutSegment(context), reason: errorText(error), error };
}
