import type { Fraction } from 'fraction.js';
import { exact, exactRatio } from '../program/exact.ts';
import type { PerEachDefinition } from '../program/schema-each.ts';
import type { MeasureSql } from './measure-sql.ts';

/**
 * What all customers, periods or the like come to, of which the database gives a number and its divisor each: averages are fractions, for
 * which it has no exact numbers, and periods may be without records. Null where none has a figure. `pairs`: their list as JSON.
 */
export function valueOfEach({ each, cap, denominator }: MeasureSql, pairs: string): Fraction | null {
  const { definition, periods } = each!;
  const { take, atMost } = definition;
  const found = (JSON.parse(pairs) as [string, string][]).flatMap(([number, divisor]) => {
    if (exact(divisor).equals(0)) return [];
    const own = exactRatio(number, divisor).div(denominator);
    return [atMost !== undefined && own.gt(exact(atMost)) ? exact(atMost) : own];
  });
  const without = Array.from({ length: Math.max(0, (periods ?? 0) - found.length) }, () => exact(0));
  const value = take === 'count' ? exact(found.length) : taken(take, [...found, ...without]);
  if (value === null || cap === null) return value;
  const most = exact(cap).div(denominator);
  return value.gt(most) ? most : value;
}

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
