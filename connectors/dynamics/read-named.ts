import { TierlinkError } from '../../src/errors.ts';
import type { CrmRecord, ReadRequest, RecordPage } from '../../src/sync/connector.ts';
import type { JsonRow } from '../shared/neutral-values.ts';
import type { Context } from './context.ts';
import type { Table } from './metadata.ts';
import { columnName, isGuid, isOneOf, queryPath } from './odata.ts';
import { rowsOfQueries } from './queries-together.ts';
import { planRows, type Visibility, visibilityOf, withFreshColumns } from './rows.ts';
import { liveConditions, scopeConditions } from './scope.ts';

/** Characters of values in one address, percent-encoded; 32 KB are the most that the platform takes.
 * https://learn.microsoft.com/power-apps/developer/data-platform/webapi/compose-http-requests-handle-errors */
const ADDRESS_ROOM = 20_000;
const MOST_VALUES = 400;

/** Values in groups that fit into one address each. */
export function chunkForAddress(values: readonly string[]): string[][] {
  const chunks: string[][] = [];
  let room = 0;
  for (const value of values) {
    const size = encodeURIComponent(value).length + 10;
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

/** Records named by id or by key, in scope or not; those that do not exist (or cannot be seen) are missing. */
export async function* readNamed(context: Context, request: ReadRequest): AsyncIterable<RecordPage> {
  const table = await context.metadata.table(request.object);
  const { column, values } = namesOf(table, request);
  const scope = request.inScope === true ? await scopeConditions(context, table, request.scope) : [];
  const visible = visibilityOf(context);
  const conditions = [...liveConditions(table), ...scope];
  const groups = groupsOfPage(chunkForAddress(values));
  if (groups.length === 0) yield page([], true);
  for (const [index, group] of groups.entries()) {
    request.signal?.throwIfAborted();
    const filters = group.map((chunk) => [...conditions, isOneOf(column, chunk)]);
    yield page(await readChunks(context, request, { filters, visible }), index === groups.length - 1);
  }
}

/** Rows of one page at most, as those of a read. */
const MOST_ROWS = 5_000;

/** Chunks whose rows make one page together. */
function groupsOfPage(chunks: readonly string[][]): string[][][] {
  const groups: string[][][] = [];
  let room = 0;
  for (const chunk of chunks) {
    if (room < chunk.length) {
      groups.push([]);
      room = MOST_ROWS;
    }
    groups.at(-1)?.push(chunk);
    room -= chunk.length;
  }
  return groups;
}

/** What is no id names no record; the platform would refuse the whole call for it. */
function namesOf(table: Table, { ids, keys, object }: ReadRequest): { column: string; values: string[] } {
  if (keys === undefined) {
    const known = (ids ?? []).filter(isGuid).map((id) => id.toLowerCase());
    return { column: table.primaryId, values: [...new Set(known)] };
  }
  const column = table.columns.get(keys.field);
  if (column === undefined) throw new TierlinkError('CRM_FIELD_MISSING', { field: keys.field, object });
  return { column: columnName(column), values: [...new Set(keys.values)].filter((value) => value !== '') };
}

async function readChunks(
  context: Context,
  { object, fields, signal }: ReadRequest,
  { filters, visible }: { filters: readonly (readonly string[])[]; visible: Visibility },
): Promise<CrmRecord[]> {
  return await withFreshColumns(context, object, async () => {
    const plan = await planRows(context, object, fields);
    const { select, expand, table } = plan;
    const paths = filters.map((filter) =>
      queryPath(table.entitySet, { select, filter, ...(expand === undefined ? {} : { expand }) }),
    );
    const rows = await rowsOfQueries(context, { paths, table: object, signal });
    return rows.length === 0 ? [] : rows.map((await visible(plan)).toRecord);
  });
}

function page(records: CrmRecord[], last: boolean): RecordPage {
  return { records, resume: null, cursor: null, last };
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
