/** One query compiled to where its rows come from, which of them match, and in what order. */

import type { FieldType, Query, QueryBase } from '@jetstreamapp/soql-parser-js';
import type { FieldValue, ObjectMeta, Row } from '../types.ts';
import { leavesOf, treeOf } from './conditions.ts';
import { fieldOperand, type Operand, type Place } from './operands.ts';
import { type Comparator, clausesOf, compileOrder, firstOf } from './order.ts';
import type { Scope } from './scope.ts';
import { compileWhere, type Filter, rowsThrough } from './where.ts';

/** Rows that OFFSET may skip. */
const MAX_OFFSET = 2000;
/** LIMIT of a statement with FIELDS(ALL) or FIELDS(CUSTOM). */
const MAX_FIELDS_LIMIT = 200;

export interface Plan {
  place: Place;
  filter: Filter;
  query: QueryBase;
}

/** The object, when the caller can query it. @throws ApiError INVALID_TYPE, MALFORMED_QUERY */
export function objectFor(name: string, scope: Scope): ObjectMeta {
  const object = scope.source.object(name);
  if (!object || !scope.caller.canReadObject(object)) throw scope.problems.noSuchType(name);
  if (!object.queryable)
    throw scope.problems.malformed(`entity type ${object.name} does not support query`, name);
  return object;
}

function needsSmallLimit(fields: FieldType[]): boolean {
  return fields.some(
    (field) =>
      field.type === 'FieldFunctionExpression' &&
      field.functionName.toUpperCase() === 'FIELDS' &&
      String(field.parameters[0]).toUpperCase() !== 'STANDARD',
  );
}

function refuseClauses(query: QueryBase, { problems }: Scope): void {
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

function checkInner(query: Query, { problems }: Scope): void {
  if (clausesOf(query.orderBy).length > 0 || query.limit !== undefined || query.groupBy || query.having)
    throw problems.malformed('A semi join sub-select can only have a WHERE clause');
  const leaves = query.where ? [...leavesOf(treeOf(query.where, problems))] : [];
  if (leaves.some((leaf) => 'valueQuery' in leaf))
    throw problems.malformed('Nesting of semi join sub-selects is not supported');
}

/** The ids that the inner query of a semi-join selects. */
function innerValues(query: Query, outer: Operand, scope: Scope): Set<FieldValue> {
  const { problems } = scope;
  const place: Place = { object: objectFor(query.sObject ?? '', scope), alias: query.sObjectAlias, scope };
  const [item, ...more] = query.fields ?? [];
  if (!item || more.length > 0 || (item.type !== 'Field' && item.type !== 'FieldRelationship'))
    throw problems.malformed('A semi join sub-select must query exactly one field');
  checkInner(query, scope);
  const operand = fieldOperand('rawValue' in item && item.rawValue ? item.rawValue : item.field, place);
  if (operand.domain !== 'id')
    throw problems.malformed(
      `The selected field of a semi join must be an id or a reference: ${operand.name}`,
    );
  const sameObject = outer.path?.object.name === place.object.name;
  if (sameObject && outer.field.name === 'Id' && operand.field.name === 'Id')
    throw problems.malformed('The inner and outer selects should not be on the same object type');
  const values = new Set<FieldValue>();
  for (const row of matching(planOf(query, place))) {
    const value = operand.get(row);
    if (value !== null) values.add(value);
  }
  return values;
}

/** Compiles the clauses that choose rows. @throws ApiError */
export function planOf(query: QueryBase, place: Place): Plan {
  refuseClauses(query, place.scope);
  const filter: Filter = query.where
    ? compileWhere(query.where, place, (inner, outer) => innerValues(inner, outer, place.scope))
    : { test: () => true };
  return { place, filter, query };
}

/** The order of a plan's rows. @throws ApiError INVALID_FIELD */
export function orderOf({ query, place }: Plan): Comparator<Row> | undefined {
  return compileOrder(clausesOf(query.orderBy), place);
}

/** The rows that the caller can see and the filter lets through; of `candidates` where they are given. */
export function* matching(plan: Plan, candidates?: Iterable<Row>): Generator<Row> {
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

/** True when rows come by ascending stamp and the order begins with it: the rest need not be looked at. */
function comesSorted({ query, filter }: Plan): boolean {
  const [first] = clausesOf(query.orderBy);
  const byStamp = first !== undefined && 'field' in first && /^SystemModstamp$/i.test(first.field);
  return byStamp && first.order !== 'DESC' && filter.access?.kind === 'since';
}

/** The first `count` rows and those that share the last one's stamp. */
function firstByStamp(rows: Iterable<Row>, count: number): Row[] {
  const first: Row[] = [];
  for (const row of rows) {
    const last = first.length < count ? undefined : first.at(-1);
    if (last !== undefined && row.SystemModstamp !== last.SystemModstamp) break;
    first.push(row);
  }
  return first;
}

/** The matching rows in their order, LIMIT and OFFSET applied. */
export function rowsOf(plan: Plan, compare: Comparator<Row> | undefined, candidates?: Iterable<Row>): Row[] {
  const { query } = plan;
  const offset = query.offset ?? 0;
  const end = query.limit === undefined ? Number.POSITIVE_INFINITY : offset + query.limit;
  if (end === 0) return [];
  const found = matching(plan, candidates);
  if (compare && candidates === undefined && end < Number.POSITIVE_INFINITY && comesSorted(plan))
    return firstByStamp(found, end).sort(compare).slice(offset, end);
  if (compare && end < Number.POSITIVE_INFINITY) return firstOf(found, compare, end).slice(offset);
  const rows: Row[] = [];
  for (const row of found) {
    rows.push(row);
    if (!compare && rows.length === end) break;
  }
  if (compare) rows.sort(compare);
  return offset === 0 ? rows : rows.slice(offset);
}
