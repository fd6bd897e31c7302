import { refusals } from '../errors.ts';
import type { Table } from '../types.ts';
import type { Comparison, Filter, Literal, Operand } from './ast.ts';
import { functionNamed } from './functions.ts';

/**
 * Conditions as FetchXML, query expressions and SQL name them, turned into those of OData.
 * https://learn.microsoft.com/power-apps/developer/data-platform/fetchxml/reference/operators
 */

type Build = (subject: Operand, values: readonly Literal[]) => Filter;

const compare =
  (operator: Comparison): Build =>
  (left, [right]) => ({ kind: 'compare', operator, left, right: right ?? { kind: 'null' } });

const not =
  (build: Build): Build =>
  (subject, values) => ({ kind: 'not', of: build(subject, values) });

const isNull =
  (operator: 'eq' | 'ne'): Build =>
  (left) => ({ kind: 'compare', operator, left, right: { kind: 'null' } });

const text =
  (name: 'like' | 'startswith' | 'endswith' | 'contains'): Build =>
  (subject, [value]) => ({ kind: 'text', name, subject, value: value ?? { kind: 'null' } });

const isIn: Build = (subject, values) => {
  const [first, ...rest] = values.map((value) => compare('eq')(subject, [value]));
  if (first === undefined) throw refusals.badQuery('A list of values is empty.');
  return rest.reduce<Filter>((left, right) => ({ kind: 'or', left, right }), first);
};

const isBetween: Build = (subject, [low, high]) => ({
  kind: 'and',
  left: compare('ge')(subject, low === undefined ? [] : [low]),
  right: compare('le')(subject, high === undefined ? [] : [high]),
});

const builds: Readonly<Record<string, Build>> = {
  eq: compare('eq'),
  ne: compare('ne'),
  gt: compare('gt'),
  ge: compare('ge'),
  lt: compare('lt'),
  le: compare('le'),
  null: isNull('eq'),
  'not-null': isNull('ne'),
  in: isIn,
  'not-in': not(isIn),
  between: isBetween,
  'not-between': not(isBetween),
  like: text('like'),
  'not-like': not(text('like')),
  'begins-with': text('startswith'),
  'not-begin-with': not(text('startswith')),
  'ends-with': text('endswith'),
  'not-end-with': not(text('endswith')),
};

/** Other words for the same. */
const synonyms: Readonly<Record<string, string>> = {
  neq: 'ne',
  equal: 'eq',
  notequal: 'ne',
  greaterthan: 'gt',
  greaterequal: 'ge',
  lessthan: 'lt',
  lessequal: 'le',
  notnull: 'not-null',
  notin: 'not-in',
  notbetween: 'not-between',
  notlike: 'not-like',
  beginswith: 'begins-with',
  endswith: 'ends-with',
  // The functions of OData that stand for operators with words of their own.
  'eq-userid': 'EqualUserId',
  'ne-userid': 'NotEqualUserId',
  'eq-businessid': 'EqualBusinessId',
  'ne-businessid': 'NotEqualBusinessId',
  'last-seven-days': 'Last7Days',
  'next-seven-days': 'Next7Days',
  'not-contain-values': 'DoesNotContainValues',
  'eq-or-under': 'UnderOrEqual',
  'eq-or-above': 'AboveOrEqual',
};

export interface Condition {
  column: string;
  /** Of a joined table, whose name the column then has in front. */
  alias?: string | null | undefined;
  operator: string;
  values: readonly string[];
}

/** Throws 400 for an operator or a column that is not there. */
export function condition(table: Table, { column, alias, operator, values }: Condition): Filter {
  const word = operator.toLowerCase();
  const found = table.columns.get(column);
  if (found === undefined) throw refusals.noColumn(table.logicalName, column);
  const literals = values.map((value): Literal => {
    if (found.type !== 'Boolean') return { kind: 'string', value };
    return { kind: 'boolean', value: value === '1' || value.toLowerCase() === 'true' };
  });
  const steps = alias == null ? [column] : [alias, column];
  const build = builds[synonyms[word] ?? word];
  if (build !== undefined) return build({ kind: 'path', steps }, literals);
  const name = functionNamed(synonyms[word] ?? word);
  if (name === undefined) throw refusals.badQuery(`The operator '${operator}' is not supported here.`);
  const parameters = {
    PropertyName: { kind: 'string', value: steps.join('/') },
    PropertyValues: { kind: 'list', items: literals },
  } as const;
  return { kind: 'function', name: `Microsoft.Dynamics.CRM.${name}`, parameters };
}

/** Several conditions as one; undefined for none. */
export function joined(kind: 'and' | 'or', all: readonly Filter[]): Filter | undefined {
  const [first, ...rest] = all;
  return first && rest.reduce<Filter>((left, right) => ({ kind, left, right }), first);
}
