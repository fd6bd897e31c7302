import type { Fraction } from 'fraction.js';
import { exact, exactRatio } from '../program/exact.ts';
import type { PerEachDefinition } from '../program/schema/each.ts';
import type { AddedUp } from './sql/aggregate.ts';
import type { MeasureSql } from './sql/measure.ts';

/** What one comes to, and what that is divided by; nulls for a period that falls short of what is asked of each. */
type Pair = [number: string, divisor: string] | [null, null];

/**
 * What all customers, periods or the like come to, of which the database gives a number and its divisor each: averages are fractions, for
 * which it has no exact numbers, and periods may be without records. Null where none has a figure. `pairs`: their list as JSON.
 */
export function valueOfEach({ each, cap, denominator }: MeasureSql, pairs: string): Fraction | null {
  const { definition, periods, inner } = each!;
  const { take } = definition;
  const told: Pair[] = JSON.parse(pairs);
  const there = told.filter((pair): pair is [string, string] => pair[0] !== null);
  const empty = Math.max(0, (periods ?? 0) - told.length);
  if (take === 'count') return capped(exact(there.length + empty), cap, denominator);
  const found = there.flatMap((pair) => figureOf(pair, { definition, denominator }));
  // What all weigh nothing has no average that could be added up.
  if (found.length === 0 && there.length > 0) return null;
  const without = Array.from({ length: addsUp.has(inner) ? empty : 0 }, () => exact(0));
  const value = taken(take, [...found, ...without]);
  return value === null ? null : capped(value, cap, denominator);
}

function figureOf(
  [number, divisor]: [string, string],
  { definition: { atMost }, denominator }: { definition: PerEachDefinition; denominator: bigint },
): Fraction[] {
  if (exact(divisor).equals(0)) return [];
  const own = exactRatio(number, divisor).div(denominator);
  return [atMost !== undefined && own.gt(exact(atMost)) ? exact(atMost) : own];
}

function capped(value: Fraction, cap: bigint | null, denominator: bigint): Fraction {
  if (cap === null) return value;
  const most = exact(cap).div(denominator);
  return value.gt(most) ? most : value;
}

/** Of nothing these are 0. */
const addsUp: ReadonlySet<AddedUp> = new Set(['count', 'sum', 'distinct']);

type Put = Exclude<PerEachDefinition['take'], 'count'>;

function taken(take: Put, values: readonly Fraction[]): Fraction | null {
  if (take === 'sum') return sumOf(values);
  if (values.length === 0) return null;
  if (take === 'average') return sumOf(values).div(values.length);
  const sorted = [...values].sort((one, other) => one.compare(other));
  if (take === 'min') return sorted[0]!;
  if (take === 'max') return sorted.at(-1)!;
  const [lower, upper] = [
    sorted[Math.floor((values.length - 1) / 2)]!,
    sorted[Math.floor(values.length / 2)]!,
  ];
  return lower.add(upper).div(2);
}

function sumOf(values: readonly Fraction[]): Fraction {
  return values.reduce((sum: Fraction, one) => sum.add(one), exact(0));
}
