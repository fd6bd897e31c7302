import { Fraction } from 'fraction.js';
import type { AggregateCondition } from '../../src/program/schema/kpi.ts';
import { recordsOf } from './sources.ts';
import type { Scope } from './windows.ts';
import { type Kind, plainName, type Row, read } from './world.ts';

/** What a `has` looks at, by hand: what docs/measures.md says of what belongs to a record, and of what matches it. */

interface Belonging {
  row: Row;
  /** The partner's share of it in percent. */
  share: Fraction;
}

const whole = new Fraction(100);

/** The reference by which a record belongs to another one. */
const references: Readonly<Record<string, string>> = {
  'lead deal': 'deal',
  'certification person': 'person',
};

export function belonging(
  scope: Scope,
  on: { kind: Kind; row: Row },
  { kind, has }: { kind: Kind; has: AggregateCondition },
): Belonging[] {
  if (has.matching !== undefined) return matching(scope, on, { kind, pairs: Object.entries(has.matching) });
  const reference = references[`${kind} ${on.kind}`]!;
  return scope.world[kind]
    .filter(({ state, values }) => state === 'live' && values[reference] === on.row.id)
    .map((row) => ({ row, share: whole }));
}

/** The records of the same partner that say the same in each of some attributes; nothing says the same as a blank. */
function matching(
  scope: Scope,
  on: { kind: Kind; row: Row },
  { kind, pairs }: { kind: Kind; pairs: readonly [own: string, other: string][] },
): Belonging[] {
  const textOf = (of: Kind, row: Row, path: string) => {
    const { value } = read(scope.world, of, row, path);
    return plainName(String(value ?? ''));
  };
  const wanted = pairs.map(([own, other]) => [own, textOf(on.kind, on.row, other)] as const);
  if (wanted.some(([, text]) => text === '')) return [];
  return recordsOf(scope, { kind, measure: {} }).flatMap(({ row, share, isGone, isOutside }) => {
    if (isGone || isOutside || share === null) return [];
    if (!wanted.every(([own, text]) => textOf(kind, row, own) === text)) return [];
    return kind === 'fact' && !isStanding(scope, row) ? [] : [{ row, share }];
  });
}

/** Whether a fact is an entry of which something is left on the day; what takes another one back is none. */
function isStanding({ world, asOf }: Scope, { values }: Row): boolean {
  if ((values.reverses ?? null) !== null) return false;
  const entry = values.entry ?? null;
  const takers = world.fact.filter(
    (one) =>
      one.state === 'live' &&
      entry !== null &&
      one.values.reverses === entry &&
      one.values.partner === values.partner &&
      typeof one.values.occurredOn === 'string' &&
      one.values.occurredOn <= asOf,
  );
  if (takers.length === 0) return true;
  const quantity = values.quantity ?? null;
  // What says no number takes back the whole, and of what has none nothing can be left.
  if (quantity === null || takers.some((one) => (one.values.quantity ?? null) === null)) return false;
  const made = new Fraction(String(quantity));
  const left = takers.reduce((sum, one) => sum.add(new Fraction(String(one.values.quantity))), made);
  return left.mul(made).gt(0);
}
