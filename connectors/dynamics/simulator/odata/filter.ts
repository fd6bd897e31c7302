import { requireRead } from '../access.ts';
import { collectionBehind } from '../collections.ts';
import { refusals } from '../errors.ts';
import type { Row, Value } from '../types.ts';
import type { Alias, Comparison, Filter, Literal, Operand } from './ast.ts';
import { functionTest } from './functions.ts';
import { textTest } from './like.ts';
import { type ResolvedPath, resolvePath, type Scope, valueAt } from './scope.ts';
import { compareValues, literalFor } from './values.ts';

/** What a test has to go by: the row, and the rows that lambda variables stand for. */
export interface At {
  row: Row;
  bound: ReadonlyMap<string, Row>;
}

/** True, false, or null for unknown: a comparison with a blank, as SQL has it. */
export type Test = (at: At) => boolean | null;

export interface FilterScope extends Scope {
  /** Values of @names. */
  parameters: Readonly<Record<string, Literal>>;
}

/** Makes a condition ready to be asked of rows. Throws 400 for names that do not exist and values that do not fit. */
export function compileFilter(scope: FilterScope, filter: Filter): Test {
  switch (filter.kind) {
    case 'and':
      return both(compileFilter(scope, filter.left), compileFilter(scope, filter.right));
    case 'or':
      return either(compileFilter(scope, filter.left), compileFilter(scope, filter.right));
    case 'not':
      return negated(compileFilter(scope, filter.of));
    case 'compare':
      return compileCompare(scope, filter);
    case 'text':
      return compileText(scope, filter);
    case 'function':
      return functionTest(scope, filter);
    case 'lambda':
      return compileLambda(scope, filter);
    case 'linked':
      return compileLinked(scope, filter);
  }
}

const both =
  (left: Test, right: Test): Test =>
  (at) => {
    const first = left(at);
    if (first === false) return false;
    const second = right(at);
    return second === false ? false : first === null || second === null ? null : true;
  };

const either =
  (left: Test, right: Test): Test =>
  (at) => {
    const first = left(at);
    if (first === true) return true;
    const second = right(at);
    return second === true ? true : first === null || second === null ? null : false;
  };

const negated =
  (of: Test): Test =>
  (at) => {
    const value = of(at);
    return value === null ? null : !value;
  };

function compileCompare(
  scope: FilterScope,
  { left, right, operator }: Extract<Filter, { kind: 'compare' }>,
): Test {
  const [first, second] = [known(scope, left), known(scope, right)];
  if (first.kind !== 'path' && second.kind === 'path')
    return compileCompare(scope, { kind: 'compare', left: right, right: left, operator: flipped[operator] });
  if (first.kind !== 'path') throw refusals.badQuery('The left side of a comparison must be a column.');
  const path = resolvePath(scope, first.steps);
  if (second.kind === 'path')
    return compareColumns(scope, { path, other: resolvePath(scope, second.steps) }, operator);
  if (second.kind === 'null') return nullTest(scope, path, operator);
  const wanted = literalFor(path.column, second);
  return (at) => fits(operator, valueAt(scope, path, at), { wanted, path });
}

const flipped: Readonly<Record<Comparison, Comparison>> = {
  eq: 'eq',
  ne: 'ne',
  gt: 'lt',
  ge: 'le',
  lt: 'gt',
  le: 'ge',
};

/** What a parameter stands for. */
export function known(scope: FilterScope, operand: Operand): Exclude<Operand, Alias> {
  if (operand.kind !== 'alias') return operand;
  const value = scope.parameters[operand.name];
  if (value === undefined) throw refusals.badQuery(`The parameter ${operand.name} has no value.`);
  return value;
}

function nullTest(scope: Scope, path: ResolvedPath, operator: Comparison): Test {
  if (operator === 'eq') return (at) => valueAt(scope, path, at) === null;
  if (operator === 'ne') return (at) => valueAt(scope, path, at) !== null;
  return () => null;
}

function compareColumns(
  scope: Scope,
  { path, other }: { path: ResolvedPath; other: ResolvedPath },
  operator: Comparison,
): Test {
  return (at) => fits(operator, valueAt(scope, path, at), { wanted: valueAt(scope, other, at), path });
}

function fits(
  operator: Comparison,
  value: Value,
  { wanted, path }: { wanted: Value; path: ResolvedPath },
): boolean | null {
  if (value === null || wanted === null) return null;
  const order = compareValues(path.column, value, wanted);
  switch (operator) {
    case 'eq':
      return order === 0;
    case 'ne':
      return order !== 0;
    case 'gt':
      return order > 0;
    case 'ge':
      return order >= 0;
    case 'lt':
      return order < 0;
    case 'le':
      return order <= 0;
  }
}

function compileText(scope: FilterScope, filter: Extract<Filter, { kind: 'text' }>): Test {
  const [subject, value] = [known(scope, filter.subject), known(scope, filter.value)];
  if (subject.kind !== 'path' || value.kind !== 'string')
    throw refusals.badQuery(
      `No function signature for the function with name '${filter.name}' matches the specified arguments.`,
    );
  const path = resolvePath(scope, subject.steps);
  const test = textTest(filter.name as 'contains', value.value);
  return (at) => {
    const text = valueAt(scope, path, at);
    return text === null ? null : test(String(text));
  };
}

/** any and all over the rows that point to the row at hand. */
function compileLambda(scope: FilterScope, filter: Extract<Filter, { kind: 'lambda' }>): Test {
  const [property = ''] = filter.path.steps.slice(-1);
  const owner =
    filter.path.steps.length > 1 ? resolveOwner(scope, filter.path.steps.slice(0, -1)) : scope.table;
  const collection = collectionBehind(scope.state, owner, property);
  if (collection === undefined) throw refusals.noProperty(property, owner.logicalName);
  const { table } = collection;
  requireRead(scope.caller, table);
  const { variable, of, quantifier } = filter;
  const inner: FilterScope = {
    ...scope,
    variables: variable === null ? scope.variables : new Map(scope.variables).set(variable, table),
  };
  const test = of === null ? () => true : compileFilter(inner, of);
  return ({ row, bound }) => {
    const rows = collection
      .rowsOf(String(row[owner.primaryId]))
      .filter((each) => scope.caller.reaches('Read', table, each));
    const holds = (each: Row) =>
      test({ row, bound: variable === null ? bound : new Map(bound).set(variable, each) }) === true;
    return quantifier === 'any' ? rows.some(holds) : rows.every(holds);
  };
}

/** https://learn.microsoft.com/power-apps/developer/data-platform/fetchxml/filter-rows (values in related records) */
function compileLinked(scope: FilterScope, filter: Extract<Filter, { kind: 'linked' }>): Test {
  const { table, from, to, quantifier, variable, of } = filter;
  if (table.intersect !== true) requireRead(scope.caller, table);
  const path = resolvePath(scope, to.steps);
  const inner = { ...scope, variables: new Map(scope.variables).set(variable, table) };
  const test = of === null ? () => true : compileFilter(inner, of);
  return (at) => {
    const value = valueAt(scope, path, at);
    const linked = value === null ? [] : scope.state.rows(table).where(from, value);
    const rows = linked.filter((row) => table.intersect === true || scope.caller.reaches('Read', table, row));
    const some = rows.some(
      (row) => test({ row: at.row, bound: new Map(at.bound).set(variable, row) }) === true,
    );
    return quantifier === 'some' ? some : !some && (quantifier === 'none' || rows.length > 0);
  };
}

function resolveOwner(scope: Scope, steps: readonly string[]) {
  if (steps.length === 1 && scope.variables.has(steps[0]!)) return scope.variables.get(steps[0]!)!;
  throw refusals.badQuery('Collections are asked for from the row of the query only.');
}
