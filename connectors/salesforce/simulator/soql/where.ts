/** Compiles a WHERE clause once: to a test of a row, and to the index through which its rows can be found. */

import type { Query, WhereClause } from '@jetstreamapp/soql-parser-js';
import { toId18 } from '../ids.ts';
import type { FieldMeta, FieldValue, Row } from '../types.ts';
import { type Leaf, type Tree, treeOf } from './conditions.ts';
import { unquote } from './literals.ts';
import { fieldOperand, functionOperand, type Operand, type Place } from './operands.ts';
import { canonical, comparisonOf, type Predicate } from './predicates.ts';

/** Values of one field, at least one of which each matching row holds; or the earliest stamp that it can have. */
export type Access =
  | { kind: 'values'; field: string; values: FieldValue[] }
  | { kind: 'since'; stamp: number };

export interface Filter {
  test: Predicate;
  access?: Access;
}

/** Runs the inner query of a semi-join: the values of its one selected field. */
export type InnerQuery = (query: Query, outer: Operand) => Set<FieldValue>;

interface Compiler {
  place: Place;
  inner: InnerQuery;
}

/** Fields of several values, which can be compared with nothing. */
function isCompound({ type }: FieldMeta): boolean {
  return type === 'address' || type === 'location';
}

function operandOf(leaf: Leaf, place: Place): Operand {
  const operand = 'fn' in leaf ? functionOperand(leaf.fn, place) : fieldOperand(leaf.field, place);
  // describe calls compound fields filterable, for DISTANCE alone:
  // https://developer.salesforce.com/docs/platform/object-reference/guide/compound-fields-address.html
  if (!operand.field.filterable || isCompound(operand.field))
    throw place.scope.problems.invalidField(
      `field '${operand.field.name}' can not be filtered in a query call`,
      operand.name,
    );
  return operand;
}

function semiJoin(leaf: Extract<Leaf, { valueQuery: Query }>, operand: Operand, compiler: Compiler): Filter {
  const operator = canonical(leaf.operator);
  const { problems } = compiler.place.scope;
  if (operator !== 'IN' && operator !== 'NOT IN')
    throw problems.malformed(`unexpected token: '${leaf.operator}'`);
  if (operand.domain !== 'id')
    throw problems.malformed(`The left operand of a semi join must be an id or a reference: ${operand.name}`);
  const values = compiler.inner(leaf.valueQuery, operand);
  if (operator === 'NOT IN') return { test: (row) => !values.has(operand.get(row)) };
  const test: Predicate = (row) => values.has(operand.get(row));
  return operand.path?.hops.length === 0
    ? { test, access: { kind: 'values', field: operand.field.name, values: [...values] } }
    : { test };
}

function hasIndex(field: FieldMeta): boolean {
  return (
    field.type === 'id' || field.type === 'reference' || field.externalId || field.unique || field.idLookup
  );
}

/** The index takes text in any case; the test of the row decides. */
function accessOf(leaf: Leaf, operand: Operand): Access | undefined {
  if (!('value' in leaf) || operand.path?.hops.length !== 0) return undefined;
  const operator = canonical(leaf.operator);
  const literals: string[] = Array.isArray(leaf.value) ? leaf.value : [leaf.value];
  if (hasIndex(operand.field) && (operator === '=' || operator === 'IN')) {
    const texts = literals.map((literal) => (literal.startsWith("'") ? unquote(literal) : ''));
    const values = operand.domain === 'id' ? texts.map(toId18) : texts;
    return values.every(Boolean) ? { kind: 'values', field: operand.field.name, values } : undefined;
  }
  const isStamp = operand.field.name === 'SystemModstamp' && leaf.literalType === 'DATETIME';
  if (isStamp && ['=', '>', '>='].includes(operator))
    return { kind: 'since', stamp: Date.parse(literals[0] ?? '') };
  return undefined;
}

function compileLeaf(leaf: Leaf, compiler: Compiler): Filter {
  const { place } = compiler;
  const operand = operandOf(leaf, place);
  if ('valueQuery' in leaf) return semiJoin(leaf, operand, compiler);
  const test = comparisonOf(operand, leaf as { operator: string; value: string | string[] }, place.scope);
  const access = accessOf(leaf, operand);
  return access && !(access.kind === 'since' && Number.isNaN(access.stamp)) ? { test, access } : { test };
}

function bestOf(accesses: Array<Access | undefined>): Access | undefined {
  let best: Access | undefined;
  for (const access of accesses) {
    if (!access) continue;
    if (!best) best = access;
    else if (access.kind === 'values')
      best = best.kind === 'values' && best.values.length <= access.values.length ? best : access;
    else if (best.kind === 'since' && access.stamp > best.stamp) best = access;
  }
  return best;
}

function earliestOf(accesses: Array<Access | undefined>): Access | undefined {
  let stamp = Number.POSITIVE_INFINITY;
  for (const access of accesses) {
    if (access?.kind !== 'since') return undefined;
    stamp = Math.min(stamp, access.stamp);
  }
  return { kind: 'since', stamp };
}

function allOf(tests: Predicate[]): Predicate {
  const [first, second, ...more] = tests as [Predicate, Predicate, ...Predicate[]];
  if (more.length === 0) return (row) => first(row) && second(row);
  return (row) => tests.every((test) => test(row));
}

function anyOf(tests: Predicate[]): Predicate {
  const [first, second, ...more] = tests as [Predicate, Predicate, ...Predicate[]];
  if (more.length === 0) return (row) => first(row) || second(row);
  return (row) => tests.some((test) => test(row));
}

function containsJoin(tree: Tree): boolean {
  if (tree.kind === 'leaf') return 'valueQuery' in tree.leaf;
  return tree.kind === 'not' ? containsJoin(tree.child) : tree.children.some(containsJoin);
}

function compile(tree: Tree, compiler: Compiler): Filter {
  const { problems } = compiler.place.scope;
  if (tree.kind === 'leaf') return compileLeaf(tree.leaf, compiler);
  if (tree.kind === 'not') {
    if (containsJoin(tree))
      throw problems.malformed('Semi join sub-selects are not allowed with the NOT operator');
    const { test } = compile(tree.child, compiler);
    return { test: (row) => !test(row) };
  }
  if (tree.kind === 'or' && tree.children.some(containsJoin))
    throw problems.malformed("Semi join sub-selects are not allowed with the 'OR' operator");
  const filters = tree.children.map((child) => compile(child, compiler));
  const tests = filters.map((filter) => filter.test);
  const accesses = filters.map((filter) => filter.access);
  const access = tree.kind === 'and' ? bestOf(accesses) : earliestOf(accesses);
  const test = tree.kind === 'and' ? allOf(tests) : anyOf(tests);
  return access ? { test, access } : { test };
}

/** The filter of a WHERE clause. @throws ApiError MALFORMED_QUERY, INVALID_FIELD, INVALID_QUERY_FILTER_OPERATOR */
export function compileWhere(clause: WhereClause, place: Place, inner: InnerQuery): Filter {
  return compile(treeOf(clause, place.scope.problems), { place, inner });
}

/** The rows that an access path leads to. */
export function rowsThrough(access: Access | undefined, objectName: string, place: Place): Iterable<Row> {
  const { source } = place.scope;
  if (!access) return source.rows(objectName);
  if (access.kind === 'since') return source.rowsModifiedSince(objectName, access.stamp);
  return source.rowsWhere(objectName, access.field, access.values);
}
