import { DataverseError, refusals } from '../errors.ts';
import { canonicalGuid } from '../ids.ts';
import type { Alias, Literal } from '../odata/ast.ts';
import type { State } from '../state.ts';
import type { Column, Key, Row, Table, Value } from '../types.ts';
import { storedValue } from './value.ts';

/** How an address names a row: by its id, or by the columns of an alternate key. */
export type RowKey = { kind: 'id'; id: string } | { kind: 'key'; key: Key; values: Record<string, Value> };

/**
 * Rows whose key holds one of these cannot be addressed by it, encoded or not, though the key keeps them unique.
 * https://learn.microsoft.com/power-apps/developer/data-platform/define-alternate-keys-entity
 */
const unaddressable = /[/<>*%&:\\?+]/;

/** Reads what stands in the brackets behind the name of an entity set. */
export function rowKey(table: Table, given: Readonly<Record<string, Literal | Alias>>): RowKey {
  const names = Object.keys(given);
  if (names.length === 1 && (names[0] === '' || names[0] === table.primaryId)) {
    const literal = given[names[0]!]!;
    const id = literal.kind === 'guid' || literal.kind === 'string' ? canonicalGuid(literal.value) : null;
    if (id === null) throw refusals.badQuery(`Error in query syntax.`);
    return { kind: 'id', id };
  }
  const values: Record<string, Value> = {};
  for (const [name, literal] of Object.entries(given)) {
    const column = keyColumn(table, name);
    if (literal.kind === 'string' && unaddressable.test(literal.value))
      throw refusals.badQuery('Error in query syntax.');
    values[column.logicalName] = storedValue(table, column, literalValue(literal));
  }
  const columns = Object.keys(values).sort().join();
  const key = table.keys.find((each) => [...each.columns].sort().join() === columns);
  if (key === undefined) throw refusals.keyNotDefined(table);
  if (key.status !== 'Active') throw refusals.keyNotDefined(table);
  return { kind: 'key', key, values };
}

/** A lookup stands in a key by the name of its value. */
function keyColumn(table: Table, name: string): Column {
  const logical = /^_(.+)_value$/.exec(name)?.[1] ?? name;
  const column = table.columns.get(logical);
  if (column === undefined) throw refusals.keyNotDefined(table);
  return column;
}

function literalValue(literal: Literal | Alias): unknown {
  switch (literal.kind) {
    case 'number':
      return Number(literal.text);
    case 'null':
    case 'alias':
    case 'list':
    case 'enum':
      throw new DataverseError(400, '0x80060888', 'Error in query syntax.');
    default:
      return literal.value;
  }
}

/** The row with the key, whoever may see it. */
export function findByKey(
  state: State,
  table: Table,
  values: Readonly<Record<string, Value>>,
): Row | undefined {
  const [first, ...rest] = Object.entries(values);
  if (first === undefined) return undefined;
  return state
    .rows(table)
    .where(first[0], first[1])
    .find((row) => rest.every(([column, value]) => sameKey(row[column] ?? null, value)));
}

function sameKey(left: Value, right: Value): boolean {
  return typeof left === 'string' && typeof right === 'string'
    ? left.toLowerCase() === right.toLowerCase()
    : left === right;
}

/** Refuses a row that another one has the key of; rows without a part of the key are not compared. */
export function checkKeys(state: State, table: Table, row: Row): void {
  for (const key of table.keys) {
    if (key.status !== 'Active') continue;
    const values = Object.fromEntries(key.columns.map((column) => [column, row[column] ?? null]));
    if (Object.values(values).some((value) => value === null)) continue;
    const other = findByKey(state, table, values);
    if (other === undefined || other[table.primaryId] === row[table.primaryId]) continue;
    throw refusals.duplicateKey(key.schemaName, key.columns.join(', '));
  }
}
