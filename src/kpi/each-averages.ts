import type { Fraction } from 'fraction.js';
import { exact, exactRatio } from '../program/exact.ts';
import type { PerEachDefinition } from '../program/schema-each.ts';
import type { MeasureSql } from './measure-sql.ts';

/**
 * What the averages of all customers, people or the like come to. They are fractions, for which the database has no numbers, so it gives
 * the sum and the divisor of each. Null where none has an average. `pairs`: a list of these as JSON.
 */
export function valueOfAverages({ each, cap, denominator }: MeasureSql, pairs: string): Fraction | null {
  const { take, atMost } = each!.definition;
  const averages = (JSON.parse(pairs) as [string, string][]).flatMap(([sum, divisor]) => {
    if (exact(divisor).equals(0)) return [];
    const own = exactRatio(sum, divisor).div(denominator);
    return [atMost !== undefined && own.gt(exact(atMost)) ? exact(atMost) : own];
  });
  const value = taken(take, averages);
  if (value === null || cap === null) return value;
  const most = exact(cap).div(denominator);
  return value.gt(most) ? most : value;
}

function taken(take: PerEachDefinition['take'], values: readonly Fraction[]): Fraction | null {
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
