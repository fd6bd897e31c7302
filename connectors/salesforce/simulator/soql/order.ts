/** ORDER BY, and the selection of the first rows of an order without sorting all of them. */

import type { OrderByClause } from '@jetstreamapp/soql-parser-js';
import type { FieldValue, Row } from '../types.ts';
import { fieldOperand, functionOperand, type Operand, type Place } from './operands.ts';

export type Comparator<T> = (a: T, b: T) => number;

export interface SortKey<T> {
  read(item: T): FieldValue;
  descending: boolean;
  nullsLast: boolean;
}

/** Compares two values of one type; absent ones are dealt with by the caller. */
function compareValues(a: FieldValue, b: FieldValue): number {
  if (a === b) return 0;
  return (a as string) < (b as string) ? -1 : 1;
}

/** The order that the keys make together. */
export function comparatorOf<T>(keys: SortKey<T>[]): Comparator<T> {
  const single = keys.map(({ read, descending, nullsLast }): Comparator<T> => {
    const sign = descending ? -1 : 1;
    const nullSign = nullsLast ? 1 : -1;
    return (a, b) => {
      const x = read(a);
      const y = read(b);
      if (x === null || y === null) return x === y ? 0 : x === null ? nullSign : -nullSign;
      return sign * compareValues(x, y);
    };
  });
  const [first, second, ...more] = single;
  if (!first) return () => 0;
  if (!second) return first;
  if (more.length === 0) return (a, b) => first(a, b) || second(a, b);
  return (a, b) => {
    for (const compare of single) {
      const outcome = compare(a, b);
      if (outcome !== 0) return outcome;
    }
    return 0;
  };
}

/** How an operand's values sort: text without regard to case, blank text as absent. */
export function sortValue(operand: Operand): (row: Row) => FieldValue {
  const { get } = operand;
  if (operand.domain === 'boolean') return (row) => get(row) === true;
  if (operand.domain !== 'text' && operand.domain !== 'multi') return get;
  return (row) => {
    const value = get(row);
    return typeof value === 'string' && value !== '' ? value.toLowerCase() : null;
  };
}

/** The clause's own settings of one key: ascending and nulls first unless it says otherwise. */
export function settingsOf(clause: OrderByClause): { descending: boolean; nullsLast: boolean } {
  return { descending: clause.order === 'DESC', nullsLast: clause.nulls === 'LAST' };
}

/** The clause as a list. */
export function clausesOf<T>(clause: T | T[] | undefined): T[] {
  if (clause === undefined) return [];
  return Array.isArray(clause) ? clause : [clause];
}

/** The order of rows. @throws ApiError INVALID_FIELD for a field that cannot be sorted */
export function compileOrder(clauses: OrderByClause[], place: Place): Comparator<Row> | undefined {
  if (clauses.length === 0) return undefined;
  const keys = clauses.map((clause): SortKey<Row> => {
    const operand = 'fn' in clause ? functionOperand(clause.fn, place) : fieldOperand(clause.field, place);
    if (!operand.field.sortable)
      throw place.scope.problems.invalidField(
        `field '${operand.field.name}' can not be sorted in a query call`,
        operand.name,
      );
    return { read: sortValue(operand), ...settingsOf(clause) };
  });
  return comparatorOf(keys);
}

/** Keeps the first `count` items of the order while items stream by; memory is bounded by twice that. */
export function firstOf<T>(items: Iterable<T>, compare: Comparator<T>, count: number): T[] {
  let kept: T[] = [];
  let worst: T | undefined;
  const limit = Math.max(2 * count, 1024);
  for (const item of items) {
    if (worst !== undefined && compare(item, worst) >= 0) continue;
    kept.push(item);
    if (kept.length < limit) continue;
    kept.sort(compare);
    kept = kept.slice(0, count);
    worst = kept.at(-1);
  }
  return kept.sort(compare).slice(0, count);
}
