/** Runs a SOQL statement over a query source on behalf of a caller. */

import type { FieldType, Query, QueryBase, Subquery } from '@jetstreamapp/soql-parser-js';
import type { Caller, ObjectMeta, QuerySource, Row } from '../types.ts';
import { compileAggregate, isAggregate } from './aggregate.ts';
import type { ColumnMetadata, FlatColumn } from './columns.ts';
import { leavesOf, treeOf } from './conditions.ts';
import type { Operand, Place } from './operands.ts';
import { fieldOperand } from './operands.ts';
import { clausesOf, compileOrder, firstOf } from './order.ts';
import { parseStatement } from './parse.ts';
import { problemsOf } from './problems.ts';
import type { Scope } from './scope.ts';
import { type ChildPlan, compileSelect, type JsonRecord, type Selection } from './select.ts';
import { compileWhere, type Filter, rowsThrough } from './where.ts';

/** Rows that OFFSET may skip. */
const MAX_OFFSET = 2000;
/** LIMIT of a statement with FIELDS(ALL) or FIELDS(CUSTOM). */
const MAX_FIELDS_LIMIT = 200;
/** Levels of queries: the statement itself and four of child queries within it. */
const MAX_DEPTH = 5;
/** Child queries in one SELECT list. */
const MAX_CHILD_QUERIES = 20;

export interface QueryRequest {
  soql: string;
  source: QuerySource;
  caller: Caller;
  /** '67.0', for the addresses in `attributes`. */
  apiVersion: string;
  /** queryAll: rows in the recycle bin take part. (Default: false.) */
  includeDeleted?: boolean;
}

export interface QueryAnswer {
  objectName: string;
  keyPrefix: string | null;
  /** Rows that match, LIMIT and OFFSET respected. For `SELECT COUNT()` the count, with no record. */
  totalSize: number;
  /** Records to be had; 0 for `SELECT COUNT()`. */
  size: number;
  /** JSON records of one page. Made when asked for. */
  page(from: number, count: number): JsonRecord[];
  columns: ColumnMetadata[];
  /** Set for a statement whose answer is a flat table, as bulk queries need: its columns and rows. */
  table?: { columns: FlatColumn[]; rows: Row[] };
  /** What keeps the statement from being a flat table: 'aggregate' or 'nested'. */
  notFlat?: 'aggregate' | 'nested';
  grouped: boolean;
  idSelected: boolean;
  offset: number;
  /** True when an index led to the rows. */
  indexed: boolean;
}

interface Plan {
  place: Place;
  filter: Filter;
  query: QueryBase;
}

function objectFor(name: string, scope: Scope): ObjectMeta {
  const object = scope.source.object(name);
  if (!object || !scope.caller.canReadObject(object)) throw scope.problems.noSuchType(name);
  if (!object.queryable)
    throw scope.problems.malformed(`entity type ${object.name} does not support query`, name);
  return object;
}

function refuseClauses(query: QueryBase, place: Place): void {
  const { problems } = place.scope;
  const refused: Array<[unknown, string]> = [
    [query.withSecurityEnforced, 'WITH SECURITY_ENFORCED'],
    [query.withAccessLevel, 'WITH'],
    [query.withDataCategory, 'WITH'],
    [query.update, 'UPDATE'],
  ];
  for (const [present, token] of refused) {
    if (present) throw problems.malformed(`unexpected token: '${token}'`, token);
  }
  if (query.usingScope && !/^(everything|mine)$/i.test(query.usingScope))
    throw problems.malformed(`unexpected token: '${query.usingScope}'`, query.usingScope);
  if ((query.offset ?? 0) > MAX_OFFSET)
    throw problems.outOfRange(`Maximum SOQL offset allowed is ${MAX_OFFSET}`);
  if (needsSmallLimit(query.fields ?? []) && (query.limit ?? Number.POSITIVE_INFINITY) > MAX_FIELDS_LIMIT)
    throw problems.malformed(
      `The SOQL FIELDS function must have a LIMIT of at most ${MAX_FIELDS_LIMIT}`,
      'FIELDS',
    );
}

function needsSmallLimit(fields: FieldType[]): boolean {
  return fields.some(
    (field) =>
      field.type === 'FieldFunctionExpression' &&
      field.functionName.toUpperCase() === 'FIELDS' &&
      String(field.parameters[0]).toUpperCase() !== 'STANDARD',
  );
}

/** The inner query of a semi-join: one id field, no further semi-join within. */
function innerValues(query: Query, outer: Operand, scope: Scope) {
  const { problems } = scope;
  const object = objectFor(query.sObject ?? '', scope);
  const place: Place = { object, alias: query.sObjectAlias, scope };
  const [item, ...more] = query.fields ?? [];
  if (!item || more.length > 0 || (item.type !== 'Field' && item.type !== 'FieldRelationship'))
    throw problems.malformed('A semi join sub-select must query exactly one field');
  if (clausesOf(query.orderBy).length > 0 || query.limit !== undefined || query.groupBy || query.having)
    throw problems.malformed('A semi join sub-select can only have a WHERE clause');
  const operand = fieldOperand('rawValue' in item && item.rawValue ? item.rawValue : item.field, place);
  if (operand.domain !== 'id')
    throw problems.malformed(
      `The selected field of a semi join must be an id or a reference: ${operand.name}`,
    );
  const nested =
    query.where && [...leavesOf(treeOf(query.where, problems))].some((leaf) => 'valueQuery' in leaf);
  if (nested) throw problems.malformed('Nesting of semi join sub-selects is not supported');
  if (outer.field.name === 'Id' && operand.field.name === 'Id' && outer.path?.object.name === object.name)
    throw problems.malformed(`The inner and outer selects should not be on the same object type`);
  const plan = planOf(query, place);
  const values = new Set<ReturnType<typeof operand.get>>();
  for (const row of matching(plan)) {
    const value = operand.get(row);
    if (value !== null) values.add(value);
  }
  return values;
}

function planOf(query: QueryBase, place: Place): Plan {
  refuseClauses(query, place);
  const filter: Filter = query.where
    ? compileWhere(query.where, place, (inner, outer) => innerValues(inner, outer, place.scope))
    : { test: () => true };
  return { place, filter, query };
}

/** The rows that the caller can see and the filter lets through. */
function* matching(plan: Plan, candidates?: Iterable<Row>): Generator<Row> {
  const { object, scope } = plan.place;
  const { caller, includeDeleted } = scope;
  const { test, access } = plan.filter;
  const mine = plan.query.usingScope?.toLowerCase() === 'mine';
  for (const row of candidates ?? rowsThrough(access, object.name, plan.place)) {
    if (!includeDeleted && row.IsDeleted === true) continue;
    if (!test(row)) continue;
    if (mine && row.OwnerId !== caller.userId) continue;
    if (caller.canSeeRow(object, row)) yield row;
  }
}

/** The matching rows in their order, LIMIT and OFFSET applied. */
function rowsOf(plan: Plan, candidates?: Iterable<Row>): Row[] {
  const { query, place } = plan;
  const compare = compileOrder(clausesOf(query.orderBy), place);
  const offset = query.offset ?? 0;
  const end = query.limit === undefined ? undefined : offset + query.limit;
  const found = matching(plan, candidates);
  if (compare && end !== undefined) return firstOf(found, compare, end).first.slice(offset);
  const rows: Row[] = [];
  for (const row of found) {
    rows.push(row);
    if (!compare && rows.length === end) break;
  }
  if (end === 0) return [];
  if (compare) rows.sort(compare);
  return offset === 0 ? rows : rows.slice(offset);
}

function childPlan(subquery: Subquery, parent: Place, depth: number): ChildPlan {
  const { scope, object } = parent;
  const { problems } = scope;
  const name = subquery.relationshipName;
  const relationship = object.childRelationships.find(
    (one) => one.relationshipName?.toLowerCase() === name.toLowerCase(),
  );
  const child = relationship && scope.source.object(relationship.childSObject);
  if (!relationship || !child || !scope.caller.canReadObject(child))
    throw problems.invalidField(
      `Didn't understand relationship '${name}' in FROM part of query call. If you are attempting to use a custom relationship, be sure to append the '__r' after the custom relationship name. Please reference your WSDL or the describe call for the appropriate names.`,
      name,
    );
  if (depth >= MAX_DEPTH)
    throw problems.malformed(`SOQL child queries cannot be nested deeper than ${MAX_DEPTH} levels`);
  if (subquery.groupBy || hasAggregate(subquery.fields ?? []))
    throw problems.malformed('Only root queries support aggregate expressions');
  const place: Place = { object: child, alias: subquery.sObjectAlias, scope };
  const plan = planOf(subquery, place);
  const selection = selectionOf(subquery.fields ?? [], place, depth + 1);
  return {
    name: relationship.relationshipName ?? name,
    columns: selection.columns,
    answer: (row) => {
      const rows = rowsOf(plan, scope.source.rowsWhere(child.name, relationship.field, [row.Id ?? null]));
      if (rows.length === 0) return null;
      return { totalSize: rows.length, done: true, records: rows.map(selection.project) };
    },
  };
}

function selectionOf(fields: FieldType[], place: Place, depth: number): Selection {
  const children = fields.filter((field) => field.type === 'FieldSubquery').length;
  if (children > MAX_CHILD_QUERIES)
    throw place.scope.problems.malformed(
      `SOQL statements cannot have more than ${MAX_CHILD_QUERIES} child queries`,
    );
  return compileSelect(fields, place, (subquery) => childPlan(subquery, place, depth));
}

function hasAggregate(fields: FieldType[]): boolean {
  return fields.some((field) => field.type === 'FieldFunctionExpression' && isAggregate(field));
}

function isPlainCount(fields: FieldType[]): boolean {
  const [only, ...more] = fields;
  if (only?.type !== 'FieldFunctionExpression' || only.functionName.toUpperCase() !== 'COUNT') return false;
  return only.parameters.length === 0 && more.length === 0;
}

function countAnswer(plan: Plan): QueryAnswer {
  const { query, place } = plan;
  const { problems } = place.scope;
  if (query.groupBy || query.orderBy) throw problems.malformed('Grouped query cannot use COUNT()', 'COUNT');
  let count = 0;
  for (const _row of matching(plan)) count++;
  const left = Math.max(count - (query.offset ?? 0), 0);
  const totalSize = Math.min(left, query.limit ?? Number.POSITIVE_INFINITY);
  return {
    ...common(plan),
    totalSize,
    size: 0,
    page: () => [],
    columns: [],
    notFlat: 'aggregate',
    grouped: false,
    idSelected: false,
  };
}

function common({ place, query, filter }: Plan) {
  const { name, keyPrefix } = place.object;
  return { objectName: name, keyPrefix, offset: query.offset ?? 0, indexed: filter.access !== undefined };
}

function aggregateAnswer(query: Query, plan: Plan): QueryAnswer {
  const aggregate = compileAggregate(query, plan.place);
  const records = aggregate.run(matching(plan));
  return {
    ...common(plan),
    totalSize: records.length,
    size: records.length,
    page: (from, count) => records.slice(from, from + count),
    columns: aggregate.columns,
    notFlat: 'aggregate',
    grouped: query.groupBy !== undefined,
    idSelected: false,
  };
}

/** Answers a statement. @throws ApiError with the platform's code and wording for what it refuses */
export function runQuery(request: QueryRequest): QueryAnswer {
  const { soql, source, caller, apiVersion, includeDeleted = false } = request;
  const problems = problemsOf(soql);
  const scope: Scope = { soql, source, caller, apiVersion, includeDeleted, problems };
  const query = parseStatement(soql, problems);
  const fields = query.fields ?? [];
  const object = objectFor(query.sObject ?? '', scope);
  const place: Place = { object, alias: query.sObjectAlias, scope };
  const plan = planOf(query, place);
  if (isPlainCount(fields)) return countAnswer(plan);
  if (query.groupBy || hasAggregate(fields)) return aggregateAnswer(query, plan);
  const selection = selectionOf(fields, place, 1);
  const rows = rowsOf(plan);
  return {
    ...common(plan),
    totalSize: rows.length,
    size: rows.length,
    page: (from, count) => rows.slice(from, from + count).map(selection.project),
    columns: selection.columns,
    ...(selection.nested ? { notFlat: 'nested' as const } : { table: { columns: selection.flat, rows } }),
    grouped: false,
    idSelected: selection.idSelected,
  };
}
