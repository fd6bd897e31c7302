import type { RetryClass } from '../../errors.ts';
import { instantOf } from '../../model/clock.ts';
import type { AttributeValue } from '../../model/entities.ts';
import { canonicalJson } from '../../model/values.ts';
import { writeAudit } from '../../store/audit.ts';
import { assertLease } from '../../store/leases.ts';
import { markOutbox } from '../../store/mark-outbox.ts';
import type { Executor, Tx } from '../../store/store.ts';
import { makeDue } from '../../tier/due.ts';
import type { Cause } from '../connector.ts';
import { type Base, baseAfterWrite, pairOf } from '../records/base.ts';
import { clearRejects } from '../records/reject-record.ts';
import { markStatus } from '../records/status-record.ts';
import { refOf } from '../records/write-ref.ts';
import { markChildren } from './children.ts';
import type { InFlight, PushContext, PushCounts } from './context.ts';
import { writtenAttributes } from './outbound-compare.ts';
import { desiredRecords } from './outbound-values.ts';
import { compareLater } from './pending.ts';
import { lookLater, sendAgain, sendUnstamped, settleRejected } from './refused.ts';

/** What became of a write. */
export type Settlement =
  /** The CRM holds our values now. readBack: what it answers for them, where they were read. */
  | {
      kind: 'written';
      action: 'created' | 'updated' | 'unchanged';
      crmId: string;
      readBack?: Readonly<Record<string, AttributeValue>>;
    }
  | ({ kind: 'rejected'; field?: string; retry: RetryClass } & Cause)
  /** It did not arrive, or was refused for another record's sake: it goes out again at once. cause: what the CRM said. */
  | { kind: 'again'; cause?: Cause }
  /** Only our id in the key field was refused: everything else goes out again at once, without it. */
  | { kind: 'unstamped'; cause: Cause }
  /** Somebody changed the record meanwhile; the next pull reads it and decides, the push after it compares again. */
  | { kind: 'left' }
  /** Nobody knows; the row stays in flight until it has been found out by reading. */
  | { kind: 'unknown'; cause?: Cause }
  /** Nobody can know now: the record was deleted, which the next pull finds, or sharing hides it. Looked up again later. */
  | { kind: 'unseen' };

export interface Settled {
  row: InFlight;
  result: Settlement;
}

/**
 * Records what became of a batch of writes, in one transaction: base, link, audit, rejects and the pending row itself.
 * Settling the same result twice is the same as once, except that nothing is audited twice, because the row is gone.
 */
export async function settleWrites(context: PushContext, settled: readonly Settled[]): Promise<PushCounts> {
  return await context.store.transaction(async (tx) => {
    await assertLease(tx, context.lease);
    const held = await stillInFlight(tx, context, settled);
    await settleWritten(tx, context, held);
    await settleRejected(tx, context, held);
    await sendAgain(tx, context, held);
    await sendUnstamped(tx, context, held);
    await lookLater(tx, context, held);
    await leaveRows(tx, context, held);
    return countsOf(held);
  });
}

/** Rows that another process has settled already are not settled again. */
async function stillInFlight(tx: Tx, context: PushContext, settled: readonly Settled[]): Promise<Settled[]> {
  const { connection, plan } = context;
  const rows = await tx.query<{ record_id: string; ref: string }>(
    `select record_id, ref from tierlink.pending_write where connection = $1 and object = $2 and entity = $3
       and record_id = any($4::text[]) and state = 'in_flight' for update`,
    [connection, plan.object, plan.entity, settled.map(({ row }) => row.recordId)],
  );
  const held = new Set(rows.map((row) => `${row.record_id} ${row.ref}`));
  return settled.filter(({ row }) => held.has(`${row.recordId} ${refOf(row)}`));
}

type Written = { row: InFlight; result: Extract<Settlement, { kind: 'written' }> };

function writtenOf(settled: readonly Settled[]): Written[] {
  return settled.filter((each): each is Written => each.result.kind === 'written');
}

async function settleWritten(tx: Tx, context: PushContext, settled: readonly Settled[]): Promise<void> {
  const written = writtenOf(settled);
  if (written.length === 0) return;
  await linkCreated(tx, context, written);
  await moveBases(tx, context, written);
  await auditWritten(tx, context, written);
  const { connection, plan, clock } = context;
  const isNews =
    plan.entity !== 'connectionStatus' && written.some(({ result }) => result.action !== 'unchanged');
  if (isNews) await markStatus(tx, { connection, now: instantOf(clock.now()) });
  const rows = written.map(({ row }) => row);
  await deleteRows(tx, context, rows);
  const { object, entity } = context.plan;
  await clearRejects(tx, {
    connection: context.connection,
    object,
    entity,
    direction: 'out',
    recordIds: rows.map(({ recordId }) => recordId),
    // What was said of the creation is over once the record is there.
    refs: rows.flatMap((row) => [refOf(row), row.recordId]),
    kind: 'sent',
  });
}

/** Links for records that the CRM has now; what belongs to them can go out next. */
async function linkCreated(tx: Tx, context: PushContext, written: readonly Written[]): Promise<void> {
  const created = written.filter(({ row }) => row.crmId === null);
  if (created.length === 0) return;
  const { connection, plan } = context;
  const now = instantOf(context.clock.now());
  await tx.query(
    `insert into tierlink.link (connection, object, crm_id, entity, record_id, state, keyed, linked_at, changed_at)
     select $1, $2, r.crm_id, $3, r.record_id, 'live', true, $5::timestamptz, $5::timestamptz
     from jsonb_to_recordset($4::jsonb) as r(crm_id text, record_id text)
     on conflict (connection, object, crm_id, entity) do update set keyed = true, carries = null
       where tierlink.link.record_id = excluded.record_id`,
    [
      connection,
      plan.object,
      plan.entity,
      JSON.stringify(created.map(({ row, result }) => ({ crm_id: result.crmId, record_id: row.recordId }))),
      now,
    ],
  );
  const parents = created.map(({ row }) => row.recordId);
  await markChildren(tx, context, { parents, now });
  if (plan.entity === 'partner') await makeDue(tx, { partners: parents, now });
}

interface LinkRow {
  crm_id: string;
  base: Base;
  seen_at: string | null;
  /** Our id of another record that it carried until now; null: none. */
  carries: string | null;
}

/**
 * Base holds what was sent, unless a later reading of the record has already told more. What was seen before is seen no
 * more: a person who puts the old value back makes a change, although the record then reads as it did.
 */
async function moveBases(tx: Tx, context: PushContext, written: readonly Written[]): Promise<void> {
  const { connection, plan } = context;
  const rows = await tx.query<LinkRow>(
    `select crm_id, base, seen_at, carries from tierlink.link
     where connection = $1 and object = $2 and entity = $3 and crm_id = any($4::text[])
     order by crm_id collate "C" for update`,
    [connection, plan.object, plan.entity, written.map(({ result }) => result.crmId)],
  );
  const links = new Map(rows.map((row) => [row.crm_id, row]));
  const programs = await programValues(tx, context, written);
  const moved = written.flatMap((each) => {
    const link = links.get(each.result.crmId);
    const wanted = programs.get(each.row.recordId);
    return link === undefined ? [] : [{ crm_id: link.crm_id, ...nextBase(context, { link, wanted }, each) }];
  });
  await tx.query(
    `update tierlink.link l set base = r.base, keyed = l.keyed or r.keyed, seen_hash = null,
       carries = case when r.keyed then null else l.carries end, changed_at = $5::timestamptz
     from jsonb_to_recordset($4::jsonb) as r(crm_id text, base jsonb, keyed boolean)
     where l.connection = $1 and l.object = $2 and l.entity = $3 and l.crm_id = r.crm_id`,
    [connection, plan.object, plan.entity, JSON.stringify(moved), instantOf(context.clock.now())],
  );
  await compareFreed(
    tx,
    context,
    moved.flatMap(({ crm_id, keyed }) => (keyed ? (links.get(crm_id)?.carries ?? []) : [])),
  );
}

/** What could not be created, because a record of the CRM carried its id that is another one, can be now. */
async function compareFreed(
  tx: Tx,
  { plan, clock }: PushContext,
  recordIds: readonly string[],
): Promise<void> {
  await markOutbox(tx, { entity: plan.entity, recordIds, now: instantOf(clock.now()) });
}

type Values = Readonly<Record<string, AttributeValue>>;

/** What the program wants of records of which former values were put back: both sides agree to differ in it. */
async function programValues(
  tx: Tx,
  { connection, plan, tiers }: PushContext,
  written: readonly Written[],
): Promise<Map<string, Values>> {
  const recordIds = written.flatMap(({ row }) => (row.restores ? [row.recordId] : []));
  const attributes = writtenAttributes(plan);
  const desired = await desiredRecords(tx, { connection, entity: plan.entity, recordIds, attributes, tiers });
  return new Map(desired.map(({ recordId, values }) => [recordId, values]));
}

/** `wanted`: what the program wants although something else was written; nothing where that was what it wants. */
function nextBase(
  context: PushContext,
  { link, wanted = {} }: { link: LinkRow; wanted: Values | undefined },
  { row, result }: Written,
): { base: Base; keyed: boolean } {
  // What is written at a creation only is the CRM's from then on, and base says nothing of it.
  const ours = new Set(writtenAttributes(context.plan).map((plan) => plan.attribute));
  const sent = Object.fromEntries(
    Object.entries(row.attributes).filter(
      ([attribute]) => ours.has(attribute) && !isReadLater(attribute, link, row),
    ),
  );
  const base = { ...baseAfterWrite(link.base, sent, Date.parse(row.sentAt)) };
  for (const [attribute, theirs] of Object.entries(result.readBack ?? {})) {
    const entry = base[attribute];
    if (sent[attribute] !== undefined && entry !== undefined) base[attribute] = { ...pairOf(entry), theirs };
  }
  for (const attribute of Object.keys(sent)) {
    const entry = base[attribute];
    const value = wanted[attribute];
    if (entry !== undefined && value !== undefined) base[attribute] = { ...pairOf(entry), ours: value };
  }
  const key = context.plan.mapping.key;
  return { base, keyed: key !== undefined && (row.crmId === null || row.fields[key] !== undefined) };
}

/** Whether the attribute was read after the write was sent, with another value than the one that we replaced. */
function isReadLater(attribute: string, link: LinkRow, row: InFlight): boolean {
  const entry = link.base[attribute];
  if (entry === undefined || link.seen_at === null) return false;
  const sentSecond = Math.floor(Date.parse(row.sentAt) / 1000) * 1000;
  if (Date.parse(link.seen_at) <= sentSecond) return false;
  return canonicalJson(pairOf(entry).theirs) !== canonicalJson(row.before[attribute] ?? null);
}

async function auditWritten(tx: Tx, context: PushContext, written: readonly Written[]): Promise<void> {
  const { connection, plan } = context;
  const { object, entity } = plan;
  const same = {
    at: instantOf(context.clock.now()),
    connection,
    object,
    entity,
  };
  const changed = written.filter(({ result }) => result.action !== 'unchanged');
  await writeAudit(
    tx,
    changed.map(({ row, result }) => ({
      ...same,
      ...row.sentFor,
      action: row.crmId === null ? 'create' : 'update',
      crmId: result.crmId,
      recordId: row.recordId,
      before: row.before,
      after: row.attributes,
      decisionId: row.decisionId,
    })),
  );
}

async function deleteRows(tx: Executor, context: PushContext, rows: readonly InFlight[]): Promise<void> {
  if (rows.length === 0) return;
  const { connection, plan } = context;
  await tx.query(
    `delete from tierlink.pending_write where connection = $1 and object = $2 and entity = $3
       and (record_id, ref) in (select * from unnest($4::text[], $5::text[]))`,
    [connection, plan.object, plan.entity, rows.map(({ recordId }) => recordId), rows.map(refOf)],
  );
}

/** What else the record needs is not forgotten with the write. */
async function leaveRows(tx: Executor, context: PushContext, settled: readonly Settled[]): Promise<void> {
  const rows = settled.filter(({ result }) => result.kind === 'left').map(({ row }) => row);
  if (rows.length === 0) return;
  const { connection, plan, clock } = context;
  await deleteRows(tx, context, rows);
  const recordIds = rows.map(({ recordId }) => recordId);
  await compareLater(tx, { connection, entity: plan.entity, now: instantOf(clock.now()) }, recordIds);
}

function countsOf(settled: readonly Settled[]): PushCounts {
  const count = (kind: Settlement['kind']) => settled.filter((each) => each.result.kind === kind).length;
  const written = writtenOf(settled);
  const done = (action: Written['result']['action']) =>
    written.filter(({ result }) => result.action === action).length;
  const healing = settled.filter(
    ({ result }) => result.kind === 'rejected' && result.retry !== 'never',
  ).length;
  return {
    claimed: 0,
    created: done('created'),
    updated: done('updated'),
    unchanged: done('unchanged'),
    rejected: count('rejected') - healing,
    retrying: healing + count('again') + count('unstamped'),
    left: count('left'),
    unknown: count('unknown') + count('unseen'),
  };
}
