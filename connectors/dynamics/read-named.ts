import { TierlinkError } from '../../src/errors.ts';
import type { CrmRecord, ReadRequest, RecordPage } from '../../src/sync/connector.ts';
import type { Context } from './context.ts';
import { followMerges } from './merges.ts';
import type { Table } from './metadata.ts';
import { columnName, isGuid, isOneOf } from './odata.ts';
import { chunkForAddress, readPages, readRows } from './read-rows.ts';
import { planRows, type Visibility, visibilityOf, withFreshColumns } from './rows.ts';
import { isMergeable, liveConditions, scopeConditions } from './scope.ts';

/** Records named by id or by key, in scope or not; those that do not exist (or cannot be seen) are missing. */
export async function* readNamed(context: Context, request: ReadRequest): AsyncIterable<RecordPage> {
  const table = await context.metadata.table(request.object);
  const { column, values } = namesOf(table, request);
  const scope = request.inScope === true ? await scopeConditions(context, table, request.scope) : [];
  const visible = visibilityOf(context);
  const chunks = chunkForAddress(values);
  if (chunks.length === 0) yield page([], true);
  for (const [index, chunk] of chunks.entries()) {
    request.signal?.throwIfAborted();
    const filter = [...liveConditions(table), ...scope, isOneOf(column, chunk)];
    const records = await readChunk(context, request, { filter, visible });
    const merged = await mergesOf(context, request, { table, chunk, records });
    yield { ...page(records, index === chunks.length - 1), ...merged };
  }
}

/** Which of the ids that are no live rows lost a merge. */
async function mergesOf(
  context: Context,
  { ids, tellsMerges, signal }: ReadRequest,
  { table, chunk, records }: { table: Table; chunk: readonly string[]; records: readonly CrmRecord[] },
): Promise<Pick<RecordPage, 'merged'>> {
  if (ids === undefined || tellsMerges !== true || !isMergeable(table)) return {};
  const found = new Set(records.map(({ id }) => id));
  const absent = chunk.filter((id) => !found.has(id));
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

async function readChunk(
  context: Context,
  { object, fields, signal }: ReadRequest,
  { filter, visible }: { filter: readonly string[]; visible: Visibility },
): Promise<CrmRecord[]> {
  return await withFreshColumns(context, async () => {
    const plan = await planRows(context, object, fields);
    const { select, expand, table } = plan;
    const query = { select, filter, ...(expand === undefined ? {} : { expand }) };
    const rows = await readPages(context, table, query, signal);
    return rows.length === 0 ? [] : rows.map((await visible(plan)).toRecord);
  });
}

function page(records: CrmRecord[], last: boolean): RecordPage {
  return { records, resume: null, cursor: null, last };
}
