import { lookupTarget } from '../format.ts';
import type { State } from '../state.ts';
import { lookupTable, type Row, type Table, type Value } from '../types.ts';

/**
 * A connection between two rows is kept twice, once as each of them sees it; either one names the other.
 * https://learn.microsoft.com/power-apps/developer/data-platform/connection-entities
 */

export const isConnection = (table: Table): boolean => table.logicalName === 'connection';

/** Columns that say the same from either side. */
const shared = [
  'description',
  'effectivestart',
  'effectiveend',
  'statecode',
  'statuscode',
  'ownerid',
] as const;

/** What follows from the rows that are connected: the name of the second one, and the kinds of both. */
export function describeConnection(state: State, table: Table, row: Row): void {
  for (const side of ['record1', 'record2'] as const) {
    const target = lookupTarget(state, table.columns.get(`${side}id`)!, row);
    row[`${side}objecttypecode`] = target?.table.objectTypeCode ?? null;
    if (side === 'record2') row.name = nameIn(target);
  }
}

function nameIn(target: ReturnType<typeof lookupTarget>): Value {
  const column = target?.table.primaryName ?? null;
  return target === null || column === null ? null : (target.row[column] ?? null);
}

/** Stores a new connection with its twin; returns the one that was asked for. */
export function putConnection(state: State, table: Table, row: Row): Row {
  const twin = state.newId();
  const stored = state.put(table, { ...row, ismaster: true, relatedconnectionid: twin });
  state.put(table, twinOf(state, table, { ...stored, connectionid: twin }, stored));
  return stored;
}

/** Tells the twin of a connection what changed. */
export function changeTwin(state: State, table: Table, row: Row): void {
  const twin = state.rows(table).get(String(row.relatedconnectionid));
  if (twin !== undefined) state.put(table, twinOf(state, table, twin, row));
}

export function removeTwin(state: State, table: Table, row: Row): void {
  const id = String(row.relatedconnectionid);
  if (state.rows(table).get(id) !== undefined) state.remove(table, id);
}

function twinOf(state: State, table: Table, base: Row, other: Row): Row {
  const twin: Row = { ...base, relatedconnectionid: other.connectionid!, ismaster: other.ismaster !== true };
  for (const column of shared) twin[column] = other[column] ?? null;
  for (const [mine, theirs] of [
    ['record1', 'record2'],
    ['record2', 'record1'],
  ] as const) {
    twin[`${mine}id`] = other[`${theirs}id`] ?? null;
    twin[lookupTable(`${mine}id`)] = other[lookupTable(`${theirs}id`)] ?? null;
    twin[`${mine}roleid`] = other[`${theirs}roleid`] ?? null;
  }
  for (const stamp of ['modifiedon', 'modifiedby']) twin[stamp] = other[stamp] ?? null;
  describeConnection(state, table, twin);
  return twin;
}
