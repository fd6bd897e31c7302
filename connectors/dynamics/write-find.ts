import type { Context } from './context.ts';
import { keyKind, literal, quoted } from './key-address.ts';
import type { Table } from './metadata.ts';

export interface Search {
  table: Table;
  /** A column of the table, whatever its type. */
  column: string;
  values: readonly string[];
  /** Further columns to read. */
  more?: readonly string[];
  signal?: AbortSignal | undefined;
}

export interface Finding {
  id: string;
  /** What stands in the column, as text. */
  value: string;
  row: Readonly<Record<string, unknown>>;
}

/** An address may have 32 KB; values are percent-encoded in it. */
const MOST_CHARACTERS = 24_000;
/** Values of one query; a page of answers holds 5,000 rows, and a value may stand in more than one. */
const MOST_VALUES = 500;

/** The rows whose column holds one of the values, as the platform compares them: without regard to case. */
export async function findRows(context: Context, search: Search): Promise<Finding[]> {
  const { table, column, more = [], signal } = search;
  const found: Finding[] = [];
  const select = [...new Set([table.primaryId, column, ...more])].join(',');
  for (const values of chunks(search.values)) {
    const filter = encodeURIComponent(filterOf(search, values));
    const path = `${table.entitySet}?$select=${select}&$filter=${filter}`;
    const call = { method: 'GET', path, kind: 'query', table: table.name, signal } as const;
    const { value } = await context.client.json<{ value: Record<string, unknown>[] }>(call);
    for (const row of value)
      found.push({ id: String(row[table.primaryId]), value: String(row[column] ?? ''), row });
  }
  return found;
}

/** https://learn.microsoft.com/power-apps/developer/data-platform/webapi/reference/in */
function filterOf({ table, column }: Search, values: readonly string[]): string {
  const kind = keyKind(table.columns.get(column)?.vendorType ?? 'String');
  const [only] = values;
  const isId = column === table.primaryId;
  if (values.length === 1 && only !== undefined && !isId)
    return `${column} eq ${literal({ column, kind, value: only })}`;
  return `Microsoft.Dynamics.CRM.In(PropertyName=${quoted(column)},PropertyValues=[${values.map(quoted).join(',')}])`;
}

function* chunks(values: readonly string[]): Iterable<string[]> {
  let chunk: string[] = [];
  let length = 0;
  for (const value of values) {
    const size = encodeURIComponent(value).length + 9;
    if (chunk.length === MOST_VALUES || (chunk.length > 0 && length + size > MOST_CHARACTERS)) {
      yield chunk;
      chunk = [];
      length = 0;
    }
    chunk.push(value);
    length += size;
  }
  if (chunk.length > 0) yield chunk;
}
