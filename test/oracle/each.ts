import { Fraction } from 'fraction.js';
import type { MeasureDefinition } from '../../src/program/schema/kpi.ts';
import { extreme, middle, total } from './conditions.ts';
import type { Entry } from './measures.ts';
import { takesPart } from './regions.ts';

/** What of each customer, person or the like counts, and what entries come to. */

/** Where only so many records of each count, the largest do. */
export function limitEach({ perEach }: MeasureDefinition, entries: readonly Entry[]): void {
  if (perEach?.records === undefined) return;
  const groups = byEach(entries.filter(takesPart));
  for (const group of groups) {
    const size = ({ number }: Entry) => number;
    const sorted = [...group].sort((one, other) => {
      const [left, right] = [size(one), size(other)];
      if (left === null || right === null) return (left === null ? 0 : 1) - (right === null ? 0 : 1);
      return right.compare(left) || (one.row.id < other.row.id ? -1 : 1);
    });
    for (const entry of sorted.slice(perEach.records)) entry.reason = 'beyond_limit';
  }
}

/** Where only the best period of each counts, the others do not; of several that are as good the last one does. */
export function leaveBest(measure: MeasureDefinition, entries: readonly Entry[]): void {
  if (measure.perEach?.best === undefined) return;
  for (const group of byEach(entries.filter(({ reason }) => reason === null))) {
    const periods = [...new Set(group.map(({ period }) => period))].sort();
    const worth = periods.map(
      (one) =>
        addedUp(
          measure,
          group.filter(({ period }) => period === one),
        )!,
    );
    const most = extreme(worth, true)!;
    const best = periods.findLast((_period, index) => worth[index]!.equals(most));
    for (const entry of group) if (entry.period !== best) entry.reason = 'lesser_period';
  }
}

export function byEach(entries: readonly Entry[]): Entry[][] {
  const groups = new Map<string | null, Entry[]>();
  for (const entry of entries) groups.set(entry.each, [...(groups.get(entry.each) ?? []), entry]);
  return [...groups.values()];
}

export function addedUp(measure: MeasureDefinition, counting: readonly Entry[]): Fraction | null {
  if (measure.distinct !== undefined)
    return new Fraction(new Set(counting.map(({ identity }) => identity)).size);
  const numbers = counting.map(({ number }) => number!);
  if (measure.count !== undefined || measure.sum !== undefined) return total(numbers);
  if (measure.min !== undefined || measure.max !== undefined)
    return extreme(numbers, measure.max !== undefined);
  if (measure.latest !== undefined) return numbers[0] ?? null;
  if (measure.average === undefined) return middle(numbers);
  const weight = total(counting.map((entry) => entry.weight));
  return weight.equals(0)
    ? null
    : total(counting.map((entry) => entry.number!.mul(entry.weight))).div(weight);
}
