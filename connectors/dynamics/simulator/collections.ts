import { joinedRows } from './dml/associate.ts';
import { pointingAt } from './dml/remove.ts';
import type { State } from './state.ts';
import type { Row, Table } from './types.ts';

/** What a collection-valued navigation property leads to, whichever way the tables are joined. */
export interface Collection {
  property: string;
  /** The table of the rows in it. */
  table: Table;
  /** Joined by a table between both. */
  isManyToMany: boolean;
  /** The rows in the collection of one row, in the order of their ids. */
  rowsOf(id: string): Row[];
}

/** Undefined where the table has no such collection. */
export function collectionBehind(state: State, table: Table, property: string): Collection | undefined {
  const { schema } = state;
  const relationship = schema.collectionByProperty(table, property);
  if (relationship !== undefined) {
    const other = schema.table(relationship.referencing)!;
    const rowsOf = (id: string) => byId(other, pointingAt({ state, table }, relationship, id));
    return { property, table: other, isManyToMany: false, rowsOf };
  }
  const join = schema.joinByProperty(table, property);
  if (join === undefined) return undefined;
  const other = schema.table(join.to.table)!;
  return {
    property,
    table: other,
    isManyToMany: true,
    rowsOf: (id) => byId(other, joinedRows(state, join, id)),
  };
}

function byId(table: Table, rows: Row[]): Row[] {
  const id = (row: Row) => String(row[table.primaryId]);
  return rows.sort((left, right) => (id(left) < id(right) ? -1 : 1));
}
