import type { JsonRow } from '../../shared/neutral-values.ts';
import type { Context } from '../context.ts';
import type { Table } from '../metadata.ts';
import { isComparedAlone, isOneOf, queryPath } from '../odata.ts';
import { rowsOfQueries } from '../queries-together.ts';

/** Characters of values in one address, percent-encoded; 32 KB are the most that the platform takes.
 * https://learn.microsoft.com/power-apps/developer/data-platform/webapi/compose-http-requests-handle-errors */
const ADDRESS_ROOM = 20_000;
const MOST_VALUES = 400;
/** Beside the value itself: quotes and a comma, or a comparison by itself with a long name of a column. */
const AROUND_VALUE = 10;
const AROUND_COMPARISON = 100;

/** Values in groups that fit into one address each. */
export function chunkForAddress(values: readonly string[]): string[][] {
  const chunks: string[][] = [];
  let room = 0;
  for (const value of values) {
    const size =
      encodeURIComponent(value).length + (isComparedAlone(value) ? AROUND_COMPARISON : AROUND_VALUE);
    const current = chunks.at(-1);
    if (current === undefined || room < size || current.length === MOST_VALUES) {
      chunks.push([value]);
      room = ADDRESS_ROOM - size;
    } else {
      current.push(value);
      room -= size;
    }
  }
  return chunks;
}

/** Which of the ids name rows that are there, merged away or not. */
export async function findIds(
  context: Context,
  object: string,
  { ids, signal }: { ids: readonly string[]; signal: AbortSignal | undefined },
): Promise<Set<string>> {
  const table = await context.metadata.table(object);
  const rows = await readRows(context, table, { ids, select: [table.primaryId], signal });
  return new Set(rows.map((row) => String(row[table.primaryId])));
}

/** The rows of these ids as they are now, merged away or not. */
export async function readRows(
  context: Context,
  table: Table,
  {
    ids,
    select,
    signal,
  }: { ids: readonly string[]; select: readonly string[]; signal: AbortSignal | undefined },
): Promise<JsonRow[]> {
  const paths = chunkForAddress(ids).map((chunk) =>
    queryPath(table.entitySet, { select, filter: [isOneOf(table.primaryId, chunk)] }),
  );
  return await rowsOfQueries(context, { paths, table: table.name, signal });
}
