import { TierlinkError } from '../../errors.ts';
import { instantOf } from '../../model/clock.ts';
import { type EntityName, entities } from '../../model/entities.ts';
import { filesAlias } from '../../model/record-id.ts';
import { writeAudit } from '../../store/audit.ts';
import { despiteConflicts } from '../../store/conflicts.ts';
import { assertLease } from '../../store/leases.ts';
import { markOutbox } from '../../store/mark-outbox.ts';
import type { Tx } from '../../store/store.ts';
import { type Engine, unlessAtWork } from '../engine.ts';
import { makeMatchDue } from '../match/due.ts';
import { brings } from '../owners.ts';
import { endApart, keepApart, ordered } from '../records/apart.ts';
import type { LinkState } from '../records/links.ts';
import { lockMerges } from '../records/merges-lock.ts';
import { loadRecords, type RecordRow } from '../records/record-rows.ts';
import { unknownLink } from './find.ts';
import { type CrmRecordRef, type LinkAction, type LinkChange, type Relinking, relink } from './move.ts';

export interface LinkRequest {
  link: CrmRecordRef;
  reason: string | null;
  /** Whether it is only found out what would change. (Default: false) */
  dryRun?: boolean;
  runId?: string | null;
}

/**
 * Says which record of ours a record of the CRM is whose link is broken. The next sync reads it, and it counts again if it
 * is there. Throws LINK_* when it cannot be, before anything is changed.
 */
export async function makeLink(engine: Engine, request: LinkRequest & { to: string }): Promise<LinkChange> {
  return await change(engine, 'make', request);
}

/**
 * Says that a record of the CRM is not the record of ours that it is linked to. It is left out from then on, whatever id it
 * carries and whatever it is merged with, until makeLink says which one it is. Throws LINK_*.
 */
export async function breakLink(engine: Engine, request: LinkRequest): Promise<LinkChange> {
  return await change(engine, 'break', request);
}

/**
 * Says that a record of the CRM is another record of ours. That one gets what the CRM says of it and what points to it
 * there, with the next sync; the former one keeps its history, and counts only if something else is linked to it. Nothing
 * but a person makes the two one again. Throws LINK_*.
 */
export async function moveLink(engine: Engine, request: LinkRequest & { to: string }): Promise<LinkChange> {
  return await change(engine, 'move', request);
}

/** Nothing is read from or written to the CRM meanwhile: the leases of both are taken, and each commit checks them. */
async function change(
  engine: Engine,
  action: LinkAction,
  request: LinkRequest & { to?: string },
): Promise<LinkChange> {
  const { link } = request;
  requireOwn(engine, link);
  const { store } = engine;
  const { connection, object } = link;
  const work = () =>
    unlessAtWork(engine, `push:${connection}:${object}`, async ({ lease: push }) =>
      unlessAtWork(engine, `pull:${connection}:${object}`, async ({ lease: pull }) =>
        despiteConflicts(() =>
          store.transaction(async (tx) => {
            await assertLease(tx, push);
            await assertLease(tx, pull);
            return await changeIn(tx, engine, { action, request });
          }),
        ),
      ),
    );
  const changed = request.dryRun === true ? await store.rehearse(work) : await work();
  if (changed === undefined) throw new TierlinkError('LINK_BUSY', { connection, object });
  return changed;
}

function requireOwn(engine: Engine, link: CrmRecordRef): void {
  const { connection, object, entity, crmId: crm } = link;
  if (connection === filesAlias) throw new TierlinkError('LINK_OF_FILE', { crm });
  if (entities[entity].origin === 'program') throw new TierlinkError('LINK_OF_PROGRAM', { entity });
  if (!brings(engine.ownership?.(), link)) throw new TierlinkError('LINK_DESCRIBES', { crm, object });
}

async function changeIn(
  tx: Tx,
  engine: Engine,
  { action, request }: { action: LinkAction; request: LinkRequest & { to?: string } },
): Promise<LinkChange> {
  const now = instantOf(engine.clock.now());
  await lockMerges(tx, 'alone');
  const row = await lockLink(tx, request.link);
  refuseState(action, request, row);
  if (request.to !== undefined) await requireRecord(tx, request.link, request.to);
  await requireNoWrite(tx, request, row.record_id);
  const relinking: Relinking = {
    tx,
    now,
    link: request.link,
    from: row.record_id,
    fromState: row.state,
    to: request.to ?? null,
    ownership: engine.ownership?.(),
  };
  const changed = await relink(relinking, action);
  if (request.to !== undefined && request.to !== row.record_id)
    await keepApart(tx, {
      entity: request.link.entity,
      records: [row.record_id, request.to],
      went: request.link,
      by: engine.actor,
      reason: request.reason,
      now,
    });
  await auditChange(tx, changed, { engine, request, now, from: row.record_id });
  return changed;
}

interface LockedLink {
  record_id: string;
  state: LinkState;
}

async function lockLink(tx: Tx, { connection, object, entity, crmId }: CrmRecordRef): Promise<LockedLink> {
  const [row] = await tx.query<LockedLink & Record<string, unknown>>(
    `select record_id, state from tierlink.link
     where connection = $1 and object = $2 and entity = $3 and crm_id = $4 for update`,
    [connection, object, entity, crmId],
  );
  if (row === undefined) throw unknownLink(crmId, ` in ${object} of ${connection}`);
  return row;
}

function refuseState(
  action: LinkAction,
  { link: { crmId: crm }, to }: LinkRequest & { to?: string },
  { state, record_id: record }: LockedLink,
): void {
  if (state === 'deleted' || state === 'merged') throw new TierlinkError('LINK_ENDED', { crm, state });
  const isBroken = state === 'broken';
  if (!isBroken && to === record) throw new TierlinkError('LINK_SAME', { crm, record });
  if (action === 'make' && !isBroken) throw new TierlinkError('LINK_TAKEN', { crm, record, to });
  if (action !== 'make' && isBroken) throw new TierlinkError('LINK_BROKEN', { crm });
}

async function requireRecord(tx: Tx, { entity, crmId: crm }: CrmRecordRef, record: string): Promise<void> {
  const row = (await loadRecords(tx, entity, [record])).get(record);
  const other = row === undefined ? entityOf(record) : undefined;
  if (other !== undefined && other !== entity)
    throw new TierlinkError('LINK_ENTITY', { crm, entity, record, other });
  requirePresent(row, record);
}

/** The entity that an id of ours is of, by its prefix. */
function entityOf(record: string): EntityName | undefined {
  const names = Object.keys(entities) as EntityName[];
  return names.find((name) => record.startsWith(`${entities[name].idPrefix}_`));
}

/** What is on its way to the record of the CRM, or makes one for either of ours, would come to the wrong one. */
async function requireNoWrite(
  tx: Tx,
  { link, to }: LinkRequest & { to?: string },
  from: string,
): Promise<void> {
  const { connection, object, entity, crmId } = link;
  const rows = await tx.query(
    `select from tierlink.pending_write where connection = $1 and object = $2 and entity = $3 and state = 'in_flight'
       and (crm_id = $4 or (crm_id is null and record_id = any($5::text[])))`,
    [connection, object, entity, crmId, [from, ...(to === undefined ? [] : [to])]],
  );
  if (rows.length > 0) throw new TierlinkError('LINK_WRITING', { crm: crmId });
}

async function auditChange(
  tx: Tx,
  { link, before, after, action }: LinkChange,
  { engine, request, now, from }: { engine: Engine; request: LinkRequest; now: string; from: string },
): Promise<void> {
  const { connection, object, entity, crmId } = link;
  await writeAudit(tx, [
    {
      at: now,
      runId: request.runId ?? null,
      connection,
      object,
      crmId,
      entity,
      recordId: after.recordId ?? from,
      action: `${action}_link`,
      before: { record: before.recordId, state: before.state },
      after: { record: after.recordId, state: after.state },
      actor: engine.actor,
      why: request.reason,
    },
  ]);
}

/**
 * Keeps two records of ours apart, or takes that back: nothing makes them one by itself, and neither waits for the other
 * before it is created in a CRM. Throws LINK_NOT_TWO and LINK_MERGED.
 */
export async function setApart(
  engine: Engine,
  of: { entity: EntityName; records: readonly [string, string]; reason: string | null; takeBack: boolean },
): Promise<void> {
  const now = instantOf(engine.clock.now());
  const { entity, records, reason, takeBack } = of;
  const [one, other] = records;
  if (one === other) throw new TierlinkError('LINK_NOT_TWO', { one, other, reason: 'they are one record' });
  await despiteConflicts(() =>
    engine.store.transaction(async (tx) => {
      await lockMerges(tx, 'alone');
      const rows = await loadRecords(tx, entity, records);
      for (const record of records) requirePresent(rows.get(record), record);
      if (takeBack) await requireApart(tx, entity, records);
      else if (!(await keepApart(tx, { ...of, went: null, by: engine.actor, now }))) return;
      await lookAgain(tx, { entity, records, now });
      await writeAudit(tx, [
        {
          at: now,
          connection: '',
          object: '',
          entity,
          recordId: one,
          action: takeBack ? 'end_apart' : 'keep_apart',
          after: { record: other },
          actor: engine.actor,
          why: reason,
        },
      ]);
    }),
  );
}

function requirePresent(row: RecordRow | undefined, record: string): void {
  if (row === undefined) throw new TierlinkError('LINK_RECORD_UNKNOWN', { record });
  if (row.mergedInto !== null) throw new TierlinkError('LINK_MERGED', { record, survivor: row.mergedInto });
}

async function requireApart(tx: Tx, entity: EntityName, records: readonly [string, string]): Promise<void> {
  if (await endApart(tx, entity, records)) return;
  const [one, other] = records;
  throw new TierlinkError('LINK_NOT_TWO', { one, other, reason: 'nobody has kept them apart' });
}

/** What was proposed of the two is proposed no longer, or again; and what waited for the decision is compared anew. */
async function lookAgain(
  tx: Tx,
  { entity, records, now }: { entity: EntityName; records: readonly [string, string]; now: string },
): Promise<void> {
  await tx.query(
    `delete from tierlink.match where entity = $1 and one = $2 and other = $3 and state = 'open'`,
    [entity, ...ordered(...records)],
  );
  await makeMatchDue(tx, { entity, recordIds: records, now });
  await markOutbox(tx, { entity, recordIds: records, now });
}
