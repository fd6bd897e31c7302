/**
 * GROUP BY ROLLUP and CUBE: the same rows grouped several times over, each time with some of the keys left out.
 * https://developer.salesforce.com/docs/platform/salesforce-soql-sosl/guide/sforce-api-calls-soql-select-groupby-rollup.html
 */

import type { FunctionExp, GroupByClause } from '@jetstreamapp/soql-parser-js';
import { fieldOperand, functionOperand, type Operand, type Place } from './operands.ts';
import { clausesOf } from './order.ts';

/** Fields within the parentheses. */
const MAX_SUBTOTAL_FIELDS = 3;

export interface Grouping {
  /** By their ids. */
  keys: Map<string, Operand>;
  /** The ids of the keys that each grouping leaves out: `[[]]` without subtotals. */
  leftOut: string[][];
}

/** All groupings that leave out the last keys, the finest first. */
function rollup(ids: string[]): string[][] {
  return Array.from({ length: ids.length + 1 }, (_, count) => ids.slice(ids.length - count));
}

/** All subsets, the smallest first: every combination of keys is left out once. */
function cube(ids: string[]): string[][] {
  const subsets = Array.from({ length: 2 ** ids.length }, (_, bits) =>
    ids.filter((_id, at) => (bits & (1 << at)) !== 0),
  );
  return subsets.sort((a, b) => a.length - b.length);
}

const SUBTOTALS: Record<string, (ids: string[]) => string[][]> = { ROLLUP: rollup, CUBE: cube };

function subtotalsOf(fn: FunctionExp): ((ids: string[]) => string[][]) | undefined {
  return SUBTOTALS[(fn.functionName ?? '').toUpperCase()];
}

function groupable(operand: Operand, path: string, place: Place): Operand {
  if (operand.field.groupable) return operand;
  throw place.scope.problems.invalidField(
    `field '${operand.field.name}' can not be grouped in a query call`,
    path,
  );
}

function keyOf(clause: GroupByClause, place: Place): Operand {
  if ('fn' in clause) return functionOperand(clause.fn, place);
  return groupable(fieldOperand(clause.field, place), clause.field, place);
}

function withSubtotals(fn: FunctionExp, place: Place): Operand[] {
  const fields = (fn.parameters ?? []).map((path) => {
    if (typeof path === 'string') return groupable(fieldOperand(path, place), path, place);
    throw place.scope.problems.malformed(`unexpected token: '${path.functionName}'`, path.functionName ?? '');
  });
  if (fields.length >= 1 && fields.length <= MAX_SUBTOTAL_FIELDS) return fields;
  throw place.scope.problems.malformed(
    `GROUP BY ${(fn.functionName ?? '').toUpperCase()} takes one to ${MAX_SUBTOTAL_FIELDS} fields`,
    fn.functionName,
  );
}

/** What a GROUP BY clause groups by. @throws ApiError MALFORMED_QUERY, INVALID_FIELD */
export function groupingOf(groupBy: GroupByClause | GroupByClause[] | undefined, place: Place): Grouping {
  const clauses = clausesOf(groupBy);
  const [first] = clauses;
  const subtotals = clauses.find((clause) => 'fn' in clause && subtotalsOf(clause.fn) !== undefined);
  if (subtotals === undefined || !('fn' in subtotals)) {
    const keys = clauses.map((clause) => keyOf(clause, place));
    return { keys: new Map(keys.map((key) => [key.id, key])), leftOut: [[]] };
  }
  if (clauses.length > 1 || first === undefined)
    throw place.scope.problems.malformed(
      'Grouped fields must all stand within the parentheses of ROLLUP or CUBE',
      subtotals.fn.functionName,
    );
  const keys = new Map(withSubtotals(subtotals.fn, place).map((key) => [key.id, key]));
  return { keys, leftOut: subtotalsOf(subtotals.fn)?.([...keys.keys()]) ?? [[]] };
}

/** The id of GROUPING(key) among a group's values: 1 in a subtotal that leaves the key out, else 0. */
export function groupingId(key: string): string {
  return `GROUPING(${key})`;
}
