import { type Caller, requireRead } from '../access.ts';
import { refusals } from '../errors.ts';
import type { State } from '../state.ts';
import { type Column, lookupTable, type Relationship, type Row, type Table, type Value } from '../types.ts';

/** Where names of a query are looked up: the table, who asks, and the values of its parameters. */
export interface Scope {
  state: State;
  caller: Caller;
  table: Table;
  /** Tables of lambda variables by their name. */
  variables: ReadonlyMap<string, Table>;
}

/** A column, reached over lookups. */
export interface ResolvedPath {
  /** Lookups to follow from the row at hand, in order. */
  via: Relationship[];
  /** The lambda variable whose row it starts from, or null for the row of the query. */
  variable: string | null;
  table: Table;
  column: Column;
}

/** Finds the column that steps lead to. Throws 400 for a name that does not exist. */
export function resolvePath(scope: Scope, steps: readonly string[]): ResolvedPath {
  const variable = steps.length > 1 && scope.variables.has(steps[0]!) ? steps[0]! : null;
  let table = variable === null ? scope.table : scope.variables.get(variable)!;
  const names = variable === null ? steps : steps.slice(1);
  const via: Relationship[] = [];
  for (const name of names.slice(0, -1)) {
    const relationship = scope.state.schema.lookupByProperty(table, name);
    if (relationship === undefined) throw refusals.noProperty(name, table.logicalName);
    via.push(relationship);
    table = scope.state.schema.table(relationship.referenced)!;
    requireRead(scope.caller, table);
  }
  return { via, variable, table, column: resolveColumn(scope, table, names.at(-1) ?? '') };
}

/** `_x_value` is the value of the lookup x; the lookup's own name stands for the same. */
export function resolveColumn(scope: Pick<Scope, 'state'>, table: Table, name: string): Column {
  const lookup = /^_(.+)_value$/.exec(name)?.[1];
  const column = table.columns.get(lookup ?? name);
  const isLookup = column?.targets !== undefined;
  if (column !== undefined && (lookup === undefined || isLookup)) return column;
  const relationship = scope.state.schema.lookupByProperty(table, name);
  if (relationship !== undefined) return table.columns.get(relationship.column)!;
  throw refusals.noProperty(name, table.logicalName);
}

/** The row that a lookup points to, as far as the caller may know of it. */
export function follow(scope: Pick<Scope, 'state'>, relationship: Relationship, row: Row): Row | undefined {
  const id = row[relationship.column] ?? null;
  if (id === null) return undefined;
  const owner = row[lookupTable(relationship.column)] ?? null;
  if (owner !== null && owner !== relationship.referenced) return undefined;
  const table = scope.state.schema.table(relationship.referenced)!;
  return scope.state.rows(table).get(String(id));
}

/** A row that the caller does not reach is as if the lookup to it were empty: a join leaves it out. */
function seen(scope: Scope, relationship: Relationship, from: Row): Row | undefined {
  const row = follow(scope, relationship, from);
  const table = scope.state.schema.table(relationship.referenced)!;
  return row !== undefined && scope.caller.reaches('Read', table, row) ? row : undefined;
}

interface Place {
  row: Row;
  bound: ReadonlyMap<string, Row>;
}

/** The row that a path leads to; undefined where a lookup on the way is empty. */
export function rowAt(scope: Scope, path: ResolvedPath, at: Place): Row | undefined {
  let row: Row | undefined = path.variable === null ? at.row : at.bound.get(path.variable);
  for (const relationship of path.via) row = row === undefined ? undefined : seen(scope, relationship, row);
  return row;
}

/** The value at the end of a path; null where a lookup on the way is empty or the column is hidden. */
export function valueAt(scope: Scope, path: ResolvedPath, at: Place): Value {
  const row = rowAt(scope, path, at);
  if (row === undefined || !scope.caller.mayRead(path.table, path.column)) return null;
  return row[path.column.logicalName] ?? null;
}
