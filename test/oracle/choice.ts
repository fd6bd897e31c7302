import { Fraction } from 'fraction.js';
import type { MeasureDefinition } from '../../src/program/schema/kpi.ts';
import type { Unknown } from './amounts.ts';
import type { Subject } from './conditions.ts';
import { brought, type Entry } from './measures.ts';
import { takesPart } from './regions.ts';
import type { Owned } from './sources.ts';
import { dayOf, type Scope } from './windows.ts';
import { read } from './world.ts';

/** The largest and the smallest records by hand: what docs/measures.md says of them. */

/** What a record is chosen by; null where it does not say. */
export function sizeOf(
  scope: Scope,
  { largest, smallest }: MeasureDefinition,
  parts: { owned: Owned; subject: Subject },
): Fraction | Unknown | null {
  const by = (largest ?? smallest)?.by;
  if (by === undefined) return new Fraction(0);
  const { kind, row } = parts.subject;
  const { type } = read(scope.world, kind, row, by);
  if (type !== 'date' && type !== 'instant') return brought(scope, { sum: `${kind}.${by}` }, parts).number;
  const day = dayOf(scope, kind, row, by);
  return day === null ? null : new Fraction(Date.parse(day) / 86_400_000);
}

/** Only so many of the largest count, and of those only what satisfies the condition. */
export function choose(measure: MeasureDefinition, entries: readonly Entry[]): void {
  const choice = measure.largest ?? measure.smallest;
  if (choice !== undefined) {
    const list = entries.filter(takesPart);
    const isBefore = (one: Entry, other: Entry) => {
      const [left, right] = [sizeIn(measure, one), sizeIn(measure, other)];
      if (left === null || right === null) return left === null && right !== null;
      return measure.largest === undefined ? left.lt(right) : left.gt(right);
    };
    const isTaken = (one: Entry, other: Entry) =>
      isBefore(other, one) || (choice.ties !== 'all' && !isBefore(one, other) && other.row.id < one.row.id);
    const outside = list.filter(
      (one) => list.filter((other) => other !== one && isTaken(one, other)).length >= choice.records,
    );
    for (const entry of outside) entry.reason = 'not_chosen';
  }
  for (const entry of entries) if (entry.reason === null && entry.isAsked !== true) entry.reason = 'not_then';
}

/** Of an entry of a ledger what others leave of it, where that is what is measured. */
function sizeIn(measure: MeasureDefinition, entry: Entry): Fraction | null {
  const { sum, average, median, min, max, times } = measure;
  const own = `${entry.subject.kind}.${(measure.largest ?? measure.smallest)!.by}`;
  const isMeasured = [sum, average, median, min, max].includes(own) && times === undefined;
  return entry.subject.kind === 'fact' && isMeasured ? entry.number : entry.size;
}
