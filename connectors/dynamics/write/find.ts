import type { Context } from '../context.ts';
import type { Table } from '../metadata.ts';
import { columnName, isOneOf, queryPath } from '../odata.ts';
import { rowsOfQueries } from '../queries-together.ts';
import { chunkForAddress } from '../read/rows.ts';

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
  const column = columns.get(search.column);
  const name = column === undefined ? search.column : columnName(column);
  const select = [...new Set([primaryId, name, ...more])];
  const paths = chunkForAddress(search.values).map((values) =>
    queryPath(entitySet, { select, filter: [isOneOf(name, values)] }),
  );
  const rows = await rowsOfQueries(context, { paths, table: table.name, signal });
  return rows.map((row) => ({ id: String(row[primaryId]), value: String(row[name] ?? ''), row }));
}
