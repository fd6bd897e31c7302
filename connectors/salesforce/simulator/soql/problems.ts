/** The refusals of the query engine, worded as the platform words them, with the row and column where it can be told. */

import { ApiError } from '../types.ts';

const WINDOW = 60;

/** Blanks string literals out (same length), so that a search for a name never lands inside a value. */
export function withoutStrings(soql: string): string {
  return soql.replace(/'(?:\\[\s\S]|[^'\\])*'/g, (text) => ' '.repeat(text.length));
}

/** Where a word stands first: in the conditions, where it was met in those, else anywhere. Negative when it is nowhere. */
function offsetOf(soql: string, word: string, isInFilter: boolean): number {
  const bare = withoutStrings(soql);
  const filter = isInFilter ? bare.search(/\bWHERE\b/i) : -1;
  const found = filter < 0 ? -1 : firstOf(bare.slice(filter), word);
  return found < 0 ? firstOf(bare, word) : filter + found;
}

function firstOf(bare: string, word: string): number {
  const escaped = word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const isName = /^\w/.test(word);
  const pattern = isName ? `(?<![\\w.])${escaped}(?!\\w)` : escaped;
  return bare.search(new RegExp(pattern, 'i'));
}

/** The message with the statement's fragment and a caret under `offset` put before it; as is when offset is negative. */
export function located(soql: string, offset: number, message: string): string {
  if (offset < 0) return message;
  const lineStart = soql.lastIndexOf('\n', offset - 1) + 1;
  const lineEnd = soql.indexOf('\n', offset);
  const column = offset - lineStart;
  const from = Math.max(lineStart, offset - WINDOW);
  const to = Math.min(lineEnd < 0 ? soql.length : lineEnd, offset + WINDOW);
  const row = soql.slice(0, lineStart).split('\n').length;
  const caret = `${' '.repeat(offset - from)}^`;
  return `\n${soql.slice(from, to)}\n${caret}\nERROR at Row:${row}:Column:${column + 1}\n${message}`;
}

/** Builds refusals for one statement. `at` is the name or token that the caret shall point to. */
export interface Problems {
  malformed(message: string, at?: string): ApiError;
  invalidField(message: string, at?: string): ApiError;
  noSuchColumn(name: string, entity: string, at?: string): ApiError;
  noSuchType(name: string): ApiError;
  operator(message: string, at?: string): ApiError;
  /** A literal of a condition on the field `at`. */
  literal(message: string, at: string): ApiError;
  outOfRange(message: string): ApiError;
}

/** The refusals for the given statement. */
export function problemsOf(soql: string): Problems {
  const fail = (code: string, message: string, at?: string, isInFilter = false) =>
    new ApiError(400, code, located(soql, at === undefined ? -1 : offsetOf(soql, at, isInFilter), message));
  return {
    malformed: (message, at) => fail('MALFORMED_QUERY', message, at),
    invalidField: (message, at) => fail('INVALID_FIELD', message, at),
    noSuchColumn: (name, entity, at) =>
      fail(
        'INVALID_FIELD',
        `No such column '${name}' on entity '${entity}'. If you are attempting to use a custom field, be sure to append the '__c' after the custom field name. Please reference your WSDL or the describe call for the appropriate names.`,
        at ?? name,
      ),
    noSuchType: (name) =>
      fail(
        'INVALID_TYPE',
        `sObject type '${name}' is not supported. If you are attempting to use a custom object, be sure to append the '__c' after the entity name. Please reference your WSDL or the describe call for the appropriate names.`,
        name,
      ),
    operator: (message, at) => fail('INVALID_QUERY_FILTER_OPERATOR', message, at, true),
    literal: (message, at) => fail('MALFORMED_QUERY', message, at, true),
    outOfRange: (message) => fail('NUMBER_OUTSIDE_VALID_RANGE', message),
  };
}
