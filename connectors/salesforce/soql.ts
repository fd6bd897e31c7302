import type { CrmValue, Scope } from '../../src/sync/connector.ts';

/**
 * Everything that turns text into SOQL goes through here. Single quotes end a string, backslashes start an escape,
 * and line ends inside a literal are refused: all three are escaped, other characters stand for themselves.
 */
const escapes: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  "'": "\\'",
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\b': '\\b',
  '\f': '\\f',
};

/** A SOQL string literal with its quotes. Control characters without an escape of their own, and halves of surrogate
 * pairs (which no address can carry), become \uXXXX. */
export function quote(text: string): string {
  const escaped = text.replace(
    /[\\']|\p{Cc}|\p{Zl}|\p{Zp}|\p{Surrogate}/gu,
    (character) => escapes[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return `'${escaped}'`;
}

const NAME = /^[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z][A-Za-z0-9_]*){0,5}$/;

/** An object, field or path name as it is; throws on anything that could not be one. */
export function name(text: string): string {
  if (!NAME.test(text)) throw new RangeError(`"${text}" is not a name of an object or field`);
  return text;
}

/** An instant as SOQL takes it: whole seconds, UTC. */
export function instant(iso: string): string {
  const at = new Date(iso.length === 10 ? `${iso}T00:00:00Z` : iso);
  if (Number.isNaN(at.getTime())) throw new RangeError(`"${iso}" is not an instant`);
  return `${at.toISOString().slice(0, 19)}Z`;
}

/** How values of a field are written in a condition. */
export type LiteralKind = 'text' | 'bare' | 'date' | 'instant' | 'multi';

function literal(value: CrmValue, kind: LiteralKind): string {
  if (value === null) return 'null';
  if (typeof value === 'boolean') return String(value);
  if (kind === 'instant') return instant(String(value));
  if (kind === 'date' && /^\d{4}-\d\d-\d\d$/.test(String(value))) return String(value);
  if (kind === 'bare' && /^(-?\d+(\.\d+)?|true|false)$/.test(String(value))) return String(value);
  return quote(String(value));
}

/** Field: one of these values. null among them means a blank field. */
export function anyOf(field: string, values: readonly CrmValue[], kind: LiteralKind = 'text'): string {
  const path = name(field);
  const present = values.filter((value) => value !== null);
  const tests: string[] = [];
  if (present.length === 1 && kind !== 'multi') tests.push(`${path} = ${literal(present[0] ?? null, kind)}`);
  else if (present.length > 0)
    tests.push(`${path} ${kind === 'multi' ? 'INCLUDES' : 'IN'} (${list(present, kind)})`);
  if (present.length < values.length) tests.push(`${path} = null`);
  return tests.length === 1 ? (tests[0] ?? '') : `(${tests.join(' OR ')})`;
}

function list(values: readonly CrmValue[], kind: LiteralKind): string {
  return values.map((value) => literal(value, kind)).join(', ');
}

/** The conditions of a scope; empty when all records take part. */
export function scopeConditions(scope: Scope, kindOf: (field: string) => LiteralKind): string[] {
  const conditions: string[] = [];
  if (scope.recordTypes !== undefined) conditions.push(anyOf('RecordType.DeveloperName', scope.recordTypes));
  for (const [field, values] of Object.entries(scope.where ?? {})) {
    conditions.push(anyOf(field, values, kindOf(field)));
  }
  if (scope.filter !== undefined) conditions.push(`(${scope.filter})`);
  const { from, before } = scope.created ?? {};
  if (from !== undefined) conditions.push(`CreatedDate >= ${instant(from)}`);
  if (before !== undefined) conditions.push(`CreatedDate < ${instant(before)}`);
  return conditions;
}

/** Whether a scope takes all records. */
export function isOpen(scope: Scope): boolean {
  return (
    scope.recordTypes === undefined &&
    scope.filter === undefined &&
    scope.created === undefined &&
    Object.keys(scope.where ?? {}).length === 0
  );
}

export interface Select {
  fields: readonly string[];
  object: string;
  conditions?: readonly string[];
  groupBy?: readonly string[];
  orderBy?: string;
  limit?: number;
}

/** A SELECT statement. Conditions are joined by AND; each must be safe to stand beside it. */
export function select(query: Select): string {
  const where = (query.conditions ?? []).filter((condition) => condition !== '');
  return [
    `SELECT ${query.fields.map(fieldItem).join(', ')} FROM ${name(query.object)}`,
    where.length > 0 ? `WHERE ${where.join(' AND ')}` : '',
    query.groupBy === undefined ? '' : `GROUP BY ${query.groupBy.map(fieldItem).join(', ')}`,
    query.orderBy === undefined ? '' : `ORDER BY ${query.orderBy}`,
    query.limit === undefined ? '' : `LIMIT ${query.limit}`,
  ]
    .filter((part) => part !== '')
    .join(' ');
}

/** A field, or a function of one, with another name for it behind. */
const FUNCTION = /^([A-Z_]+)\(([^()]*)\)(?: ([A-Za-z]\w*))?$/;

function fieldItem(field: string): string {
  if (field === 'COUNT()') return field;
  const [, called, argument = '', alias] = FUNCTION.exec(field) ?? [];
  if (called === undefined) return name(field);
  return `${called}(${name(argument)})${alias === undefined ? '' : ` ${alias}`}`;
}

/** After the row (stamp, id) in the order of both: time alone would lose or repeat rows of one second. */
export function afterKey(stamp: string, id: string): string {
  const at = instant(stamp);
  return `(SystemModstamp > ${at} OR (SystemModstamp = ${at} AND Id > ${quote(id)}))`;
}

/** Splits values so that each `IN` list, percent-encoded, stays below the longest address the platform takes. */
export function chunkForAddress(values: readonly string[], fixedLength: number): string[][] {
  const room = Math.max(2_000, 14_000 - fixedLength);
  const chunks: string[][] = [];
  let current: string[] = [];
  let used = 0;
  for (const value of values) {
    const cost = encodeURIComponent(quote(value)).length + 6;
    if (current.length > 0 && used + cost > room) {
      chunks.push(current);
      current = [];
      used = 0;
    }
    current.push(value);
    used += cost;
  }
  if (current.length > 0) chunks.push(current);
  return chunks;
}

/** Texts as they stand between the parentheses of IN. */
export function literalList(values: readonly string[]): string {
  return values.map(quote).join(',');
}
