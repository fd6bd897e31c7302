import { fc } from '../services/fast-check.ts';
import type { Json } from './arbitrary-conditions.ts';

/** Numbers of random scores, and the scores that divide or multiply by a number or by each other. */

export interface Known {
  /** KPIs by unit; of points there are always some. */
  points: readonly string[];
  percent: readonly string[];
  all: readonly string[];
  tracks: readonly string[];
}

/** A number for everybody, or one for each track. */
export function byTrack(numbers: fc.Arbitrary<string | number>, { tracks }: Known): fc.Arbitrary<unknown> {
  if (tracks.length === 0) return numbers;
  const each = fc.record(Object.fromEntries(tracks.map((key) => [key, numbers])));
  return fc.oneof({ weight: 2, arbitrary: numbers }, { weight: 1, arbitrary: each });
}

export const above = fc.constantFrom<(string | number)[]>(1, 2, '2.5', 7, 10, 100);
export const any = fc.constantFrom<(string | number)[]>(0, 1, 2, '2.5', 7, -1, 10, 100);

/** A bound in the unit of a KPI: of money it may name a currency. */
export function boundOf(kpi: string, known: Known, numbers = any): fc.Arbitrary<unknown> {
  const amounts = fc.constantFrom<(string | number)[]>(5, '10', '5 EUR', '7.5 USD', '100 SEK');
  return byTrack(kpi === 'm3' ? amounts : numbers, known);
}

/** One KPI divided by another one, or by a number in its own unit. */
export function ratioOf(known: Known): fc.Arbitrary<Json> {
  const counted = fc.constantFrom(...known.points);
  const units = fc.constantFrom('number', 'ratio', 'percent');
  const byNumber = counted.chain((of) =>
    fc.tuple(boundOf(of, known, above), units).map(([to, unit]) => ({ unit, score: { ratio: { of, to } } })),
  );
  const alike = fc
    .tuple(fc.uniqueArray(counted, { minLength: 2, maxLength: 2 }), units)
    .map(([[of, to], unit]) => ({ unit, score: { ratio: { of, to } } }));
  const byMoney = fc
    .tuple(counted, boundOf('m3', known, above), fc.constantFrom('points', 'number'))
    .map(([of, per, unit]) => ({ unit, score: { ratio: { of, to: 'm3', per } } }));
  const ofMoney = fc
    .tuple(counted, byTrack(above, known))
    .map(([to, per]) => ({ unit: 'money', score: { ratio: { of: 'm3', to, per } } }));
  return fc.oneof(byNumber, alike, byMoney, ofMoney);
}

/** One KPI times another one, or times a number. */
export function productOf(known: Known): fc.Arbitrary<Json> {
  const counted = fc.constantFrom(...known.points);
  const share = fc.constantFrom(...known.percent);
  const byNumber = counted.chain((of) =>
    byTrack(above, known).map((by) => ({ unit: 'number', score: { product: { of, by } } })),
  );
  const alike = fc
    .uniqueArray(counted, { minLength: 2, maxLength: 2 })
    .map(([of, by]) => ({ unit: 'points', score: { product: { of, by } } }));
  const byShare = fc
    .tuple(counted, share)
    .map(([of, by]) => ({ unit: 'points', score: { product: { of, by } } }));
  const ofShare = fc
    .tuple(share, counted)
    .map(([of, by]) => ({ unit: 'percent', score: { product: { of, by } } }));
  const ofMoney = counted.map((by) => ({ unit: 'money', score: { product: { of: 'm3', by } } }));
  return fc.oneof(byNumber, alike, byShare, ofShare, ofMoney);
}
