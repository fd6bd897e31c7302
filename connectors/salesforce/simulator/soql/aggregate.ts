/** GROUP BY, HAVING and the aggregate functions. A group is a row whose keys are the ids of its operands. */

import type { FieldFunctionExpression, FieldType, FunctionExp, Query } from '@jetstreamapp/soql-parser-js';
import { ApiError, type FieldMeta, type FieldValue, type Row } from '../types.ts';
import { type Accumulator, accumulatorFor, resultType } from './accumulators.ts';
import { aggregateColumn, type ColumnMetadata, fieldColumn } from './columns.ts';
import { type Tree, treeOf } from './conditions.ts';
import { domainOf, fieldOperand, functionOperand, type Operand, type Place } from './operands.ts';
import { clausesOf, comparatorOf, type SortKey, settingsOf, sortValue } from './order.ts';
import { comparisonOf, type Predicate } from './predicates.ts';
import type { JsonRecord } from './select.ts';
import { type Grouping, groupingId, groupingOf } from './subtotals.ts';
import { jsonValue } from './values.ts';

/** Groups in one answer. */
const MAX_GROUPS = 2000;
const AGGREGATES = new Set(['COUNT', 'COUNT_DISTINCT', 'SUM', 'AVG', 'MIN', 'MAX']);

type AnyFunction = FunctionExp | FieldFunctionExpression;

/** True for COUNT, SUM and their kin. */
export function isAggregate(fn: AnyFunction): boolean {
  return AGGREGATES.has((fn.functionName ?? '').toUpperCase());
}

interface Measure {
  operand: Operand;
  make(): Accumulator;
  read(row: Row): FieldValue;
}

interface Aggregation {
  place: Place;
  grouping: Grouping;
  measures: Map<string, Measure>;
}

/** An operand that reads the finished group instead of a record. */
function overGroup(operand: Operand): Operand {
  const { path: _bare, ...rest } = operand;
  return { ...rest, get: (group) => group[operand.id] ?? null };
}

function measureOf(fn: AnyFunction, aggregation: Aggregation): Operand {
  const { place, measures } = aggregation;
  const { problems } = place.scope;
  const name = (fn.functionName ?? '').toUpperCase();
  const parameter = fn.parameters?.length === 1 ? fn.parameters[0] : undefined;
  if (typeof parameter !== 'string')
    throw problems.malformed(`unexpected token: '${fn.functionName}'`, fn.functionName);
  const argument = fieldOperand(parameter, place);
  const numeric = argument.domain === 'number';
  const refused = !argument.field.aggregatable || ((name === 'SUM' || name === 'AVG') && !numeric);
  if (refused)
    throw problems.invalidField(
      `field ${argument.field.name} does not support aggregate operator ${name}`,
      parameter,
    );
  const id = `${name}(${argument.id})`;
  const type = resultType(name, argument.type);
  const field: FieldMeta = type === argument.type ? argument.field : { ...argument.field, type };
  const operand: Operand = {
    id,
    domain: domainOf(field),
    type,
    name: fn.rawValue ?? id,
    field,
    get: argument.get,
  };
  measures.set(id, { operand, make: accumulatorFor(name, argument), read: argument.get });
  return overGroup(operand);
}

/** GROUPING(): tells subtotals from the groups of absent values. */
function groupingOperand(fn: AnyFunction, { place, grouping }: Aggregation): Operand {
  const [path] = fn.parameters ?? [];
  const key = typeof path === 'string' ? grouping.keys.get(fieldOperand(path, place).id) : undefined;
  if (key === undefined || grouping.leftOut.length === 1 || fn.parameters?.length !== 1)
    throw place.scope.problems.malformed(
      'GROUPING takes a field of the GROUP BY ROLLUP or GROUP BY CUBE of its query',
      fn.functionName,
    );
  const id = groupingId(key.id);
  const field: FieldMeta = { ...key.field, type: 'int' };
  const name = fn.rawValue ?? id;
  return { id, domain: 'number', type: 'int', name, field, get: (group) => group[id] ?? null };
}

function groupedOperand(
  item: { field: string } | { fn: AnyFunction },
  aggregation: Aggregation,
  verb: string,
): Operand {
  const { place, grouping } = aggregation;
  if ('fn' in item && isAggregate(item.fn)) return measureOf(item.fn, aggregation);
  if ('fn' in item && item.fn.functionName?.toUpperCase() === 'GROUPING')
    return groupingOperand(item.fn, aggregation);
  const operand = 'fn' in item ? functionOperand(item.fn, place) : fieldOperand(item.field, place);
  if (grouping.keys.has(operand.id)) return overGroup(operand);
  throw place.scope.problems.malformed(
    `${verb} must be grouped or aggregated: ${operand.field.name}`,
    operand.name,
  );
}

interface Output {
  key: string;
  operand: Operand;
  column: ColumnMetadata;
}

function outputsOf(items: FieldType[], aggregation: Aggregation): Output[] {
  const { problems } = aggregation.place.scope;
  let unnamed = 0;
  return items.map((item): Output => {
    if (item.type === 'FieldSubquery' || item.type === 'FieldTypeof')
      throw problems.malformed('Aggregate queries cannot hold sub-selects or TYPEOF');
    if (item.type === 'FieldFunctionExpression') {
      const operand = groupedOperand({ fn: item }, aggregation, 'Field');
      const key = item.alias ?? `expr${unnamed++}`;
      return { key, operand, column: aggregateColumn(key, item.rawValue ?? operand.id, operand.type) };
    }
    const path = 'rawValue' in item && item.rawValue ? item.rawValue : item.field;
    const operand = groupedOperand({ field: path }, aggregation, 'Field');
    const key = ('alias' in item ? item.alias : undefined) ?? operand.field.name;
    return { key, operand, column: fieldColumn(operand.field, key) };
  });
}

function havingOf(tree: Tree, aggregation: Aggregation): Predicate {
  const { scope } = aggregation.place;
  if (tree.kind === 'leaf') {
    const { leaf } = tree;
    if ('valueQuery' in leaf) throw scope.problems.malformed("unexpected token: 'SELECT'");
    const item = 'fn' in leaf ? { fn: leaf.fn } : { field: leaf.field };
    return comparisonOf(groupedOperand(item, aggregation, 'Field'), leaf, scope);
  }
  if (tree.kind === 'not') {
    const test = havingOf(tree.child, aggregation);
    return (group) => !test(group);
  }
  const tests = tree.children.map((child) => havingOf(child, aggregation));
  return tree.kind === 'and'
    ? (group) => tests.every((test) => test(group))
    : (group) => tests.some((test) => test(group));
}

interface Entry {
  group: Row;
  accumulators: Accumulator[];
}

/** Puts rows into the groups that the keys make without those left out. */
function grouped(rows: Iterable<Row>, leftOut: string[], { grouping, measures }: Aggregation): Entry[] {
  const keyed = [...grouping.keys]
    .filter(([id]) => !leftOut.includes(id))
    .map(([id, operand]) => ({ id, get: operand.get, fold: sortValue(operand) }));
  const measured = [...measures.values()];
  const marks = [...grouping.keys.keys()].map((id) => [groupingId(id), leftOut.includes(id) ? 1 : 0]);
  const entries = new Map<string, Entry>();
  const open = (row: Row | undefined): Entry => ({
    group: {
      ...Object.fromEntries(marks),
      ...Object.fromEntries(keyed.map(({ id, get }) => [id, row ? get(row) : null])),
    },
    accumulators: measured.map((measure) => measure.make()),
  });
  for (const row of rows) {
    const key = keyed.length === 0 ? '' : JSON.stringify(keyed.map(({ fold }) => fold(row)));
    let entry = entries.get(key);
    if (!entry) {
      entry = open(row);
      entries.set(key, entry);
    }
    for (let i = 0; i < measured.length; i++) entry.accumulators[i]?.add(measured[i]?.read(row) ?? null);
  }
  if (grouping.keys.size === 0 && entries.size === 0) entries.set('', open(undefined));
  return [...entries.values()];
}

function groupsOf(rows: Iterable<Row>, aggregation: Aggregation): Row[] {
  const { grouping, measures } = aggregation;
  // several groupings go over the rows as often
  const all = grouping.leftOut.length === 1 ? rows : [...rows];
  const entries = grouping.leftOut.flatMap((leftOut) => grouped(all, leftOut, aggregation));
  const ids = [...measures.keys()];
  for (const { group, accumulators } of entries)
    ids.forEach((id, i) => {
      group[id] = accumulators[i]?.value() ?? null;
    });
  return entries.map((entry) => entry.group);
}

export interface AggregatePlan {
  columns: ColumnMetadata[];
  run(rows: Iterable<Row>): JsonRecord[];
}

/**
 * One total has no order and no first rows.
 * https://developer.salesforce.com/docs/atlas.en-us.soql_sosl.meta/soql_sosl/sforce_api_calls_soql_select_limit.htm
 */
function checkUngrouped({ limit, orderBy }: Query, { scope }: Place): void {
  const clause = orderBy ? 'ORDER BY' : limit === undefined ? undefined : 'LIMIT';
  if (clause === undefined) return;
  throw scope.problems.malformed(
    `Non-grouped query that uses overall aggregate functions cannot also use ${clause}`,
    clause,
  );
}

/** Compiles an aggregate query. @throws ApiError MALFORMED_QUERY, INVALID_FIELD, EXCEEDED_ID_LIMIT (on running) */
export function compileAggregate(query: Query, place: Place): AggregatePlan {
  const grouping = groupingOf(query.groupBy, place);
  const aggregation: Aggregation = { place, grouping, measures: new Map() };
  if (grouping.keys.size === 0) checkUngrouped(query, place);
  const outputs = outputsOf(query.fields ?? [], aggregation);
  const having = query.having && havingOf(treeOf(query.having, place.scope.problems), aggregation);
  const sortKeys = clausesOf(query.orderBy).map((clause): SortKey<Row> => {
    const operand = groupedOperand(clause, aggregation, 'Ordered field');
    return { read: sortValue(operand), ...settingsOf(clause) };
  });
  const run = (rows: Iterable<Row>): JsonRecord[] => {
    let groups = groupsOf(rows, aggregation);
    if (having) groups = groups.filter(having);
    if (sortKeys.length > 0) groups.sort(comparatorOf(sortKeys));
    const offset = query.offset ?? 0;
    groups = groups.slice(offset, query.limit === undefined ? undefined : offset + query.limit);
    if (groups.length > MAX_GROUPS)
      throw new ApiError(
        400,
        'EXCEEDED_ID_LIMIT',
        'Aggregate query does not support queryMore(), use LIMIT to restrict the results to a single batch',
      );
    return groups.map((group) => ({
      attributes: { type: 'AggregateResult' },
      ...Object.fromEntries(
        outputs.map(({ key, operand }) => [key, jsonValue(operand.type, operand.get(group))]),
      ),
    }));
  };
  return { columns: outputs.map((output) => output.column), run };
}
