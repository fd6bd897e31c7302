import { refusals } from '../errors.ts';
import type { Join } from '../schema.ts';
import type { State } from '../state.ts';
import type { Row, Table } from '../types.ts';
import { requireAccess, type WriteCall } from './save.ts';

/**
 * Rows of two tables that are joined many to many: by rows of a table between them.
 * https://learn.microsoft.com/power-apps/developer/data-platform/webapi/associate-disassociate-entities-using-web-api
 */

const intersectOf = (state: State, { relationship }: Join): Table =>
  state.schema.table(relationship.intersect)!;

/** Rows between a row and others, or one other. */
function links(state: State, join: Join, { id, otherId }: { id: string; otherId?: string }): Row[] {
  const rows = state.rows(intersectOf(state, join)).where(join.from.column, id);
  return otherId === undefined ? rows : rows.filter((row) => row[join.to.column] === otherId);
}

/** The rows that are joined with one. */
export function joinedRows(state: State, join: Join, id: string): Row[] {
  const other = state.rows(state.schema.table(join.to.table)!);
  const ids = links(state, join, { id }).map((link) => String(link[join.to.column]));
  return ids.map((each) => other.get(each)).filter((row) => row !== undefined);
}

interface Pair {
  row: Row;
  other: Row;
}

/** Joins two rows. Throws 412 where they are joined already. */
export function associate(call: WriteCall, join: Join, pair: Pair): void {
  const { id, otherId } = access(call, join, pair);
  const { state } = call;
  if (links(state, join, { id, otherId }).length > 0) throw refusals.duplicateId();
  const intersect = intersectOf(state, join);
  const values = { [join.from.column]: id, [join.to.column]: otherId };
  state.put(intersect, { [intersect.primaryId]: state.newId(), ...values });
}

/** Takes two rows apart. Throws 404 where they are not joined. */
export function disassociate(call: WriteCall, join: Join, pair: Pair): void {
  const { id, otherId } = access(call, join, pair);
  const { state } = call;
  const intersect = intersectOf(state, join);
  const [link] = links(state, join, { id, otherId });
  if (link === undefined) throw refusals.notFound(state.schema.table(join.to.table)!, otherId);
  state.remove(intersect, String(link[intersect.primaryId]));
}

/** One row is appended, the other appended to. */
function access(call: WriteCall, join: Join, { row, other }: Pair): { id: string; otherId: string } {
  const table = call.state.schema.table(join.to.table)!;
  requireAccess(call, 'Append', row);
  requireAccess({ ...call, table }, 'AppendTo', other);
  return { id: String(row[call.table.primaryId]), otherId: String(other[table.primaryId]) };
}

/** Takes a row that goes away out of everything that it is joined with. */
export function letGoOfJoins(state: State, table: Table, id: string): void {
  for (const join of state.schema.joinsOf(table)) {
    const intersect = intersectOf(state, join);
    for (const link of links(state, join, { id })) state.remove(intersect, String(link[intersect.primaryId]));
  }
}
