import type { Caller } from './access.ts';
import { formattedValue, lookupTarget } from './format.ts';
import { resolveColumn } from './odata/scope.ts';
import type { Preferences } from './preferences.ts';
import type { State } from './state.ts';
import type { Column, Row, Table } from './types.ts';

/** How rows are written into answers. */
export interface RowWriter {
  state: State;
  caller: Caller;
  table: Table;
  /** Absent: every column that the caller may read. */
  select?: readonly string[] | undefined;
  annotates: Preferences['annotates'];
}

/** Names of annotations that values have. */
export const annotations = {
  formatted: 'OData.Community.Display.V1.FormattedValue',
  logicalName: 'Microsoft.Dynamics.CRM.lookuplogicalname',
} as const;
const { formatted, logicalName } = annotations;
const navigationProperty = 'Microsoft.Dynamics.CRM.associatednavigationproperty';

/** `W/"81359849"` */
export function etagOf(row: Row): string {
  return `W/"${String(row.versionnumber)}"`;
}

/** The columns that an answer holds. Throws 400 for a name that does not exist. */
export function selectedColumns({ state, caller, table, select }: RowWriter): Column[] {
  const all = [...table.columns.values()].filter((column) => column.type !== 'Virtual');
  if (select === undefined || select.includes('*'))
    return all.filter((column) => caller.mayRead(table, column));
  const named = select.map((name) => resolveColumn({ state }, table, name));
  const primary = table.columns.get(table.primaryId)!;
  // A hidden column that is asked for by name comes without a value.
  return [...new Set([...named, primary])];
}

/** The name of a column in JSON: a lookup stands by its value. */
export function jsonName(column: Column): string {
  return column.targets === undefined ? column.logicalName : `_${column.logicalName}_value`;
}

/** A row as JSON, with its tag and the annotations that are wanted. */
export function rowJson(
  writer: RowWriter,
  row: Row,
  columns = selectedColumns(writer),
): Record<string, unknown> {
  const json: Record<string, unknown> = { '@odata.etag': etagOf(row) };
  for (const column of columns) writeColumn(writer, { column, row }, json);
  return json;
}

/** Writes one column with its annotations into the JSON of its row. */
export function writeColumn(
  writer: RowWriter,
  { column, row }: { column: Column; row: Row },
  json: Record<string, unknown>,
): void {
  const { state, caller, table, annotates } = writer;
  const name = jsonName(column);
  const value = caller.mayRead(table, column) ? (row[column.logicalName] ?? null) : null;
  if (value !== null && annotates(formatted)) {
    const text = formattedValue(state, { table, column, row });
    if (text !== null) json[`${name}@${formatted}`] = text;
  }
  if (value !== null && column.targets !== undefined) annotateLookup(writer, { column, row }, json);
  json[name] = value;
}

function annotateLookup(
  { state, table, annotates }: RowWriter,
  { column, row }: { column: Column; row: Row },
  json: Record<string, unknown>,
): void {
  const target = lookupTarget(state, column, row);
  if (target === null) return;
  const name = jsonName(column);
  if (annotates(navigationProperty)) {
    const relationship = state.schema
      .lookupsOf(table)
      .find((each) => each.column === column.logicalName && each.referenced === target.table.logicalName);
    if (relationship !== undefined) json[`${name}@${navigationProperty}`] = relationship.lookupProperty;
  }
  if (annotates(logicalName)) json[`${name}@${logicalName}`] = target.table.logicalName;
}
