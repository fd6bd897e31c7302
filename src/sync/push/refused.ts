import { type RetryClass, TierlinkError } from '../../errors.ts';
import { instantOf } from '../../model/clock.ts';
import type { Executor, Tx } from '../../store/store.ts';
import type { Cause } from '../connector.ts';
import { type NewReject, recordRejects } from '../records/reject-record.ts';
import { refOf } from '../records/write-ref.ts';
import type { InFlight, PushContext } from './context.ts';
import { idAttribute } from './outbound-compare.ts';
import type { Settled } from './settle.ts';

/** What happens to writes that did not get through: kept as rejects, or sent again, at once or later. */

/** Keeps refused writes with their cause; those that heal by themselves are due again later. */
export async function settleRejected(
  tx: Tx,
  context: PushContext,
  settled: readonly Settled[],
): Promise<void> {
  const { connection, plan } = context;
  const rejected = settled.filter((each) => each.result.kind === 'rejected');
  if (rejected.length === 0) return;
  const rows = rejected.map((each) => rejectOf(context, each));
  await recordRejects(
    tx,
    rows.map((each) => each.reject),
    { now: instantOf(context.clock.now()), runId: context.runId },
  );
  await tx.query(
    `update tierlink.pending_write p set state = r.state, not_before = r.not_before
     from jsonb_to_recordset($4::jsonb) as r(record_id text, ref text, state text, not_before timestamptz)
     where p.connection = $1 and p.object = $2 and p.entity = $3 and p.record_id = r.record_id and p.ref = r.ref`,
    [connection, plan.object, plan.entity, JSON.stringify(rows.map((each) => each.pending))],
  );
  await forgetBlame(tx, context, rejected);
}

/** Refused as duplicates without our id just the same: it was not what the CRM meant. */
async function forgetBlame(tx: Tx, context: PushContext, rejected: readonly Settled[]): Promise<void> {
  const { connection, plan } = context;
  const key = plan.mapping.key ?? '';
  const duplicates = rejected.filter(
    ({ row, result }) =>
      result.kind === 'rejected' && result.code === 'CRM_DUPLICATE' && row.fields[key] === undefined,
  );
  if (duplicates.length === 0) return;
  await tx.query(
    `delete from tierlink.reject where connection = $1 and object = $2 and entity = $3 and direction = 'out'
       and record_id = any($4::text[]) and attribute = $5`,
    [connection, plan.object, plan.entity, duplicates.map(({ row }) => row.recordId), idAttribute],
  );
}

interface RejectedRow {
  reject: NewReject;
  pending: { record_id: string; ref: string; state: 'due' | 'rejected'; not_before: string | null };
}

function rejectOf(context: PushContext, { row, result }: Settled): RejectedRow {
  if (result.kind !== 'rejected') throw new Error('only rejected writes have a reject');
  const healsItself = result.retry !== 'never';
  const retryAt = healsItself ? instantOf(nextAttempt(context, row.attempts)) : null;
  return {
    reject: rejectFor(context, row, { ...result, retryAt }),
    pending: {
      record_id: row.recordId,
      ref: refOf(row),
      state: healsItself ? 'due' : 'rejected',
      not_before: retryAt,
    },
  };
}

function rejectFor(
  { connection, plan }: PushContext,
  row: InFlight,
  why: Cause & { field?: string; retry: RetryClass; retryAt: string | null },
): NewReject {
  return {
    connection,
    object: plan.object,
    entity: plan.entity,
    direction: 'out',
    recordId: row.recordId,
    crmId: row.crmId ?? '',
    code: why.code,
    vendorCode: why.vendorCode,
    message: why.message,
    retry: why.retry,
    ...(why.retryAt === null ? {} : { retryAt: why.retryAt }),
    payload: { field: why.field ?? '', crmId: row.crmId, fields: row.fields },
  };
}

const firstDelayMs = 5_000;
const longestDelayMs = 900_000;
const attemptsAtOnce = 4;

/** Twice as long after each attempt, somewhere in the upper half of that time, so that records do not come back together. */
function nextAttempt(context: PushContext, attempts: number): number {
  const delayMs = Math.min(longestDelayMs, firstDelayMs * 2 ** Math.max(0, attempts - 1));
  return context.clock.now() + Math.round(delayMs * (0.5 + context.random() / 2));
}

/**
 * At once at first; a record that never gets through waits longer each time, so that a run comes to its end, and what the
 * CRM keeps saying about it is listed among the rejects.
 */
export async function sendAgain(
  tx: Executor,
  context: PushContext,
  settled: readonly Settled[],
): Promise<void> {
  const again = settled.flatMap(({ row, result }) =>
    result.kind === 'again' ? [{ row, cause: result.cause }] : [],
  );
  await releaseRows(
    tx,
    context,
    again.map(({ row }) => row),
  );
  const late = again
    .filter(({ row }) => row.attempts >= attemptsAtOnce)
    .map((each) => ({ ...each, notBefore: instantOf(nextAttempt(context, each.row.attempts)) }));
  if (late.length === 0) return;
  const { connection, plan } = context;
  await tx.query(
    `update tierlink.pending_write p set not_before = r.not_before
     from jsonb_to_recordset($4::jsonb) as r(record_id text, ref text, not_before timestamptz)
     where p.connection = $1 and p.object = $2 and p.entity = $3 and p.record_id = r.record_id and p.ref = r.ref`,
    [
      connection,
      plan.object,
      plan.entity,
      JSON.stringify(
        late.map(({ row, notBefore }) => ({
          record_id: row.recordId,
          ref: refOf(row),
          not_before: notBefore,
        })),
      ),
    ],
  );
  const rejects = late.flatMap(({ row, cause, notBefore }) =>
    cause === undefined ? [] : [rejectFor(context, row, { ...cause, retry: 'backoff', retryAt: notBefore })],
  );
  await recordRejects(tx, rejects, { now: instantOf(context.clock.now()), runId: context.runId });
}

/**
 * Keeps the refusal of our id and puts the rows back: with it there, the comparison that takes them up again leaves the id
 * out.
 */
export async function sendUnstamped(
  tx: Executor,
  context: PushContext,
  settled: readonly Settled[],
): Promise<void> {
  const { connection, plan, clock, runId } = context;
  const field = plan.mapping.key ?? '';
  const refused = settled.flatMap(({ row, result }) =>
    result.kind === 'unstamped' ? [{ row, cause: result.cause }] : [],
  );
  const rejects = refused.map(
    ({ row, cause }): NewReject => ({
      connection,
      object: plan.object,
      entity: plan.entity,
      direction: 'out',
      recordId: row.recordId,
      crmId: row.crmId ?? '',
      attribute: idAttribute,
      code: 'RECORD_ID_TAKEN',
      message: new TierlinkError('RECORD_ID_TAKEN', { field, reason: cause.message }).message,
      payload: { field, crmId: row.crmId },
    }),
  );
  await recordRejects(tx, rejects, { now: instantOf(clock.now()), runId });
  await releaseRows(
    tx,
    context,
    refused.map(({ row }) => row),
  );
}

/** Each look costs a call, and nothing tells when the record can be seen again. */
const unseenDelayMs = 3_600_000;

const whyUnseen =
  'The record cannot be seen: it was deleted, or sharing hides it. Whether the last write arrived is looked up once it can.';

/** The rows stay in flight: sent again unseen, our own earlier value would be taken for somebody's edit. */
export async function lookLater(
  tx: Executor,
  context: PushContext,
  settled: readonly Settled[],
): Promise<void> {
  const unseen = settled.filter(({ result }) => result.kind === 'unseen').map(({ row }) => row);
  if (unseen.length === 0) return;
  const { connection, plan, clock, runId } = context;
  const retryAt = instantOf(clock.now() + unseenDelayMs);
  const cause: Cause = { code: 'CRM_GONE', vendorCode: '', message: whyUnseen };
  const rejects = unseen.map((row) => rejectFor(context, row, { ...cause, retry: 'backoff', retryAt }));
  await recordRejects(tx, rejects, { now: instantOf(clock.now()), runId });
  await tx.query(
    `update tierlink.pending_write set not_before = $5::timestamptz
     where connection = $1 and object = $2 and entity = $3 and state = 'in_flight'
       and (record_id, ref) in (select * from unnest($4::text[], $6::text[]))`,
    [
      connection,
      plan.object,
      plan.entity,
      unseen.map(({ recordId }) => recordId),
      retryAt,
      unseen.map(refOf),
    ],
  );
}

/** Puts rows back so that they are sent again at once. */
export async function releaseRows(
  tx: Executor,
  context: PushContext,
  rows: readonly InFlight[],
): Promise<void> {
  if (rows.length === 0) return;
  const { connection, plan } = context;
  await tx.query(
    `update tierlink.pending_write set state = 'due', not_before = null, sent_at = null
     where connection = $1 and object = $2 and entity = $3 and state = 'in_flight'
       and (record_id, ref) in (select * from unnest($4::text[], $5::text[]))`,
    [connection, plan.object, plan.entity, rows.map(({ recordId }) => recordId), rows.map(refOf)],
  );
}
