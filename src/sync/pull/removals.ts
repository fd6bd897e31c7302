import { TierlinkError } from '../../errors.ts';
import { type EntityName, entities } from '../../model/entities.ts';
import { noteMatchDue } from '../match/due.ts';
import type { Ownership } from '../owners.ts';
import { markDirty } from '../records/dirty.ts';
import { noteLinks } from '../records/feed.ts';
import { findLinks, type Link, type LinkState } from '../records/links.ts';
import { loadRecords, type RecordRow, saveRecords } from '../records/record-rows.ts';
import { clearRefusals } from '../records/reject-record.ts';
import { type Heirs, heirsOf, noteTakeovers } from '../records/takeovers.ts';
import { type Batch, placeOf } from './batch.ts';
import { reweighDeals } from './credit-reweigh.ts';
import { noteFollowers } from './follower-notes.ts';
import { dropHolds } from './holds.ts';
import { countsOf, type PullJob } from './job.ts';
import { ownershipIn } from './standing.ts';
import { clearIncoming } from './troubles.ts';

/** Follows confirmed deletions: the link and our record stay as tombstones. Throws SYNC_MASS_DELETE before any change. */
export async function applyDeletes(
  batch: Batch,
  deleted: readonly { id: string; at: string }[],
): Promise<void> {
  if (deleted.length === 0) return;
  const ids = deleted.map((each) => each.id);
  await leaveBroken(batch, ids);
  const links = await linksIn(batch, ids, ['live', 'out_of_scope']);
  await refuseMassDelete(batch, links.filter((link) => link.state === 'live').length);
  const at = new Map(deleted.map((each) => [each.id, each.at]));
  await forget(batch, ids);
  await setLinkState(batch, links, { state: 'deleted' });
  await changeRows(batch, links, (row, link) => ({ ...row, deletedAt: at.get(link.crmId) ?? batch.now }));
  countsOf(batch.job, batch.plan.entity).deleted += links.length;
}

/**
 * Records that exist but no longer match the mapping's scope: kept, not counted, and taken back when they return. Returns
 * those that left it now; the others were never in it, or had left before.
 */
export async function applyScopeExits(batch: Batch, crmIds: readonly string[]): Promise<string[]> {
  if (crmIds.length === 0) return [];
  await leaveBroken(batch, crmIds);
  const links = await linksIn(batch, crmIds, ['live']);
  await forget(batch, crmIds);
  await setLinkState(batch, links, { state: 'out_of_scope' });
  const left = links.map((link) => link.crmId);
  await noteFollowers(batch, left);
  await changeRows(batch, links, (row) => ({ ...row, inScope: false }));
  countsOf(batch.job, batch.plan.entity).leftScope += links.length;
  return left;
}

/** What a person took apart stays so, whatever becomes of the CRM's record; it is counted there no longer. */
export async function leaveBroken(batch: Batch, crmIds: readonly string[]): Promise<void> {
  const { connection, object, entity } = placeOf(batch);
  const left = await batch.tx.query(
    `update tierlink.link set left_scope_at = $5::timestamptz where connection = $1 and object = $2 and entity = $3
       and crm_id = any($4::text[]) and state = 'broken' and left_scope_at is null returning crm_id`,
    [connection, object, entity, [...crmIds], batch.now],
  );
  if (left.length > 0) await noteLinks(batch.tx, { connection, object, entity });
}

async function linksIn(
  batch: Batch,
  crmIds: readonly string[],
  states: readonly LinkState[],
): Promise<Link[]> {
  const links = await findLinks(batch.tx, placeOf(batch), crmIds);
  return [...links.values()].filter((link) => states.includes(link.state));
}

/** Nothing waits for, or is wrong with, what is no longer there. */
export async function forget(batch: Batch, crmIds: readonly string[]): Promise<void> {
  const { connection, object, entity } = placeOf(batch);
  await dropHolds(batch, crmIds);
  await clearIncoming(batch, { crmIds, except: [] });
  await clearRefusals(batch.tx, { connection, object, entity, crmIds });
  const isTakenOver = batch.job.takesOver.has(entity);
  for (const table of ['difference', 'pending_write', ...(isTakenOver ? ['takeover'] : [])]) {
    await batch.tx.query(
      `delete from tierlink.${table}
       where connection = $1 and object = $2 and entity = $3 and crm_id = any($4::text[])`,
      [connection, object, entity, [...crmIds]],
    );
  }
}

export async function setLinkState(
  batch: Batch,
  links: readonly Link[],
  to: { state: LinkState },
): Promise<void> {
  const { connection, object, entity } = placeOf(batch);
  await batch.tx.query(
    `update tierlink.link set state = $5, changed_at = $6::timestamptz,
       left_scope_at = case when $5 = 'out_of_scope' then $6::timestamptz else null end
     where connection = $1 and object = $2 and entity = $3 and crm_id = any($4::text[])`,
    [connection, object, entity, links.map((link) => link.crmId), to.state, batch.now],
  );
  if (links.length > 0) await noteLinks(batch.tx, { connection, object, entity });
}

/** Changes the rows of records that no other live link brings in; one that only describes them does not. */
async function changeRows(
  batch: Batch,
  links: readonly Link[],
  change: (row: RecordRow, link: Link) => RecordRow,
): Promise<void> {
  const { entity } = batch.plan;
  // What only describes a record takes it along nowhere.
  if (links.length === 0 || entities[entity].origin === 'program' || batch.plan.mapping.of !== undefined)
    return;
  const describing = batch.job.allPlans.filter(
    (plan) => plan.entity === entity && plan.mapping.of !== undefined,
  );
  const others = await batch.tx.query<{ record_id: string }>(
    `select distinct record_id from tierlink.link where entity = $1 and record_id = any($2::text[]) and state = 'live'
       and not (connection = $3 and object = any($4::text[]))`,
    [
      entity,
      links.map((link) => link.recordId),
      batch.job.connection,
      describing.map(({ object }) => object),
    ],
  );
  const kept = new Set(others.map((row) => row.record_id));
  await passOn(batch, [...kept]);
  // With a link less, others of its connection may be the same company.
  await noteMatchDue(batch, [...kept]);
  const byRecord = new Map(links.map((link) => [link.recordId, link]));
  const rows = await loadRecords(
    batch.tx,
    entity,
    [...byRecord.keys()].filter((id) => !kept.has(id)),
  );
  const ids = [...rows.keys()];
  await markDirty(batch, entity, ids);
  const changed = [...rows.values()].map((row) => change(row, byRecord.get(row.id)!));
  await saveRecords(batch.tx, entity, { created: [], changed, now: batch.now });
  await markDirty(batch, entity, ids);
  await noteMatchDue(batch, ids);
  if (entity !== 'credit') return;
  const deals = changed.map((row) => row.values.deal).filter((deal) => typeof deal === 'string');
  await reweighDeals(batch, deals);
}

/** What the ended links decided is decided by the next ones: in the same object first, else in other connections. */
export async function passOn(batch: Batch, recordIds: readonly string[]): Promise<void> {
  const ownership = ownershipIn(batch);
  if (ownership === undefined) return;
  const { entity } = batch.plan;
  const heirs = [
    ...heirsOf(ownership, { connection: batch.job.connection, entity }),
    heirHere(batch, ownership),
  ];
  await noteTakeovers(batch.tx, { entity, recordIds, heirs, now: batch.now });
}

/** The same among the links of the object alone: the connection decides as before, by another record of it. */
export async function passOnHere(batch: Batch, recordIds: readonly string[]): Promise<void> {
  const ownership = ownershipIn(batch);
  if (ownership === undefined) return;
  const heirs = [heirHere(batch, ownership)];
  await noteTakeovers(batch.tx, { entity: batch.plan.entity, recordIds, heirs, now: batch.now });
}

function heirHere({ job: { connection }, plan }: Batch, ownership: Ownership): Heirs[number] {
  return { connection, objects: [plan.object], attributes: ownership.claimed(connection, plan.entity) };
}

async function refuseMassDelete(batch: Batch, count: number): Promise<void> {
  const { job, plan } = batch;
  const total = (job.deletedSoFar.get(plan.entity) ?? 0) + count;
  job.deletedSoFar.set(plan.entity, total);
  // What the program made for the CRM is the CRM's to clear out: nothing is computed from it.
  if (entities[plan.entity].origin === 'program') return;
  if (job.acceptDeletes === true || total < job.limits.massDeleteCount) return;
  const [row] = await batch.tx.query<{ live: number }>(
    `select count(*)::integer as live from tierlink.link
     where connection = $1 and object = $2 and entity = $3 and state = 'live'`,
    [job.connection, plan.object, plan.entity],
  );
  const before = (row?.live ?? 0) + total - count;
  if (total > before * job.limits.massDeleteShare)
    throw massDelete(job, plan.entity, { count: total, before });
}

function massDelete(
  job: PullJob,
  entity: EntityName,
  figures: { count: number; before: number },
): TierlinkError {
  return new TierlinkError('SYNC_MASS_DELETE', {
    connection: job.connection,
    object: job.object,
    entity,
    count: figures.count,
    total: figures.before,
  });
}
