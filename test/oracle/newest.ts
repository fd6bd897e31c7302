import { Fraction } from 'fraction.js';
import type { MeasureDefinition } from '../../src/program/schema/kpi.ts';
import { identityOf } from './identities.ts';
import type { Entry } from './measures.ts';
import { takesPart } from './regions.ts';
import { dayOf, type Scope } from './windows.ts';
import { type Amount, read } from './world.ts';

/** The newest record by hand: what docs/measures.md says of latest and of entries that are taken back. */

/** Where records are chosen among, of an entry what is left of it; only the newest counts, or that of each value of an attribute. */
export function newest(scope: Scope, measure: MeasureDefinition, entries: readonly Entry[]): void {
  const by = [measure.window ?? []].flat().find((window) => window.by !== undefined)?.by;
  const days = new Map(
    entries.map((entry) => [
      entry,
      by === undefined ? '' : (dayOf(scope, entry.subject.kind, entry.row, by) ?? ''),
    ]),
  );
  if (entries[0]?.subject.kind === 'fact') takeBackParts(scope, { measure, entries, days });
  if ((measure.latest ?? measure.newestOfEach) === undefined) return;
  const groups = new Map<string | null, Entry[]>();
  for (const entry of entries.filter(takesPart)) {
    const path = measure.newestOfEach;
    const each = path === undefined ? null : identityOf(scope, { ...entry.subject, path });
    groups.set(each, [...(groups.get(each) ?? []), entry]);
  }
  for (const group of groups.values()) for (const older of olderOf(group, days)) older.reason = 'superseded';
}

/** All but the newest, of one day the largest. */
function olderOf(group: readonly Entry[], days: ReadonlyMap<Entry, string>): Entry[] {
  const [, ...older] = [...group].sort((one, other) => {
    const [left, right] = [days.get(one)!, days.get(other)!];
    if (left !== right) return left < right ? 1 : -1;
    const order = (other.number === null ? 1 : 0) - (one.number === null ? 1 : 0);
    if (order !== 0) return order;
    const size = one.number === null ? 0 : other.number!.compare(one.number);
    return size !== 0 ? size : one.row.id < other.row.id ? -1 : 1;
  });
  return older;
}

function takeBackParts(
  scope: Scope,
  {
    measure,
    entries,
    days,
  }: { measure: MeasureDefinition; entries: readonly Entry[]; days: Map<Entry, string> },
): void {
  const text = ({ row }: Entry, name: string) => row.values[name] ?? null;
  const parts = entries.filter(takesPart);
  const isOfEntry = new Set<Entry>();
  const takers = parts.filter((one) => text(one, 'reverses') !== null);
  for (const entry of parts.filter((one) => text(one, 'reverses') === null && text(one, 'entry') !== null)) {
    const own = takers.filter(
      (one) =>
        text(one, 'reverses') === text(entry, 'entry') && text(one, 'partner') === text(entry, 'partner'),
    );
    if (own.length === 0) continue;
    for (const one of own) isOfEntry.add(one);
    const made = madeOf(scope, measure, entry);
    const isWhole = isCounted(measure) && own.some((one) => text(one, 'quantity') === null);
    if (made === null || isWhole) entry.reason = 'taken_back';
    else if (own.every((one) => madeOf(scope, measure, one)!.currency === made.currency)) {
      const left = own.reduce((sum, one) => sum.add(madeOf(scope, measure, one)!.amount), made.amount);
      if (isNothing(left, made.amount)) entry.reason = 'taken_back';
      else if (!isCounted(measure) && entry.number !== null)
        entry.number = entry.number.mul(left).div(made.amount);
    } else {
      const unknown = own.filter(({ number }) => number === null);
      for (const one of unknown) days.set(one, days.get(entry)!);
      if (unknown.length === 0 && entry.number !== null) {
        const left = own.reduce((sum, one) => sum.add(one.number!), entry.number);
        if (isNothing(left, entry.number)) entry.reason = 'taken_back';
        else entry.number = left;
      }
      for (const one of own) if (one.number !== null) one.reason = 'takes_back';
      continue;
    }
    for (const one of own) one.reason = 'takes_back';
  }
  for (const one of takers) if (!isOfEntry.has(one)) one.reason = 'takes_back';
}

/** Nothing is left, or more was taken than there was. */
function isNothing(left: Fraction, made: Fraction): boolean {
  return left.mul(made).lte(0);
}

/** Where records are counted, each is one while something is left of its quantity. */
function isCounted({ count, distinct }: MeasureDefinition): boolean {
  return (count ?? distinct) !== undefined;
}

/** What an entry was made with, in its own currency; null for times between two dates. */
function madeOf(
  { world }: Scope,
  measure: MeasureDefinition,
  { row }: Entry,
): { amount: Fraction; currency: string | null } | null {
  if (isCounted(measure)) return { amount: new Fraction(String(row.values.quantity ?? 0)), currency: null };
  const { latest, sum, average, median, min, max } = measure;
  const of = latest ?? sum ?? average ?? median ?? min ?? max;
  if (typeof of !== 'string') return null;
  const { value, type } = read(world, 'fact', row, of.slice('fact.'.length));
  if (type !== 'money') return { amount: new Fraction(String(value)), currency: null };
  const { amount, currency } = value as Amount;
  return { amount: new Fraction(amount), currency };
}
