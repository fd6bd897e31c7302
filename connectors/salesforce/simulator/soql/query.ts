/** Runs a SOQL statement over a query source on behalf of a caller. */

import type { FieldType, Query, Subquery } from '@jetstreamapp/soql-parser-js';
import type { Caller, QuerySource, Row } from '../types.ts';
import { compileAggregate, isAggregate } from './aggregate.ts';
import type { ColumnMetadata, FlatColumn } from './columns.ts';
import type { Place } from './operands.ts';
import { parseStatement } from './parse.ts';
import { matching, objectFor, orderOf, type Plan, planOf, rowsOf } from './plan.ts';
import { problemsOf } from './problems.ts';
import type { Scope } from './scope.ts';
import { type ChildPlan, compileSelect, type JsonRecord, type NotFlat, type Selection } from './select.ts';

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

/** What is known of a statement before it runs. */
export interface StatementFacts {
  objectName: string;
  keyPrefix: string | null;
  columns: ColumnMetadata[];
  /** What keeps the answer from being a flat table, if anything does. */
  notFlat: NotFlat | undefined;
  grouped: boolean;
  idSelected: boolean;
  /** The statement's OFFSET. */
  offset: number;
  /** True when an index leads to the rows. */
  indexed: boolean;
}

export interface QueryAnswer extends StatementFacts {
  /** Rows that match, LIMIT and OFFSET respected. For `SELECT COUNT()` the count, with no record. */
  totalSize: number;
  /** Records to be had; 0 for `SELECT COUNT()`. */
  size: number;
  /** JSON records of one page. Made when asked for, from the rows as they were when the query ran. */
  page(from: number, count: number): JsonRecord[];
  /** The answer as a flat table; absent where `notFlat` tells why. */
  table?: FlatTable;
}

export interface FlatTable {
  columns: FlatColumn[];
  rows: Row[];
}

/** A statement that has passed every check and can be run. */
export interface PreparedQuery {
  facts: StatementFacts;
  run(): QueryAnswer;
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
  const prefix = subquery.sObjectPrefix ?? [];
  const isParent = [object.name, parent.alias].some((one) => one?.toLowerCase() === prefix[0]?.toLowerCase());
  if (prefix.length > 1 || (prefix.length === 1 && !isParent))
    throw problems.malformed(`unexpected token: '${prefix.join('.')}'`, prefix[0]);
  if (depth >= MAX_DEPTH)
    throw problems.malformed(`SOQL child queries cannot be nested deeper than ${MAX_DEPTH} levels`);
  if (subquery.groupBy || hasAggregate(subquery.fields ?? []))
    throw problems.malformed('Only root queries support aggregate expressions');
  const place: Place = { object: child, alias: subquery.sObjectAlias, scope };
  const plan = planOf(subquery, place);
  const order = orderOf(plan);
  const selection = selectionOf(subquery.fields ?? [], place, depth + 1);
  return {
    name: relationship.relationshipName ?? name,
    columns: selection.columns,
    answer: (row) => {
      const children = scope.source.rowsWhere(child.name, relationship.field, [row.Id ?? null]);
      const rows = rowsOf(plan, order, children);
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

function factsOf({ place, query, filter }: Plan, own: Partial<StatementFacts>): StatementFacts {
  return {
    objectName: place.object.name,
    keyPrefix: place.object.keyPrefix,
    columns: [],
    notFlat: undefined,
    grouped: query.groupBy !== undefined,
    idSelected: false,
    offset: query.offset ?? 0,
    indexed: filter.access !== undefined,
    ...own,
  };
}

function prepareCount(plan: Plan): PreparedQuery {
  const { query, place } = plan;
  if (query.groupBy || query.orderBy)
    throw place.scope.problems.malformed('Grouped query cannot use COUNT()', 'COUNT');
  const facts = factsOf(plan, { notFlat: 'aggregate' });
  const run = (): QueryAnswer => {
    let count = 0;
    for (const _row of matching(plan)) count++;
    const left = Math.max(count - facts.offset, 0);
    const totalSize = Math.min(left, query.limit ?? Number.POSITIVE_INFINITY);
    return { ...facts, totalSize, size: 0, page: () => [] };
  };
  return { facts, run };
}

function prepareAggregate(query: Query, plan: Plan): PreparedQuery {
  const aggregate = compileAggregate(query, plan.place);
  const facts = factsOf(plan, { columns: aggregate.columns, notFlat: 'aggregate' });
  const run = (): QueryAnswer => {
    const records = aggregate.run(matching(plan));
    const size = records.length;
    return { ...facts, totalSize: size, size, page: (from, count) => records.slice(from, from + count) };
  };
  return { facts, run };
}

function prepareRows(fields: FieldType[], plan: Plan): PreparedQuery {
  const { columns, flat, notFlat, idSelected, project } = selectionOf(fields, plan.place, 1);
  const order = orderOf(plan);
  const facts = factsOf(plan, { columns, notFlat, idSelected });
  const run = (): QueryAnswer => {
    const rows = rowsOf(plan, order);
    const size = rows.length;
    const page = (from: number, count: number) => rows.slice(from, from + count).map(project);
    return { ...facts, totalSize: size, size, page, ...(notFlat ? {} : { table: { columns: flat, rows } }) };
  };
  return { facts, run };
}

/** Checks a statement. @throws ApiError with the platform's code and wording for what it refuses */
export function prepareQuery(request: QueryRequest): PreparedQuery {
  const { soql, source, caller, apiVersion, includeDeleted = false } = request;
  const problems = problemsOf(soql);
  const scope: Scope = { soql, source, caller, apiVersion, includeDeleted, problems };
  const query = parseStatement(soql, problems);
  const fields = query.fields ?? [];
  const object = objectFor(query.sObject ?? '', scope);
  const plan = planOf(query, { object, alias: query.sObjectAlias, scope });
  if (isPlainCount(fields)) return prepareCount(plan);
  if (query.groupBy || hasAggregate(fields)) return prepareAggregate(query, plan);
  return prepareRows(fields, plan);
}

/** Answers a statement. @throws ApiError as `prepareQuery`, and EXCEEDED_ID_LIMIT for too many groups */
export function runQuery(request: QueryRequest): QueryAnswer {
  return prepareQuery(request).run();
}
