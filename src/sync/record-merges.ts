import { columnOf, type EntityName, entities } from '../model/entities.ts';
import { markDirty } from './dirty.ts';
import { findLinks, type Link } from './links.ts';
import { type Batch, placeOf } from './pull-batch.ts';
import { arrivalKey, countsOf } from './pull-job.ts';
import { isStored, keepVersions, loadRecords, saveRecords, tableOf } from './record-rows.ts';
import { clearRefusals } from './reject-record.ts';

/**
 * Follows merges in the CRM: the loser's link answers with the survivor, our record of the loser points to the
 * survivor's, and what belonged to the loser belongs to the survivor. Decisions and other history stay where they are and
 * are reached through merged_into. Returns arrival keys of the losers, for what waited for them.
 */
export async function applyMerges(
  batch: Batch,
  merged: readonly { loser: string; winner: string }[],
): Promise<string[]> {
  if (merged.length === 0) return [];
  const ids = merged.flatMap(({ loser, winner }) => [loser, winner]);
  const links = await findLinks(batch.tx, placeOf(batch), ids);
  const arrived: string[] = [];
  for (const { loser, winner } of merged) {
    const from = links.get(loser);
    if (from === undefined || from.state === 'merged') continue;
    const survivor = links.get(winner);
    await markMerged(batch, from, winner);
    if (survivor !== undefined && survivor.state !== 'deleted') await join(batch, from, survivor.recordId);
    else await orphan(batch, from);
    countsOf(batch.job, batch.plan.entity).merged += 1;
    arrived.push(arrivalKey(batch.plan.entity, loser));
  }
  return arrived;
}

/** Joins records whose survivor was not known when the merge was told, and has arrived now. */
export async function completeMerges(batch: Batch, crmIds: readonly string[]): Promise<void> {
  if (crmIds.length === 0) return;
  const { connection, object, entity } = placeOf(batch);
  const rows = await batch.tx.query<{ crm_id: string; winner: string }>(
    `select l.crm_id, w.record_id as winner from tierlink.link l
     join tierlink.link w on w.connection = l.connection and w.object = l.object and w.entity = l.entity
       and w.crm_id = l.merged_into and w.state = 'live'
     where l.connection = $1 and l.object = $2 and l.entity = $3 and l.merged_into = any($4::text[])
       and l.state = 'merged' and l.record_id <> w.record_id`,
    [connection, object, entity, [...crmIds]],
  );
  const links = await findLinks(
    batch.tx,
    placeOf(batch),
    rows.map((row) => row.crm_id),
  );
  for (const { crm_id, winner } of rows) await join(batch, links.get(crm_id)!, winner);
}

async function markMerged(batch: Batch, loser: Link, winner: string): Promise<void> {
  const { connection, object, entity } = placeOf(batch);
  const place = [connection, object, entity, loser.crmId];
  await batch.tx.query(
    `update tierlink.link set state = 'merged', merged_into = $5, changed_at = $6::timestamptz, left_scope_at = null
     where connection = $1 and object = $2 and entity = $3 and crm_id = $4`,
    [...place, winner, batch.now],
  );
  for (const table of ['difference', 'pending_write', 'held']) {
    await batch.tx.query(
      `delete from tierlink.${table} where connection = $1 and object = $2 and entity = $3 and crm_id = $4`,
      place,
    );
  }
  await clearRefusals(batch.tx, { connection, object, entity, crmIds: [loser.crmId] });
  await batch.tx.query(
    `insert into tierlink.audit (at, run_id, connection, object, crm_id, entity, record_id, action, before, after, actor)
     values ($1::timestamptz, $2, $3, $4, $5, $6, $7, 'merge', $8::jsonb, $9::jsonb, 'crm')`,
    [
      batch.now,
      batch.job.runId,
      connection,
      object,
      loser.crmId,
      entity,
      loser.recordId,
      JSON.stringify({ crmId: loser.crmId }),
      JSON.stringify({ crmId: winner }),
    ],
  );
}

/** The survivor is not part of the program (yet): our record of the loser stops counting until it is. */
async function orphan(batch: Batch, loser: Link): Promise<void> {
  await changeRow(batch, loser.recordId, { inScope: false });
}

async function join(batch: Batch, loser: Link, winnerId: string): Promise<void> {
  if (loser.recordId === winnerId) return;
  const { entity } = batch.plan;
  const { connection, object } = placeOf(batch);
  await markDirty(batch, entity, [loser.recordId, winnerId]);
  await changeRow(batch, loser.recordId, { mergedInto: winnerId });
  await batch.tx.query(
    `update tierlink.link set record_id = $5 where connection = $1 and object = $2 and entity = $3 and crm_id = $4`,
    [connection, object, entity, loser.crmId, winnerId],
  );
  await batch.tx.query('delete from tierlink.outbox where entity = $1 and record_id = $2', [
    entity,
    loser.recordId,
  ]);
  for (const reference of referencesTo(entity)) {
    await repoint(batch, reference, { from: loser.recordId, to: winnerId });
  }
  await closeMoves(batch, { from: loser.recordId, to: winnerId });
  await markDirty(batch, entity, [winnerId]);
}

async function changeRow(
  batch: Batch,
  id: string,
  change: { inScope?: boolean; mergedInto?: string },
): Promise<void> {
  const { entity } = batch.plan;
  if (entities[entity].origin === 'program') return;
  const row = (await loadRecords(batch.tx, entity, [id])).get(id);
  if (row === undefined) return;
  await saveRecords(batch.tx, entity, { created: [], changed: [{ ...row, ...change }], now: batch.now });
  await markDirty(batch, entity, [id]);
}

/** What the CRM had moved to the winner before we knew of the merge was no edit. */
async function closeMoves(batch: Batch, ids: { from: string; to: string }): Promise<void> {
  await batch.tx.query(
    `delete from tierlink.difference where connection = $1 and kind = 'drift'
       and base = to_jsonb($2::text) and theirs = to_jsonb($3::text)`,
    [batch.job.connection, ids.from, ids.to],
  );
}

interface ReferenceColumn {
  entity: EntityName;
  column: string;
}

/** Columns of all records that come from CRMs that point to an entity. */
function referencesTo(target: EntityName): ReferenceColumn[] {
  return (Object.keys(entities) as EntityName[])
    .filter((entity) => entities[entity].origin === 'crm')
    .flatMap((entity) =>
      Object.entries(entities[entity].attributes)
        .filter(([attribute, definition]) => definition.to === target && isStored(entity, attribute))
        .map(([attribute]) => ({ entity, column: columnOf(attribute) })),
    );
}

async function repoint(
  batch: Batch,
  reference: ReferenceColumn,
  ids: { from: string; to: string },
): Promise<void> {
  const table = tableOf(reference.entity);
  const rows = await batch.tx.query<{ id: string }>(
    `select id from ${table} where ${reference.column} = $1`,
    [ids.from],
  );
  const changed = rows.map((row) => row.id);
  if (changed.length === 0) return;
  await markDirty(batch, reference.entity, changed);
  await keepVersions(batch.tx, reference.entity, { ids: changed, now: batch.now });
  await batch.tx.query(
    `update ${table} set ${reference.column} = $1, known_from = $2::timestamptz where id = any($3::text[])`,
    [ids.to, batch.now, changed],
  );
  await markDirty(batch, reference.entity, changed);
}
