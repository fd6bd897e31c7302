import { TierlinkError } from '../../src/errors.ts';
import type { CrmValue, Scope } from '../../src/sync/connector.ts';
import type { MemoryRow } from './crm.ts';

/** Whether rows are in a scope; throws CRM_QUERY at once for a filter that means nothing. */
export function scopeTest(scope: Scope): (row: MemoryRow) => boolean {
  const filter = scope.filter === undefined ? [] : conditions(scope.filter);
  return (row) => isInScope(row, scope) && filter.every((condition) => condition(row));
}

/** The field RecordType holds the developer name of a row's record type. */
function isInScope(row: MemoryRow, scope: Scope): boolean {
  if (scope.recordTypes !== undefined && !scope.recordTypes.includes(String(row.fields.RecordType)))
    return false;
  for (const [field, values] of Object.entries(scope.where ?? {})) {
    if (!values.includes(row.fields[field] ?? null)) return false;
  }
  const { from = '', before } = scope.created ?? {};
  return row.createdAt >= from && (before === undefined || row.createdAt < before);
}

/**
 * The query language of the CRM in memory: `Field = value` and `Field != value`, joined by AND; values are 'text',
 * numbers, true, false and null. Throws CRM_QUERY for anything else.
 */
function conditions(filter: string): ((row: MemoryRow) => boolean)[] {
  return filter.split(/\s+AND\s+/i).map((part) => {
    const match = /^\s*(\w+)\s*(=|!=)\s*('[^']*'|-?[\d.]+|true|false|null)\s*$/.exec(part);
    if (match === null) throw new TierlinkError('CRM_QUERY', { reason: `"${part}" is not a condition` });
    const [, field = '', operator, literal = ''] = match;
    const value = literalValue(literal);
    return (row) => ((row.fields[field] ?? null) === value) === (operator === '=');
  });
}

function literalValue(literal: string): CrmValue {
  if (literal.startsWith("'")) return literal.slice(1, -1);
  if (literal === 'null') return null;
  return literal === 'true' || literal === 'false' ? literal === 'true' : literal;
}
