import type { EntityName } from '../../model/entities.ts';
import type { Executor, Store, Tx } from '../../store/store.ts';
import { type BaseEntry, entryOf } from '../records/base.ts';
import { keepUndecided } from '../records/registrations.ts';
import { clearRejects, type NewReject, recordRejects } from '../records/reject-record.ts';
import { awaitedSql } from '../records/takeovers.ts';
import { refOf } from '../records/write-ref.ts';
import { compareRecords, type OutboundContext } from './outbound.ts';
import type { Compared, OutgoingChange } from './outbound-compare.ts';

/**
 * Pending writes: what is still to be sent, one row per record of a mapping. They come out of the outbox in two steps.
 * Each step is one transaction, so a crash between them repeats a step and loses nothing.
 */

/** How many records are compared in one transaction. */
const pageSize = 1000;

/** Tier values go out before everything else. */
export const tierLane = 0;
export const recordLane = 1;

/** Where and when something is planned; for the audit and for times kept in rows. */
export interface Moment {
  /** ISO instant. */
  now: string;
  runId: string | null;
}

/**
 * Hands every mark in the outbox to each connection that is written to. While none is, the marks stay where they are;
 * a connection whose write-back is turned on later compares everything once anyway.
 */
export async function spreadOutbox(store: Store): Promise<void> {
  await store.query(
    `with marked as (
       delete from tierlink.outbox where exists (select 1 from tierlink.connection where write_back) returning *
     )
     insert into tierlink.comparison (connection, entity, record_id, since)
     select c.id, m.entity, m.record_id, m.since
     from marked m cross join tierlink.connection c where c.write_back
     on conflict (connection, entity, record_id) do update set since = excluded.since`,
  );
}

/** What planning did, in records of mappings; without those that wait for a record that they belong to. */
export interface PlannedCounts {
  compared: number;
  pending: number;
  unsent: number;
}

/**
 * Compares the records marked for a connection and leaves pending writes for what differs. Records with a write in
 * flight are left for the next time. `contexts`: for each entity that is planned, all mappings of the connection that
 * write it.
 */
export async function planWrites(
  store: Store,
  contexts: readonly OutboundContext[],
  moment: Moment & { connection: string; signal?: AbortSignal },
): Promise<PlannedCounts> {
  const counts: PlannedCounts = { compared: 0, pending: 0, unsent: 0 };
  for (const entity of new Set(contexts.map((context) => context.plan.entity))) {
    const mapped = contexts.filter((context) => context.plan.entity === entity);
    let after = '';
    while (true) {
      moment.signal?.throwIfAborted();
      const page = await store.transaction((tx) => planPage(tx, mapped, { ...moment, entity, after }));
      counts.compared += page.counts.compared;
      counts.pending += page.counts.pending;
      counts.unsent += page.counts.unsent;
      if (page.last === null) break;
      after = page.last;
    }
  }
  return counts;
}

/** Forgets marks of entities that no mapping of the connection writes. `contexts`: one for every mapping that does. */
export async function dropUnmapped(
  store: Store,
  contexts: readonly OutboundContext[],
  connection: string,
): Promise<void> {
  const written = [...new Set(contexts.map((context) => context.plan.entity))];
  await store.query('delete from tierlink.comparison where connection = $1 and entity <> all($2::text[])', [
    connection,
    written,
  ]);
}

type PageRequest = Moment & { connection: string; entity: EntityName; after: string };

async function planPage(
  tx: Tx,
  contexts: readonly OutboundContext[],
  page: PageRequest,
): Promise<{ last: string | null; counts: PlannedCounts }> {
  const rows = await tx.query<{ record_id: string }>(
    `select record_id from tierlink.comparison
     where connection = $1 and entity = $2 and record_id > $3 collate "C" and not exists (${awaitedSql('comparison')})
     order by record_id collate "C" limit ${pageSize} for update`,
    [page.connection, page.entity, page.after],
  );
  const recordIds = rows.map((row) => row.record_id);
  const counts: PlannedCounts = { compared: 0, pending: 0, unsent: 0 };
  if (recordIds.length === 0) return { last: null, counts };
  for (const context of contexts) {
    const compared = await compareRecords(tx, context, recordIds);
    await keepUndecided(tx, context, { recordIds, compared, now: page.now });
    await keepComparison(tx, context, { recordIds, compared, moment: page });
    const whole = compared.filter(({ skipped }) => skipped !== 'waits_for_parent');
    counts.compared += whole.length;
    counts.pending += whole.filter((each) => each.change !== null).length;
    counts.unsent += whole.filter((each) => each.unsent.length > 0).length;
  }
  await tx.query(
    `delete from tierlink.comparison c where connection = $1 and entity = $2 and record_id = any($3::text[])
       and not exists (select 1 from tierlink.pending_write p where p.connection = c.connection
         and p.entity = c.entity and p.record_id = c.record_id and p.state = 'in_flight')`,
    [page.connection, page.entity, recordIds],
  );
  return { last: recordIds.length < pageSize ? null : recordIds.at(-1)!, counts };
}

/** Stores what a comparison found: writes to make, values not sent, differences that are over. */
async function keepComparison(
  tx: Tx,
  context: OutboundContext,
  found: { recordIds: readonly string[]; compared: readonly Compared[]; moment: Moment },
): Promise<void> {
  const { compared, moment } = found;
  const changes = compared.flatMap((each) => (each.change === null ? [] : [each.change]));
  await keepChanges(tx, context, { changes, moment });
  await markDecisions(tx, context, { changes, moment });
  await dropSettled(tx, context, { recordIds: found.recordIds, except: changes.map(refOf) });
  await keepUnsent(tx, context, found);
  await closeDifferences(tx, context, compared);
  await restateDrift(tx, context, compared);
}

/**
 * A write that was refused stays refused until the values are other ones. While nobody knows what became of the creation of
 * a record, nothing else is planned for it.
 */
export async function keepChanges(
  tx: Executor,
  context: OutboundContext,
  planned: { changes: readonly OutgoingChange[]; moment: Moment; restores?: boolean },
): Promise<void> {
  if (planned.changes.length === 0) return;
  const { connection, plan } = context;
  await tx.query(
    `insert into tierlink.pending_write as p (connection, object, entity, record_id, crm_id, attributes, before, lane,
       state, decision_id, run_id, since, restores)
     select $1, $2, $3, r.record_id, r.crm_id, r.attributes, r.before, r.lane, 'due', r.decision_id, $5,
       $6::timestamptz, $7
     from jsonb_to_recordset($4::jsonb) as r(record_id text, crm_id text, attributes jsonb, before jsonb, lane integer,
       decision_id text)
     where not exists (select from tierlink.pending_write f where f.connection = $1 and f.object = $2 and f.entity = $3
       and f.record_id = r.record_id and f.state = 'in_flight' and f.crm_id is null)
     on conflict (connection, object, entity, record_id, ref) do update set
       attributes = excluded.attributes, before = excluded.before, lane = excluded.lane,
       decision_id = excluded.decision_id, run_id = excluded.run_id, restores = excluded.restores,
       state = case when p.attributes = excluded.attributes then p.state else 'due' end,
       not_before = case when p.attributes = excluded.attributes then p.not_before end,
       attempts = case when p.attributes = excluded.attributes then p.attempts else 0 end
     where p.state <> 'in_flight'`,
    [
      connection,
      plan.object,
      plan.entity,
      JSON.stringify(planned.changes.map((change) => rowOf(context, change))),
      planned.moment.runId,
      planned.moment.now,
      planned.restores === true,
    ],
  );
}

/** A partner that names a decision goes with the record of it. */
async function markDecisions(
  tx: Executor,
  context: OutboundContext,
  planned: { changes: readonly OutgoingChange[]; moment: Moment },
): Promise<void> {
  if (context.plan.entity !== 'partner') return;
  const decisions = planned.changes.flatMap((change) => change.decisionId ?? []);
  if (decisions.length === 0) return;
  await tx.query(
    `insert into tierlink.comparison (connection, entity, record_id, since)
     select $1, 'decision', id, $3::timestamptz from unnest($2::text[]) as id on conflict do nothing`,
    [context.connection, [...new Set(decisions)], planned.moment.now],
  );
}

function rowOf(context: OutboundContext, change: OutgoingChange): Record<string, unknown> {
  return {
    record_id: change.recordId,
    crm_id: change.crmId,
    attributes: change.attributes,
    before: change.before,
    lane: laneOf(context, change),
    decision_id: change.decisionId,
  };
}

/** Tier values and decisions are what people wait for. */
export function laneOf(context: OutboundContext, change: OutgoingChange): number {
  if (context.plan.entity === 'decision') return tierLane;
  if (context.plan.entity !== 'partner') return recordLane;
  const isProgram = (name: string) =>
    context.plan.attributes.some((plan) => plan.attribute === name && plan.home === 'program');
  return Object.keys(change.attributes).some(isProgram) ? tierLane : recordLane;
}

/** Drops the writes of records that need nothing (any more). `except`: those of them that are still needed. */
export async function dropSettled(
  tx: Executor,
  context: OutboundContext,
  settled: { recordIds: readonly string[]; except: readonly string[] },
): Promise<void> {
  const { recordIds, except } = settled;
  if (recordIds.length === 0) return;
  const { connection, plan } = context;
  await tx.query(
    `delete from tierlink.pending_write where connection = $1 and object = $2 and entity = $3
       and record_id = any($4::text[]) and ref <> all($5::text[]) and state <> 'in_flight'`,
    [connection, plan.object, plan.entity, [...recordIds], [...except]],
  );
  const { object, entity } = plan;
  await clearRejects(tx, { connection, object, entity, direction: 'out', recordIds, except, kind: 'sent' });
}

/**
 * What else records need is not forgotten: the next push compares them again. The mark waits for a plan that is just taking
 * an earlier one away.
 */
export async function compareLater(
  tx: Executor,
  { connection, entity, now }: { connection: string; entity: EntityName; now: string },
  recordIds: readonly string[],
): Promise<void> {
  if (recordIds.length === 0) return;
  await tx.query(
    `insert into tierlink.comparison (connection, entity, record_id, since)
     select $1, $2, id, $3::timestamptz from (select distinct unnest($4::text[]) as id) as ids
     order by id collate "C"
     on conflict (connection, entity, record_id) do update set since = excluded.since`,
    [connection, entity, now, [...recordIds]],
  );
}

async function keepUnsent(
  tx: Executor,
  context: OutboundContext,
  found: { compared: readonly Compared[]; moment: Moment },
): Promise<void> {
  const { connection, plan } = context;
  const { object, entity } = plan;
  const unsent = found.compared.flatMap((each) => unsentRejects(context, each));
  const keep = unsent.map(({ recordId = '', crmId = '', attribute = '' }) => ({
    recordId,
    crmId,
    attribute,
  }));
  const recordIds = found.compared.map((each) => each.recordId);
  await clearRejects(tx, { connection, object, entity, direction: 'out', recordIds, kind: 'unsent', keep });
  await recordRejects(tx, unsent, found.moment);
}

function unsentRejects(context: OutboundContext, compared: Compared): NewReject[] {
  return compared.unsent.map((each) => ({
    connection: context.connection,
    object: context.plan.object,
    entity: context.plan.entity,
    direction: 'out',
    crmId: compared.crmId ?? '',
    recordId: compared.recordId,
    attribute: each.attribute,
    code: each.code,
    message: each.message,
    payload: { field: each.field, crmId: compared.crmId },
  }));
}

/** A person who settles drift chooses between what is there and what the program says now, not what it once said. */
async function restateDrift(
  tx: Executor,
  context: OutboundContext,
  compared: readonly Compared[],
): Promise<void> {
  const rows = compared.flatMap(({ crmId, disputed }) =>
    disputed.map(({ attribute, value }) => ({ crm_id: crmId, attribute, ours: value })),
  );
  if (rows.length === 0) return;
  const { connection, plan } = context;
  await tx.query(
    `update tierlink.difference d set ours = r.ours
     from jsonb_to_recordset($4::jsonb) as r(crm_id text, attribute text, ours jsonb)
     where d.connection = $1 and d.object = $2 and d.entity = $3 and d.crm_id = r.crm_id
       and d.attribute = r.attribute and d.kind = 'drift' and d.ours is distinct from r.ours`,
    [connection, plan.object, plan.entity, JSON.stringify(rows)],
  );
}

/** Differences in which our value has become theirs: agreement, which base records. */
async function closeDifferences(
  tx: Executor,
  context: OutboundContext,
  compared: readonly Compared[],
): Promise<void> {
  const { connection, plan } = context;
  for (const { crmId, agreed } of compared.filter((each) => each.agreed.length > 0)) {
    const base: Record<string, BaseEntry> = {};
    for (const { attribute, value } of agreed) base[attribute] = entryOf({ ours: value, theirs: value });
    await tx.query(
      `update tierlink.link set base = base || $5::jsonb
       where connection = $1 and object = $2 and entity = $3 and crm_id = $4`,
      [connection, plan.object, plan.entity, crmId, JSON.stringify(base)],
    );
    await tx.query(
      `delete from tierlink.difference
       where connection = $1 and object = $2 and entity = $3 and crm_id = $4 and attribute = any($5::text[])`,
      [connection, plan.object, plan.entity, crmId, Object.keys(base)],
    );
  }
}
