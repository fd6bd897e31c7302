import { refusals } from '../errors.ts';
import type { Relationship, Row, Table } from '../types.ts';
import { lookupTable } from '../types.ts';
import { letGoOfJoins } from './associate.ts';
import { isConnection, removeTwin } from './connections.ts';
import { change, requireAccess, type WriteCall } from './save.ts';

/** Deletes a row, and what hangs on it as its relationships say. */
export function removeRow(call: WriteCall, row: Row): void {
  if (call.table.intersect === true) throw refusals.notSupported('Delete', call.table);
  requireAccess(call, 'Delete', row);
  call.state.transaction(() => remove(call, row));
}

function remove(call: WriteCall, row: Row): void {
  const { state, table } = call;
  const id = String(row[table.primaryId]);
  if (isConnection(table)) removeTwin(state, table, row);
  letGoOfJoins(state, table, id);
  for (const relationship of state.schema.collectionsOf(table)) {
    const other = state.schema.table(relationship.referencing);
    if (other === undefined) continue;
    for (const child of pointingAt(call, relationship, id))
      letGo({ ...call, table: other }, relationship, child);
  }
  state.remove(table, id);
}

/** Rows whose lookup of the relationship holds the id. */
export function pointingAt(
  { state, table }: Pick<WriteCall, 'state' | 'table'>,
  relationship: Relationship,
  id: string,
): Row[] {
  const other = state.schema.table(relationship.referencing);
  if (other === undefined) return [];
  const column = other.columns.get(relationship.column);
  return state
    .rows(other)
    .where(relationship.column, id)
    .filter(
      (child) =>
        (column?.targets?.length ?? 0) < 2 || child[lookupTable(relationship.column)] === table.logicalName,
    );
}

function letGo(call: WriteCall, relationship: Relationship, child: Row): void {
  if (relationship.onDelete === 'Restrict') throw refusals.stillReferenced();
  // Who made or changed a row stays written even when the user is gone.
  const staysWritten = /^(created|modified)by$|^owning/.test(relationship.column);
  if (relationship.onDelete === 'Cascade') remove(call, child);
  else if (!staysWritten) {
    change(call, child, { [relationship.column]: null, ...clearTable(call.table, relationship) });
  }
}

function clearTable(table: Table, relationship: Relationship): Record<string, null> {
  const column = table.columns.get(relationship.column);
  return (column?.targets?.length ?? 0) > 1 ? { [lookupTable(relationship.column)]: null } : {};
}
