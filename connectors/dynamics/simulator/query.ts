import { type Caller, requireRead } from './access.ts';
import { type Collection, collectionBehind } from './collections.ts';
import { refusals } from './errors.ts';
import { formattedValue } from './format.ts';
import type { Expand, Order, QueryOptions } from './odata/ast.ts';
import { compileFilter, type FilterScope } from './odata/filter.ts';
import { follow, type ResolvedPath, resolvePath, valueAt } from './odata/scope.ts';
import { compareValues } from './odata/values.ts';
import { candidateRows } from './query-candidates.ts';
import type { Query } from './query-options.ts';
import { type RowWriter, rowJson, selectedColumns } from './row-json.ts';
import type { State } from './state.ts';
import type { Relationship, Row, Table, Value } from './types.ts';

/** Rows of one page are at most this many; a count stops here too. */
export const mostRows = 5000;

export interface QueryRun {
  state: State;
  caller: Caller;
  table: Table;
  query: Query;
  annotates: RowWriter['annotates'];
  /** From Prefer; $top is ignored then. */
  pageSize: number | null;
  /** The row behind which the page begins, by its values in the order of the query. */
  after?: PagePlace | undefined;
  /** Only these rows, in the order of their ids: what a collection of one row holds. */
  within?: readonly Row[] | undefined;
}

/** Where a page ended: the id of its last row and the values that it was ordered by. */
export interface PagePlace {
  page: number;
  id: string;
  values: Value[];
  /** Where changes are followed: the version at which the first page was read. */
  version?: number;
}

export interface QueryPage {
  rows: Record<string, unknown>[];
  /** Where the next page begins; absent on the last one. */
  next?: PagePlace;
  /** With $count: how many rows match, 5,000 at most. */
  count?: number;
}

/** Answers a query with one page of rows. */
export function runQuery(run: QueryRun): QueryPage {
  requireRead(run.caller, run.table);
  if (run.query.top !== undefined && run.query.top > mostRows && run.pageSize === null)
    throw refusals.badQuery(`The value of $top can't exceed ${mostRows}.`);
  const scope = scopeOf(run, run.table, run.query.parameters);
  const matching = matchingRows(scope, run.query, run.within);
  const order = ordering(scope, run.query.orderBy ?? []);
  const size = run.pageSize ?? run.query.top ?? mostRows;
  const startsBehind = isIdOrder(scope, order) ? run.after?.id : undefined;
  const wanted = take(matching(startsBehind), { scope, order, size: size + 1, after: run.after });
  const page = wanted.slice(0, size);
  const write = rowWriter(run, scope, run.query);
  const isLimited = run.pageSize === null && run.query.top !== undefined;
  const last = page.at(-1);
  return {
    rows: page.map(write),
    ...(wanted.length > size && !isLimited && last !== undefined
      ? { next: placeOf(scope, last, { order, page: (run.after?.page ?? 1) + 1 }) }
      : {}),
    ...(run.query.count === true ? { count: countUpTo(matching(), mostRows) } : {}),
  };
}

/** How many rows the query matches, 5,000 at most. */
export function countQuery(run: QueryRun): number {
  requireRead(run.caller, run.table);
  const scope = scopeOf(run, run.table, run.query.parameters);
  return countUpTo(matchingRows(scope, run.query, run.within)(), mostRows);
}

function scopeOf(run: QueryRun, table: Table, parameters: Query['parameters']): FilterScope {
  return { state: run.state, caller: run.caller, table, variables: new Map(), parameters };
}

/** The rows that the caller sees and that the condition holds for, in the order of their ids, all or those behind one. */
function matchingRows(
  scope: FilterScope,
  { filter }: QueryOptions,
  within: readonly Row[] | undefined,
): (afterId?: string) => Iterable<Row> {
  const test = filter === undefined ? () => true : compileFilter(scope, filter);
  const { caller, table } = scope;
  const bound = new Map<string, Row>();
  return function* (afterId) {
    for (const row of within ?? candidateRows(scope, filter, afterId)) {
      if (caller.reaches('Read', table, row) && test({ row, bound }) === true) yield row;
    }
  };
}

interface Ordering {
  path: ResolvedPath;
  descending: boolean;
}

function ordering(scope: FilterScope, orders: readonly Order[]): Ordering[] {
  return orders.map(({ path, descending }) => ({ path: resolvePath(scope, path.steps), descending }));
}

/** Whether rows come in the order of their ids, in which they are kept anyway. */
function isIdOrder({ table }: FilterScope, order: readonly Ordering[]): boolean {
  const [first] = order;
  if (first === undefined) return true;
  const { path, descending } = first;
  return !descending && path.via.length === 0 && path.column.logicalName === table.primaryId;
}

/** Choices are ordered by their labels. */
function orderValue(scope: FilterScope, { path }: Ordering, row: Row): Value {
  const isChoice = path.column.options !== undefined && path.via.length === 0;
  if (isChoice) return formattedValue(scope.state, { table: path.table, column: path.column, row });
  return valueAt(scope, path, { row, bound: new Map() });
}

/** Blanks come first in an ascending order. */
function compareOrdered(order: Ordering, left: Value, right: Value): number {
  const sign = order.descending ? -1 : 1;
  if (left === null || right === null) return sign * (Number(left !== null) - Number(right !== null));
  return sign * compareValues(order.path.column, left, right);
}

interface Taking {
  scope: FilterScope;
  order: Ordering[];
  size: number;
  after: PagePlace | undefined;
}

function take(rows: Iterable<Row>, { scope, order, size, after }: Taking): Row[] {
  const id = (row: Row) => String(row[scope.table.primaryId]);
  if (isIdOrder(scope, order)) {
    const taken: Row[] = [];
    for (const row of rows) {
      if (after !== undefined && id(row) <= after.id) continue;
      taken.push(row);
      if (taken.length === size) break;
    }
    return taken;
  }
  const keyed = [...rows].map((row) => ({ row, values: order.map((each) => orderValue(scope, each, row)) }));
  const compare = (left: Value[], right: Value[], ids: [string, string]): number => {
    for (const [index, each] of order.entries()) {
      const found = compareOrdered(each, left[index] ?? null, right[index] ?? null);
      if (found !== 0) return found;
    }
    return ids[0] < ids[1] ? -1 : ids[0] > ids[1] ? 1 : 0;
  };
  return keyed
    .filter(
      ({ row, values }) => after === undefined || compare(values, after.values, [id(row), after.id]) > 0,
    )
    .sort((a, b) => compare(a.values, b.values, [id(a.row), id(b.row)]))
    .slice(0, size)
    .map(({ row }) => row);
}

function placeOf(
  scope: FilterScope,
  row: Row,
  { order, page }: { order: Ordering[]; page: number },
): PagePlace {
  return {
    page,
    id: String(row[scope.table.primaryId]),
    values: order.map((each) => orderValue(scope, each, row)),
  };
}

function countUpTo(rows: Iterable<Row>, most: number): number {
  let count = 0;
  for (const _ of rows) {
    count += 1;
    if (count === most) break;
  }
  return count;
}

/** Writes rows with what is expanded of them. */
export function rowWriter(
  run: Pick<QueryRun, 'state' | 'caller' | 'annotates'>,
  scope: FilterScope,
  options: QueryOptions,
): (row: Row) => Record<string, unknown> {
  const { table } = scope;
  const writer: RowWriter = { ...run, table, select: options.select };
  const columns = selectedColumns(writer);
  const expansions = (options.expand ?? []).map((each) => expansion(run, scope, each));
  if (expansions.length > 15)
    throw refusals.badQuery('The number of $expand parameters exceeds the maximum of 15.');
  return (row) => {
    const json = rowJson(writer, row, columns);
    for (const write of expansions) write(row, json);
    return json;
  };
}

type WriteExpansion = (row: Row, json: Record<string, unknown>) => void;

function expansion(
  run: Pick<QueryRun, 'state' | 'caller' | 'annotates'>,
  scope: FilterScope,
  expand: Expand,
): WriteExpansion {
  const { state } = run;
  const [property = ''] = expand.path.steps;
  const lookup = state.schema.lookupByProperty(scope.table, property);
  if (lookup !== undefined) return expandLookup(run, scope, { relationship: lookup, expand });
  const collection = collectionBehind(state, scope.table, property);
  if (collection === undefined) throw refusals.noProperty(property, scope.table.logicalName);
  return expandCollection(run, scope, { collection, options: expand.options });
}

interface Expanding {
  relationship: Relationship;
  expand: Expand;
}

function expandLookup(
  run: Pick<QueryRun, 'state' | 'caller' | 'annotates'>,
  scope: FilterScope,
  { relationship, expand }: Expanding,
): WriteExpansion {
  const table = run.state.schema.table(relationship.referenced)!;
  requireRead(run.caller, table);
  const write = rowWriter(run, { ...scope, table }, expand.options);
  return (row, json) => {
    const target = follow(scope, relationship, row);
    const isSeen = target !== undefined && run.caller.reaches('Read', table, target);
    json[relationship.lookupProperty] = isSeen ? write(target) : null;
  };
}

/** https://learn.microsoft.com/power-apps/developer/data-platform/webapi/query/join-tables */
function expandCollection(
  run: Pick<QueryRun, 'state' | 'caller' | 'annotates'>,
  scope: FilterScope,
  { collection, options }: { collection: Collection; options: QueryOptions },
): WriteExpansion {
  const { table, property } = collection;
  requireRead(run.caller, table);
  if (collection.isManyToMany && options.expand !== undefined)
    throw refusals.badQuery(
      `Nested $expand is not supported for the many-to-many relationship '${property}'.`,
    );
  const inner: FilterScope = { ...scope, table };
  const write = rowWriter(run, inner, options);
  const test = options.filter === undefined ? () => true : compileFilter(inner, options.filter);
  const order = ordering(inner, options.orderBy ?? []);
  return (row, json) => {
    const rows = collection
      .rowsOf(String(row[scope.table.primaryId]))
      .filter(
        (each) => run.caller.reaches('Read', table, each) && test({ row: each, bound: new Map() }) === true,
      );
    const size = options.top ?? mostRows;
    json[property] = take(rows, { scope: inner, order, size, after: undefined }).map(write);
  };
}
