import { TierlinkError } from '../../../src/errors.ts';
import type { CrmRecord, ReadRequest, RecordPage } from '../../../src/sync/connector.ts';
import type { Context } from '../context.ts';
import { followMerges } from '../merges.ts';
import type { Table } from '../metadata.ts';
import { columnName, isGuid, isOneOf, queryPath } from '../odata.ts';
import { rowsOfQueries } from '../queries-together.ts';
import { planRows, type Visibility, visibilityOf, withFreshColumns } from '../rows.ts';
import { isMergeable, liveConditions, scopeConditions } from '../scope.ts';
import { chunkForAddress, readRows } from './rows.ts';

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
    const records = await readChunks(context, request, { filters, visible });
    const merged = await mergesOf(context, request, { table, named: group.flat(), records });
    yield { ...page(records, index === groups.length - 1), ...merged };
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

/** Which of the ids that are no live rows lost a merge. */
async function mergesOf(
  context: Context,
  { ids, tellsMerges, signal }: ReadRequest,
  { table, named, records }: { table: Table; named: readonly string[]; records: readonly CrmRecord[] },
): Promise<Pick<RecordPage, 'merged'>> {
  if (ids === undefined || tellsMerges !== true || !isMergeable(table)) return {};
  const found = new Set(records.map(({ id }) => id));
  const absent = named.filter((id) => !found.has(id));
  const rows = await readRows(context, table, {
    ids: absent,
    select: [table.primaryId, '_masterid_value'],
    signal,
  });
  return { merged: (await followMerges(context, table, rows)).merged };
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
  return await withFreshColumns(context, async () => {
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
