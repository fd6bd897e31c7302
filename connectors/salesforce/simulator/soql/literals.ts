/** Literals of a statement as stored values, each checked against the type of the field that it is compared with. */

import { toId18 } from '../ids.ts';
import type { FieldValue } from '../types.ts';
import { rangeOf } from './date-literals.ts';
import type { Scope } from './scope.ts';

/** How values of a field compare. */
export type Domain = 'text' | 'exact' | 'id' | 'multi' | 'number' | 'boolean' | 'date' | 'datetime';

/** A single value, or the range of days of a date literal (`to` is the first value after it). */
export type Constant =
  | { kind: 'value'; value: FieldValue }
  | { kind: 'range'; from: string | number; to: string | number };

export interface Target {
  domain: Domain;
  /** The field's type as describe names it; for wording. */
  type: string;
  /** The name as it stands in the statement. */
  name: string;
}

const WORDED: Record<string, string> = {
  datetime: 'dateTime',
  currency: 'double',
  percent: 'double',
  id: 'ID',
  reference: 'ID',
};
const QUOTED = new Set<Domain>(['text', 'exact', 'id', 'multi']);
const LITERALS: Record<Domain, string[]> = {
  text: ['STRING'],
  exact: ['STRING'],
  id: ['STRING'],
  multi: ['STRING'],
  number: ['INTEGER', 'DECIMAL', 'INTEGER_WITH_CURRENCY_PREFIX', 'DECIMAL_WITH_CURRENCY_PREFIX'],
  boolean: ['BOOLEAN'],
  date: ['DATE', 'DATE_LITERAL', 'DATE_N_LITERAL'],
  datetime: ['DATETIME', 'DATE_LITERAL', 'DATE_N_LITERAL'],
};
const ESCAPED: Record<string, string> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f' };

/** The text inside a quoted literal, escapes resolved; in patterns `\_` and `\%` stay as they are. */
export function unquote(literal: string, forPattern = false): string {
  return literal.slice(1, -1).replace(/\\(u[0-9a-fA-F]{4}|[\s\S])/g, (whole, code: string) => {
    if (code.length === 5) return String.fromCharCode(Number.parseInt(code.slice(1), 16));
    if (code === '_' || code === '%') return forPattern ? whole : code;
    if (code === '\\' && forPattern) return whole;
    return ESCAPED[code.toLowerCase()] ?? code;
  });
}

function wrongType(target: Target, scope: Scope) {
  const type = WORDED[target.type] ?? target.type;
  const quotes = QUOTED.has(target.domain)
    ? 'should be enclosed in quotes'
    : 'should not be enclosed in quotes';
  return scope.problems.invalidField(
    `value of filter criterion for field '${target.name}' must be of type ${type} and ${quotes}`,
    target.name,
  );
}

function dateConstant(literal: string, target: Target, scope: Scope): Constant {
  const { source, caller } = scope;
  const range = rangeOf(literal, {
    now: source.now(),
    timeZone: caller.timeZone,
    fiscalYearStartMonth: source.fiscalYearStartMonth,
  });
  if (!range) throw scope.problems.malformed(`unexpected token: '${literal}'`, literal);
  if (target.domain === 'datetime')
    return { kind: 'range', from: range.from.toMillis(), to: range.to.toMillis() };
  return { kind: 'range', from: range.from.toISODate() ?? '', to: range.to.toISODate() ?? '' };
}

function validDay(text: string): boolean {
  const ms = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(text);
}

function instant(text: string, target: Target, scope: Scope): number {
  const ms = validDay(text.slice(0, 10))
    ? Date.parse(text.replace(/([+-]\d\d)(\d\d)$/, '$1:$2'))
    : Number.NaN;
  if (Number.isNaN(ms)) throw scope.problems.literal(`Invalid datetime: ${text}`, target.name);
  return ms;
}

function plainValue(literal: string, target: Target, scope: Scope): FieldValue {
  switch (target.domain) {
    case 'number':
      return Number(literal.replace(/^[A-Za-z]{3}/, ''));
    case 'boolean':
      return literal.toUpperCase() === 'TRUE';
    case 'datetime':
      return instant(literal, target, scope);
    case 'date':
      if (!validDay(literal)) throw scope.problems.literal(`Invalid date: ${literal}`, target.name);
      return literal;
    case 'id': {
      const text = unquote(literal);
      const id = toId18(text);
      if (id === null && text !== '') throw scope.problems.operator(`invalid ID field: ${text}`, target.name);
      return id;
    }
    case 'text':
    case 'multi':
      return unquote(literal).toLowerCase() || null;
    default:
      return unquote(literal) || null;
  }
}

/** A literal as the constant that the field's stored values are compared with. @throws ApiError INVALID_FIELD */
export function constantOf(
  literal: string,
  literalType: string | undefined,
  target: Target,
  scope: Scope,
): Constant {
  const type = literalType ?? 'STRING';
  if (type === 'NULL') return { kind: 'value', value: null };
  if (!LITERALS[target.domain].includes(type)) throw wrongType(target, scope);
  if (type.includes('CURRENCY_PREFIX') && target.type !== 'currency') throw wrongType(target, scope);
  if (type === 'DATE_LITERAL' || type === 'DATE_N_LITERAL') return dateConstant(literal, target, scope);
  return { kind: 'value', value: plainValue(literal, target, scope) };
}
