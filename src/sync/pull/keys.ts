import { type EntityName, entities } from '../../model/entities.ts';
import { isRecordId } from '../../model/record-id.ts';
import { tableOf } from '../records/record-rows.ts';
import type { Batch, Item } from './batch.ts';

/**
 * Which of our records CRM records without a link carry the id of, by CRM id. That is how a record that we created is
 * found again after its answer was lost. A copy of such a record carries the id too and is not taken for it: an id that
 * is linked already, or carried twice, counts for nothing.
 */
export async function findKeyed(batch: Batch, items: readonly Item[]): Promise<Map<string, string>> {
  const { key } = batch.plan.mapping;
  if (key === undefined) return new Map();
  const claims = new Map<string, string[]>();
  for (const { record, link } of items) {
    const claimed = record.fields[key];
    if (typeof claimed !== 'string' || !isRecordId(batch.plan.entity, claimed)) continue;
    if (link !== undefined && link.state !== 'merged') continue;
    claims.set(claimed, [...(claims.get(claimed) ?? []), record.id]);
  }
  const free = await freeRecords(batch, [...claims.keys()]);
  const found = new Map<string, string>();
  for (const [recordId, crmIds] of claims) {
    if (crmIds.length === 1 && free.has(recordId)) found.set(crmIds[0]!, recordId);
  }
  return found;
}

/** Those of the ids that exist here and have no live link in the object. */
async function freeRecords(batch: Batch, ids: readonly string[]): Promise<Set<string>> {
  if (ids.length === 0) return new Set();
  const { job, plan, tx } = batch;
  const rows = await tx.query<{ id: string }>(
    `select i.id from unnest($1::text[]) as i(id)
     where not exists (select 1 from tierlink.link l where l.entity = $2 and l.record_id = i.id
       and l.connection = $3 and l.object = $4 and l.state = 'live') ${existsClause(plan.entity)}`,
    [[...ids], plan.entity, job.connection, plan.object],
  );
  return new Set(rows.map((row) => row.id));
}

/** The record of a connection's status is made when it is sent; all others are rows of their table. */
function existsClause(entity: EntityName): string {
  const hasRow = entity !== 'connectionStatus' && entities[entity].table !== '';
  return hasRow ? `and exists (select 1 from ${tableOf(entity)} t where t.id = i.id)` : '';
}
