import { TierlinkError } from '../../src/errors.ts';
import type { CrmValue } from '../../src/sync/connector.ts';
import type { Column, ResolvedColumn } from './metadata.ts';

/**
 * Text for addresses of the Web API. Everything that comes from outside passes literal() or quote(); names are checked
 * against the metadata before they are used.
 * https://learn.microsoft.com/power-apps/developer/data-platform/webapi/query/filter-rows
 */

/** A text literal: quotes are doubled, nothing else has a meaning inside of one. Not yet percent-encoded. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

const guidShape = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

export function isGuid(text: string): boolean {
  return guidShape.test(text);
}

/** The name of a column where it is selected, filtered or read: a lookup stands by its value. */
export function columnName(column: Pick<Column, 'name' | 'type'>): string {
  return column.type === 'reference' ? `_${column.name}_value` : column.name;
}

/** primarycontactid/fullname */
export function columnPath({ via, column }: ResolvedColumn): string {
  return [...via, columnName(column)].join('/');
}

const number = /^[+-]?\d+(\.\d+)?$/;
const day = /^\d{4}-\d\d-\d\d$/;

/** A neutral value as the column's type wants it in a condition. Throws CRM_QUERY for one that cannot be one. */
export function literal(column: Column, value: Exclude<CrmValue, null>): string {
  const text = String(value);
  switch (column.type) {
    case 'boolean':
      if (/^(true|false)$/.test(text)) return text;
      break;
    case 'integer':
    case 'decimal':
    case 'money':
    case 'choice':
      if (number.test(text)) return text;
      break;
    case 'date':
      if (day.test(text)) return text;
      break;
    case 'instant':
      if (!Number.isNaN(Date.parse(text))) return new Date(text).toISOString();
      break;
    case 'id':
    case 'reference':
      if (isGuid(text)) return text;
      break;
    default:
      if (column.vendorType !== 'Uniqueidentifier') return quote(text);
      if (isGuid(text)) return text;
  }
  throw new TierlinkError('CRM_QUERY', {
    reason: `"${text}" cannot be a value of ${column.name} (${column.vendorType})`,
  });
}

/** A condition that holds where the column has one of the values; null is a blank one. */
export function equalsAny(resolved: ResolvedColumn, values: readonly CrmValue[]): string {
  const { column } = resolved;
  const path = columnPath(resolved);
  const parts = values.map((value) => {
    if (value === null || value === '') return `${path} eq null`;
    if (column.type === 'multiChoice')
      return `Microsoft.Dynamics.CRM.ContainValues(PropertyName=${quote(path)},PropertyValues=[${quote(String(value))}])`;
    return `${path} eq ${literal(column, value)}`;
  });
  return parts.length === 1 ? parts[0]! : `(${parts.join(' or ')})`;
}

/** Values that In() may not read as they are meant: how quotes are written inside its list is not documented. */
const unsafeInList = /['"\\]/;

/** Whether a value is compared by itself, which takes the name of the column once more. */
export function isComparedAlone(value: string): boolean {
  return unsafeInList.test(value);
}

/** A condition on one column of a table for many values, as short as it can be. */
export function isOneOf(name: string, values: readonly string[]): string {
  const plain = values.filter((value) => !isComparedAlone(value));
  const rest = values.filter(isComparedAlone);
  const parts = rest.map((value) => `${name} eq ${quote(value)}`);
  if (plain.length > 0)
    parts.push(
      `Microsoft.Dynamics.CRM.In(PropertyName=${quote(name)},PropertyValues=[${plain.map(quote).join(',')}])`,
    );
  return parts.length === 1 ? parts[0]! : `(${parts.join(' or ')})`;
}

export interface QueryParts {
  select?: readonly string[];
  filter?: readonly string[];
  orderBy?: string;
  expand?: string;
  top?: number;
}

/** accounts?$select=…&$filter=…, percent-encoded. Conditions are joined by `and`. */
export function queryPath(
  entitySet: string,
  { select, filter = [], orderBy, expand, top }: QueryParts,
): string {
  const options = [
    ...(select === undefined ? [] : [`$select=${select.join(',')}`]),
    ...(filter.length === 0 ? [] : [`$filter=${encodeURIComponent(filter.join(' and '))}`]),
    ...(orderBy === undefined ? [] : [`$orderby=${encodeURIComponent(orderBy)}`]),
    ...(expand === undefined ? [] : [`$expand=${encodeURIComponent(expand)}`]),
    ...(top === undefined ? [] : [`$top=${top}`]),
  ];
  return `${entitySet}?${options.join('&')}`;
}
