import { TierlinkError } from '../../src/errors.ts';
import type { Scope } from '../../src/sync/connector.ts';
import type { Context } from './context.ts';
import type { Table } from './metadata.ts';
import { equalsAny } from './odata.ts';

/** Whether a scope takes every record. */
export function isOpen({ recordTypes, where, filter, created }: Scope): boolean {
  return (
    (recordTypes ?? []).length === 0 &&
    Object.keys(where ?? {}).length === 0 &&
    filter === undefined &&
    created === undefined
  );
}

/** Whether rows of a table can be merged; one that was merged away stays, inactive and with its winner. */
export function isMergeable(table: Table): boolean {
  return table.columns.has('masterid') && table.columns.has('merged');
}

/** Conditions under which a row is a live record: those that were merged away are there, but records no more. */
export function liveConditions(table: Table): string[] {
  return isMergeable(table) ? ['_masterid_value eq null'] : [];
}

/**
 * The conditions of a scope, with each value written as its column's type wants it.
 * @throws CRM_QUERY for what the platform does not have (record types) and for values that do not fit their columns;
 *   CRM_FIELD_MISSING for a column that is not there
 */
export async function scopeConditions(context: Context, table: Table, scope: Scope): Promise<string[]> {
  if ((scope.recordTypes ?? []).length > 0) {
    const reason = `tables have no record types; use "where" or "filter" in the scope of ${table.name}`;
    throw new TierlinkError('CRM_QUERY', { reason });
  }
  const conditions: string[] = [];
  for (const [field, values] of Object.entries(scope.where ?? {})) {
    const resolved = await context.metadata.resolve(table.name, field);
    if (resolved === undefined) throw new TierlinkError('CRM_FIELD_MISSING', { field, object: table.name });
    conditions.push(equalsAny(resolved, values));
  }
  if (scope.filter !== undefined) conditions.push(`(${scope.filter})`);
  const { from, before } = scope.created ?? {};
  if (from !== undefined) conditions.push(createdCondition('ge', from));
  if (before !== undefined) conditions.push(createdCondition('lt', before));
  return conditions;
}

/** A condition on when a row was made. */
export function createdCondition(operator: 'ge' | 'lt', at: string): string {
  return `createdon ${operator} ${new Date(at).toISOString()}`;
}
