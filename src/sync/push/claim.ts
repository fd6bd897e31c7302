import { instantOf } from '../../model/clock.ts';
import { assertLease } from '../../store/leases.ts';
import { markOutbox } from '../../store/mark-outbox.ts';
import type { Executor, Tx } from '../../store/store.ts';
import { keepUndecided } from '../records/registrations.ts';
import { recordRejects } from '../records/reject-record.ts';
import { awaitedSql } from '../records/takeovers.ts';
import { refOf } from '../records/write-ref.ts';
import type { InFlight, PushContext } from './context.ts';
import { compareRecords } from './outbound.ts';
import type { OutgoingChange } from './outbound-compare.ts';
import { compareLater, dropSettled } from './pending.ts';
import { asPlanned, insteadFor, plannedFor } from './planned-writes.ts';

/** Writes that were taken up together: all of one lane, and either all updates or all creates. */
export interface Claim {
  lane: number;
  rows: InFlight[];
  /** How many due rows were looked at; 0 means that nothing is due. */
  looked: number;
  stopped: number;
  /** Of a plan: how many are not what was reviewed any more, and are not written. */
  left: number;
}

interface DueRow {
  record_id: string;
  ref: string;
  lane: number;
  attempts: number;
}

/**
 * Takes up the next due writes. They are compared once more in the same transaction, so what goes out is what is wanted
 * now: a record that agrees meanwhile, left scope or got a conflict is dropped here, and nothing is taken up once a person
 * has stopped the writing. Committed before anything is sent.
 */
export async function claimWrites(context: PushContext, limit: number): Promise<Claim> {
  return await context.store.transaction(async (tx) => {
    await assertLease(tx, context.lease);
    const due = (await isStillAsked(tx, context)) ? await dueRows(tx, context, limit) : [];
    const none: Claim = { lane: due[0]?.lane ?? 0, rows: [], looked: due.length, stopped: 0, left: 0 };
    if (due.length === 0) return none;
    const { changes, left } = await asReviewed(tx, context, await changesOf(tx, context, due));
    const broken = await tooOftenWritten(tx, context, changes);
    await stopWriting(tx, context, broken);
    const stopped = new Set(broken.map(({ change }) => refOf(change)));
    const going = changes.filter((change) => !stopped.has(refOf(change)));
    const attempts = new Map(due.map((row) => [row.ref, row.attempts]));
    const rows = going.map((change) => inFlightOf(context, change, attempts.get(refOf(change)) ?? 0));
    await markInFlight(tx, context, rows);
    return { ...none, rows, stopped: broken.length, left };
  });
}

/**
 * False once a person has turned write-back off, paused the connection or taken the tiers back while this run goes on. What
 * a plan writes was asked for by its review.
 */
async function isStillAsked(tx: Tx, { connection, tiers, planned }: PushContext): Promise<boolean> {
  const rows = await tx.query(
    `select 1 from tierlink.connection where id = $1 and (write_back or $3) and state <> 'paused'
       and pinned_org_id = org_id and (tier_mode = 'owned' or not $2)`,
    [connection, tiers !== null, planned !== null],
  );
  return rows.length > 0;
}

/** How many writes are due. */
export async function countDue(context: PushContext): Promise<number> {
  const { connection, plan } = context;
  const [row] = await context.store.query<{ due: number }>(
    `select count(*)::int as due from tierlink.pending_write
     where connection = $1 and object = $2 and entity = $3 and state = 'due'
       and (not_before is null or not_before <= $4::timestamptz)`,
    [connection, plan.object, plan.entity, instantOf(context.clock.now())],
  );
  return row?.due ?? 0;
}

/**
 * Due rows of the first lane that has any; creates and updates never mixed. A record that came to be decided here after its
 * write was planned waits until it was read.
 */
async function dueRows(tx: Tx, context: PushContext, limit: number): Promise<DueRow[]> {
  const { connection, plan } = context;
  const planned = plannedFor(context);
  return await tx.query<DueRow>(
    `with due as (
       select record_id, ref, lane, attempts, since, crm_id is null as creates from tierlink.pending_write p
       where connection = $1 and object = $2 and entity = $3 and state = 'due'
         and (not_before is null or not_before <= $4::timestamptz) and not exists (${awaitedSql('p')})
         and ($6::text[] is null or ref = any($6)) and ($7 or crm_id is not null)
     ), first as (select lane, creates from due order by lane, creates desc limit 1)
     select record_id, ref, due.lane, attempts from due join first on due.lane = first.lane and due.creates = first.creates
     order by since, record_id collate "C", ref collate "C" limit $5`,
    [
      connection,
      plan.object,
      plan.entity,
      instantOf(context.clock.now()),
      limit,
      planned === null ? null : [...planned.keys()],
      context.mayCreate,
    ],
  );
}

/** What is due of these records and differs; further links of theirs may wait, be under way or have been refused. */
async function changesOf(tx: Tx, context: PushContext, due: readonly DueRow[]): Promise<OutgoingChange[]> {
  const recordIds = [...new Set(due.map((row) => row.record_id))];
  const compared = await compareRecords(tx, context, recordIds, insteadFor(context));
  await keepUndecided(tx, context, { recordIds, compared, now: instantOf(context.clock.now()) });
  const changes = compared.flatMap((each) => (each.change === null ? [] : [each.change]));
  await dropSettled(tx, context, { recordIds, except: changes.map(refOf) });
  const isDue = new Set(due.map(({ ref }) => ref));
  await markUnplanned(
    tx,
    context,
    changes.filter((change) => !isDue.has(refOf(change))),
  );
  return changes.filter((change) => isDue.has(refOf(change)));
}

/** Of a plan only what was reviewed goes out; the rest of the same records is compared again by the next push. */
async function asReviewed(
  tx: Tx,
  context: PushContext,
  changes: readonly OutgoingChange[],
): Promise<{ changes: readonly OutgoingChange[]; left: number }> {
  const planned = plannedFor(context);
  if (planned === null) return { changes, left: 0 };
  const judged = changes.map((change) => ({
    change,
    reviewed: asPlanned(context, change, planned.get(refOf(change))),
  }));
  const { connection, plan, clock } = context;
  const place = { connection, entity: plan.entity, now: instantOf(clock.now()) };
  const isLess = ({ change, reviewed }: (typeof judged)[number]) =>
    typeof reviewed === 'string' ||
    Object.keys(reviewed.attributes).length < Object.keys(change.attributes).length;
  await compareLater(
    tx,
    place,
    judged.filter(isLess).map(({ change }) => change.recordId),
  );
  const dropped = judged.filter(({ reviewed }) => typeof reviewed === 'string');
  await tx.query(
    `delete from tierlink.pending_write where connection = $1 and object = $2 and entity = $3 and ref = any($4::text[])`,
    [connection, plan.object, plan.entity, dropped.map(({ change }) => refOf(change))],
  );
  return {
    changes: judged.flatMap(({ reviewed }) => (typeof reviewed === 'string' ? [] : [reviewed])),
    left: dropped.filter(({ reviewed }) => reviewed === 'other').length,
  };
}

/** What was planned for a link that another one has replaced meanwhile is planned again for that one. */
async function markUnplanned(
  tx: Tx,
  { connection, plan, clock }: PushContext,
  changes: readonly OutgoingChange[],
): Promise<void> {
  if (changes.length === 0) return;
  const planned = await tx.query<{ ref: string }>(
    `select ref from tierlink.pending_write
     where connection = $1 and object = $2 and entity = $3 and record_id = any($4::text[])`,
    [connection, plan.object, plan.entity, changes.map(({ recordId }) => recordId)],
  );
  const known = new Set(planned.map(({ ref }) => ref));
  const missing = changes.filter((change) => !known.has(refOf(change)));
  const recordIds = missing.map(({ recordId }) => recordId);
  await markOutbox(tx, { entity: plan.entity, recordIds, now: instantOf(clock.now()) });
}

function inFlightOf(context: PushContext, change: OutgoingChange, attempts: number): InFlight {
  return {
    recordId: change.recordId,
    crmId: change.crmId,
    attributes: change.attributes,
    before: change.before,
    fields: change.fields,
    decisionId: change.decisionId,
    restores: context.planned?.restores === true,
    sentFor: {
      runId: context.runId,
      actor: context.actor,
      planId: context.planned?.planId ?? null,
      why: context.planned?.why ?? null,
    },
    attempts: attempts + 1,
    sentAt: instantOf(context.clock.now() + context.clockSkewMs),
    parent: change.parent,
  };
}

async function markInFlight(tx: Executor, context: PushContext, rows: readonly InFlight[]): Promise<void> {
  if (rows.length === 0) return;
  const { connection, plan } = context;
  await tx.query(
    `update tierlink.pending_write p set state = 'in_flight', attributes = r.attributes,
       before = r.before, fields = r.fields, attempts = r.attempts, sent_at = r.sent_at, run_id = $5,
       decision_id = r.decision_id, restores = r.restores, sent_for = r.sent_for
     from jsonb_to_recordset($4::jsonb) as r(record_id text, ref text, attributes jsonb, before jsonb, fields jsonb,
       attempts integer, sent_at timestamptz, decision_id text, restores boolean, sent_for jsonb)
     where p.connection = $1 and p.object = $2 and p.entity = $3 and p.record_id = r.record_id and p.ref = r.ref`,
    [
      connection,
      plan.object,
      plan.entity,
      JSON.stringify(
        rows.map((row) => ({
          record_id: row.recordId,
          ref: refOf(row),
          attributes: row.attributes,
          before: row.before,
          fields: row.fields,
          attempts: row.attempts,
          sent_at: row.sentAt,
          decision_id: row.decisionId,
          restores: row.restores,
          sent_for: row.sentFor,
        })),
      ),
      context.runId,
    ],
  );
}

interface Broken {
  change: OutgoingChange;
  /** How often it was written lately. */
  count: number;
}

/** Writes to records of the CRM that were written too often lately. A retry by a person starts the count anew. */
async function tooOftenWritten(
  tx: Executor,
  context: PushContext,
  changes: readonly OutgoingChange[],
): Promise<Broken[]> {
  const { connection, plan, breaker } = context;
  const since = instantOf(context.clock.now() - breaker.minutes * 60_000);
  const rows = await tx.query<{ record_id: string; crm_id: string | null; writes: number }>(
    `with lately as materialized (
       select record_id, crm_id, action, at from tierlink.audit
       where entity = $1 and record_id = any($2::text[]) and at > $3::timestamptz and connection = $4 and object = $5
         and action in ('create', 'update', 'retry')
     ), retried as (select record_id, max(at) as at from lately where action = 'retry' group by record_id)
     select l.record_id, l.crm_id, count(*)::int as writes from lately l left join retried r on r.record_id = l.record_id
     where l.action <> 'retry' and (r.at is null or l.at > r.at)
     group by l.record_id, l.crm_id having count(*) >= $6`,
    [plan.entity, changes.map((change) => change.recordId), since, connection, plan.object, breaker.writes],
  );
  const isOf = (change: OutgoingChange) => (row: (typeof rows)[number]) =>
    row.record_id === change.recordId && (change.crmId === null || row.crm_id === change.crmId);
  return changes.flatMap((change) => {
    const row = rows.find(isOf(change));
    return row === undefined ? [] : [{ change, count: row.writes }];
  });
}

async function stopWriting(tx: Executor, context: PushContext, broken: readonly Broken[]): Promise<void> {
  if (broken.length === 0) return;
  const { connection, plan, breaker } = context;
  await tx.query(
    `update tierlink.pending_write set state = 'rejected' where connection = $1 and object = $2 and entity = $3
       and (record_id, ref) in (select * from unnest($4::text[], $5::text[]))`,
    [
      connection,
      plan.object,
      plan.entity,
      broken.map(({ change }) => change.recordId),
      broken.map(({ change }) => refOf(change)),
    ],
  );
  const rejects = broken.map(({ change: { recordId, crmId }, count }) => ({
    connection,
    object: plan.object,
    entity: plan.entity,
    direction: 'out' as const,
    recordId,
    crmId: crmId ?? '',
    code: 'RECORD_BREAKER' as const,
    message: `The record was written ${count} times within ${breaker.minutes} minutes, so writing to it stopped.`,
  }));
  await recordRejects(tx, rejects, { now: instantOf(context.clock.now()), runId: context.runId });
}
