import type { ChangePage, ChangesRequest, CrmRecord } from '../../src/sync/connector.ts';
import type { JsonRow } from '../shared/neutral-values.ts';
import type { Context } from './context.ts';
import { serverNow } from './cursor.ts';
import { matchScopes } from './match-scopes.ts';
import { followMerges } from './merges.ts';
import { readNamed } from './read/named.ts';
import { findIds, readRows } from './read/rows.ts';
import { planRows, type RowPlan, type Visibility } from './rows.ts';

type Told = Pick<ChangePage, 'changed' | 'deleted' | 'merged'>;

/** Turns the rows of a page of changes into what they mean. */
export async function tell(
  context: Context,
  request: ChangesRequest,
  { rows, visible }: { rows: readonly JsonRow[]; visible: Visibility },
): Promise<Told> {
  const gone = rows.filter(isDeleted).map((row) => String(row.id));
  const plan = await planRows(context, request.object, request.fields);
  const told = rows.filter((row) => !isDeleted(row));
  const there = isWhole(told, plan)
    ? told
    : await readWhole(context, plan, { rows: told, signal: request.signal });
  const { live, merged } = await followMerges(context, plan.table, there);
  const records = await recordsOf(context, request, { plan, rows: live, visible });
  const ids = records.map((record) => record.id);
  const scopesOf = await matchScopes(context, plan.table, { scopes: request.scopes, ids });
  return {
    changed: records.map((record) => ({ ...record, scopes: scopesOf(record.id) })),
    deleted: await confirmed(context, request, gone),
    merged,
  };
}

/** {"@odata.context": "…/$metadata#accounts/$deletedEntity", "id": "…", "reason": "deleted"} */
function isDeleted(row: JsonRow): boolean {
  return row.reason !== undefined && String(row['@odata.context'] ?? '').endsWith('/$deletedEntity');
}

/**
 * Whether rows bring all that was asked for. The platform documents no link that selects other columns than it was made
 * with; one that keeps to its own would otherwise look as if everything else had gone blank.
 */
function isWhole(rows: readonly JsonRow[], { select }: RowPlan): boolean {
  return rows.every((row) => select.every((column) => column in row));
}

async function readWhole(
  context: Context,
  { table, select }: RowPlan,
  { rows, signal }: { rows: readonly JsonRow[]; signal: AbortSignal | undefined },
): Promise<JsonRow[]> {
  const ids = rows.map((row) => String(row[table.primaryId]));
  return await readRows(context, table, { ids, select, signal });
}

async function recordsOf(
  context: Context,
  { object, fields, signal }: ChangesRequest,
  { plan, rows, visible }: { plan: RowPlan; rows: readonly JsonRow[]; visible: Visibility },
): Promise<CrmRecord[]> {
  if (rows.length === 0) return [];
  if (plan.expand === undefined) return rows.map((await visible(plan)).toRecord);
  const ids = rows.map((row) => String(row[plan.table.primaryId]));
  const records: CrmRecord[] = [];
  const direct = { object, fields, scope: { name: 'changed' }, ids };
  for await (const page of readNamed(context, signal === undefined ? direct : { ...direct, signal }))
    records.push(...page.records);
  return records;
}

/** A delete is told only when a direct read does not find the row: it may have come back meanwhile. */
async function confirmed(
  context: Context,
  { object, signal }: ChangesRequest,
  ids: readonly string[],
): Promise<ChangePage['deleted']> {
  if (ids.length === 0) return [];
  const found = await findIds(context, object, { ids, signal });
  const at = serverNow(context);
  return ids.filter((id) => !found.has(id)).map((id) => ({ id, at }));
}
