import type { Context } from './context.ts';
import type { Table } from './metadata.ts';
import { columnName, isOneOf, queryPath } from './odata.ts';
import { chunkForAddress } from './read-rows.ts';

export interface Search {
  table: Table;
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

/** The rows whose column holds one of the values, as the platform compares them: without regard to case. */
export async function findRows(context: Context, search: Search): Promise<Finding[]> {
  const { table, more = [], signal } = search;
  const { primaryId, entitySet, columns } = table;
  const found: Finding[] = [];
  const column = columns.get(search.column);
  const name = column === undefined ? search.column : columnName(column);
  const select = [...new Set([primaryId, name, ...more])];
  for (const values of chunkForAddress(search.values)) {
    const path = queryPath(entitySet, { select, filter: [isOneOf(name, values)] });
    const call = { method: 'GET', path, kind: 'query', table: table.name, signal } as const;
    const { value } = await context.client.json<{ value: Record<string, unknown>[] }>(call);
    for (const row of value) found.push({ id: String(row[primaryId]), value: String(row[name] ?? ''), row });
  }
  return found;
}
