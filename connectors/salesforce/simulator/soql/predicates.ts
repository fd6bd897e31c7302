/** Comparisons as functions of one row. Absent values follow the platform: `!=` finds them, every other operator does not. */

import type { FieldValue, Row } from '../types.ts';
import { likeMatcher } from './like.ts';
import { type Constant, constantOf, unquote } from './literals.ts';
import type { Operand } from './operands.ts';
import type { Scope } from './scope.ts';

export type Predicate = (row: Row) => boolean;
type Test = (value: FieldValue) => boolean;

/** Longest text between quotes in a condition. */
const MAX_LITERAL = 4000;

const ORDERED = ['<', '<=', '>', '>='];
const OPERATORS: Record<string, string[]> = {
  text: ['=', '!=', ...ORDERED, 'LIKE', 'IN', 'NOT IN'],
  exact: ['=', '!=', ...ORDERED, 'LIKE', 'IN', 'NOT IN'],
  id: ['=', '!=', ...ORDERED, 'IN', 'NOT IN'],
  multi: ['=', '!=', 'INCLUDES', 'EXCLUDES', 'IN', 'NOT IN'],
  number: ['=', '!=', ...ORDERED, 'IN', 'NOT IN'],
  boolean: ['=', '!=', 'IN', 'NOT IN'],
  date: ['=', '!=', ...ORDERED, 'IN', 'NOT IN'],
  datetime: ['=', '!=', ...ORDERED, 'IN', 'NOT IN'],
};

/** The operator in its canonical form. */
export function canonical(operator: string): string {
  const upper = operator.toUpperCase().replace(/\s+/g, ' ');
  return upper === '<>' ? '!=' : upper;
}

function folded(operand: Operand): (row: Row) => FieldValue {
  const { get } = operand;
  if (operand.domain !== 'text' && operand.domain !== 'multi') {
    return (row) => {
      const value = get(row);
      return value === '' ? null : value;
    };
  }
  return (row) => {
    const value = get(row);
    return typeof value === 'string' && value !== '' ? value.toLowerCase() : null;
  };
}

function equals(constant: Constant, operand: Operand): Test {
  if (constant.kind === 'range')
    return (value) => value !== null && value >= constant.from && value < constant.to;
  const expected = operand.domain === 'boolean' ? constant.value === true : constant.value;
  return (value) => value === expected;
}

function ordered(operator: string, constant: Constant): Test {
  const isRange = constant.kind === 'range';
  const low = isRange ? constant.from : constant.value;
  const high = isRange ? constant.to : constant.value;
  if (low === null || high === null) return () => false;
  switch (operator) {
    case '<':
      return (value) => value !== null && value < low;
    case '<=':
      return isRange ? (value) => value !== null && value < high : (value) => value !== null && value <= high;
    case '>':
      return isRange ? (value) => value !== null && value >= high : (value) => value !== null && value > low;
    default:
      return (value) => value !== null && value >= low;
  }
}

function like(pattern: string, caseSensitive: boolean): Test {
  const fits = likeMatcher(pattern, caseSensitive);
  return (value) => typeof value === 'string' && fits(value);
}

function among(constants: Constant[], operand: Operand): Test {
  const values = new Set<FieldValue>();
  const ranges: Test[] = [];
  for (const constant of constants) {
    if (constant.kind === 'range') ranges.push(equals(constant, operand));
    else values.add(operand.domain === 'boolean' ? constant.value === true : constant.value);
  }
  return (value) => values.has(value) || ranges.some((test) => test(value));
}

function includes(literals: string[]): Test {
  const groups = literals.map((literal) =>
    unquote(literal)
      .toLowerCase()
      .split(';')
      .map((one) => one.trim()),
  );
  return (value) => {
    if (typeof value !== 'string') return false;
    const chosen = new Set(value.toLowerCase().split(';'));
    return groups.some((group) => group.every((one) => chosen.has(one)));
  };
}

/** One comparison as the parser hands it over. */
export interface Comparison {
  operator: string;
  value: string | string[];
  literalType?: string | string[] | undefined;
}

function constantsOf(comparison: Comparison, operand: Operand, scope: Scope): Constant[] {
  const { value, literalType } = comparison;
  const literals = Array.isArray(value) ? value : [value];
  return literals.map((literal, i) => {
    if (literal.length > MAX_LITERAL + 2)
      throw scope.problems.malformed('String literal in a filter is too long (max 4000 characters)');
    return constantOf(literal, Array.isArray(literalType) ? literalType[i] : literalType, operand, scope);
  });
}

/** The test of a stored value that a comparison makes. */
function testOf(operator: string, comparison: Comparison, operand: Operand, scope: Scope): Test {
  const { value } = comparison;
  const literals = Array.isArray(value) ? value : [value];
  const constants = constantsOf(comparison, operand, scope);
  const single = constants[0] ?? { kind: 'value', value: null };
  const listed = Array.isArray(value);
  const wantsList = ['IN', 'NOT IN', 'INCLUDES', 'EXCLUDES'].includes(operator);
  if (listed !== wantsList)
    throw scope.problems.malformed(
      `unexpected token: '${listed ? '(' : operator}'`,
      listed ? undefined : operator,
    );
  const negated =
    (test: Test): Test =>
    (found) =>
      !test(found);
  switch (operator) {
    case '=':
      return equals(single, operand);
    case '!=':
      return negated(equals(single, operand));
    case 'LIKE':
      if (comparison.literalType !== 'STRING')
        throw scope.problems.malformed("unexpected token: 'LIKE'", 'LIKE');
      return like(unquote(literals[0] ?? "''", true), operand.domain === 'exact');
    case 'IN':
      return among(constants, operand);
    case 'NOT IN':
      return negated(among(constants, operand));
    case 'INCLUDES':
      return includes(literals);
    case 'EXCLUDES':
      return negated(includes(literals));
    default:
      return ordered(operator, single);
  }
}

/** Compiles a comparison. @throws ApiError INVALID_QUERY_FILTER_OPERATOR where the field does not know the operator */
export function comparisonOf(operand: Operand, comparison: Comparison, scope: Scope): Predicate {
  const operator = canonical(comparison.operator);
  if (!OPERATORS[operand.domain]?.includes(operator))
    throw scope.problems.operator(`invalid operator on ${operand.type} field`, operand.name);
  const test = testOf(operator, comparison, operand, scope);
  const read = folded(operand);
  return (row) => test(read(row));
}
