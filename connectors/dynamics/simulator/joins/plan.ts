import type { Filter } from '../odata/ast.ts';
import type { ResolvedPath } from '../odata/scope.ts';
import type { Column, Table } from '../types.ts';

/** A query over joined tables: what FetchXML, SQL and $apply ask for, read and with its names looked up. */
export interface JoinPlan {
  table: Table;
  joins: Join[];
  /** Conditions on rows as they are joined; a joined table's column is [alias, column]. */
  filter?: Filter | undefined;
  outputs: Output[];
  /** Whether rows are grouped: then each output is a group's value or an aggregate. */
  isAggregate: boolean;
  isDistinct: boolean;
  /** Whether blank values are left out: https://learn.microsoft.com/power-apps/developer/data-platform/webapi/use-fetchxml-web-api */
  omitsBlanks: boolean;
  /** What rows are ordered by; of an aggregate query these are outputs. */
  orders: JoinOrder[];
  /** Rows to pass over, and how many to answer at most. */
  skip: number;
  top: number | null;
}

/** inner and outer as SQL has them; first joins one row of those that match. */
export type JoinKind = 'inner' | 'outer' | 'first';

/** A table whose rows have in `from` what a row before has in `to`. */
export interface Join {
  alias: string;
  table: Table;
  from: Column;
  to: ResolvedPath;
  kind: JoinKind;
  /** Conditions of the join itself: an outer join leaves blank what does not fit them. */
  filter?: Filter | undefined;
}

export type Aggregate = 'count' | 'countcolumn' | 'sum' | 'avg' | 'min' | 'max';
export type DatePart = 'day' | 'week' | 'month' | 'quarter' | 'year' | 'fiscal-period' | 'fiscal-year';

/** One value of an answered row. */
export interface Output {
  name: string;
  path: ResolvedPath;
  /** A value with a name of its own, or of a joined table. */
  isNamed: boolean;
  aggregate?: Aggregate | undefined;
  /** Counts each value once. */
  isDistinct?: boolean | undefined;
  datePart?: DatePart | undefined;
}

export interface JoinOrder {
  by: Output;
  descending: boolean;
}

/** A column of the table itself, or of the joined one with the alias. */
export function pathTo(table: Table, column: Column, alias: string | null = null): ResolvedPath {
  return { via: [], variable: alias, table, column };
}
