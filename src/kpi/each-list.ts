import type { Fraction } from 'fraction.js';
import { exact, exactRatio } from '../program/exact.ts';
import { type PerEachDefinition, type PeriodTake, periodTake } from '../program/schema/each.ts';
import type { AddedUp } from './sql/aggregate.ts';
import type { MeasureSql } from './sql/measure.ts';

/** What one comes to, what that is divided by, and which period it is, if any; no figure for one that falls short of what is asked of each. */
type Told = Known | [null, null, period: string];
type Known = [number: string, divisor: string, period: string | null];

/**
 * What all customers, periods or the like come to, of which the database gives a number and its divisor each: averages are fractions, for
 * which it has no exact numbers, and periods may be without records. Null where none has a figure. `list`: all of them as JSON.
 */
export function valueOfEach({ each, cap, denominator }: MeasureSql, list: string): Fraction | null {
  const { definition, isWithout, inner } = each!;
  const periods = each!.periods ?? 0;
  const told: Told[] = JSON.parse(list);
  const there = told.filter((one): one is Known => one[0] !== null);
  const take = periodTake(definition);
  if (take !== undefined) {
    const numbers = (all: readonly Told[]) => new Set(all.map((one) => Number(one[2])));
    const [known, holding] = [numbers(told), numbers(there)];
    const holds = Array.from(
      { length: periods },
      (_none, index) => holding.has(index + 1) || (isWithout && !known.has(index + 1)),
    );
    return capped(exact(periodsTaken(take, holds)), cap, denominator);
  }
  const found = there.flatMap((one) => figureOf(one, { definition, denominator }));
  // What all weigh nothing has no average that could be added up.
  if (found.length === 0 && there.length > 0) return null;
  const empty = isWithout && addsUp.has(inner) ? Math.max(0, periods - told.length) : 0;
  const without = Array.from({ length: empty }, () => exact(0));
  const value = taken(definition.take as Put, [...found, ...without]);
  return value === null ? null : capped(value, cap, denominator);
}

/** In how many periods something holds, of which is told for each in their order: of all, or in a row. */
function periodsTaken(take: PeriodTake, holds: readonly boolean[]): number {
  if (take === 'count') return holds.filter(Boolean).length;
  const runs: number[] = [];
  for (const one of holds) runs.push(one ? (runs.at(-1) ?? 0) + 1 : 0);
  return take === 'lastRun' ? (runs.at(-1) ?? 0) : Math.max(0, ...runs);
}

function figureOf(
  [number, divisor]: Known,
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

type Put = Exclude<PerEachDefinition['take'], PeriodTake>;

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
