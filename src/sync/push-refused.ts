import { instantOf } from '../model/clock.ts';
import type { Executor, Tx } from '../store/store.ts';
import type { PushContext } from './push-context.ts';
import type { Settled } from './push-settle.ts';
import { type NewReject, recordRejects } from './reject-record.ts';

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
     from jsonb_to_recordset($4::jsonb) as r(record_id text, state text, not_before timestamptz)
     where p.connection = $1 and p.object = $2 and p.entity = $3 and p.record_id = r.record_id`,
    [connection, plan.object, plan.entity, JSON.stringify(rows.map((each) => each.pending))],
  );
}

interface RejectedRow {
  reject: NewReject;
  pending: { record_id: string; state: 'due' | 'rejected'; not_before: string | null };
}

function rejectOf(context: PushContext, { row, result }: Settled): RejectedRow {
  if (result.kind !== 'rejected') throw new Error('only rejected writes have a reject');
  const { connection, plan } = context;
  const healsItself = result.retry !== 'never';
  const retryAt = healsItself ? instantOf(nextAttempt(context, row.attempts)) : null;
  return {
    reject: {
      connection,
      object: plan.object,
      entity: plan.entity,
      direction: 'out',
      recordId: row.recordId,
      code: result.code,
      vendorCode: result.vendorCode,
      message: result.message,
      retry: result.retry,
      ...(retryAt === null ? {} : { retryAt }),
      payload: { field: result.field ?? '', crmId: row.crmId, fields: row.fields },
    },
    pending: { record_id: row.recordId, state: healsItself ? 'due' : 'rejected', not_before: retryAt },
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

/** At once at first; a record that never gets through waits longer each time, so that a run comes to its end. */
export async function sendAgain(
  tx: Executor,
  context: PushContext,
  settled: readonly Settled[],
): Promise<void> {
  const again = settled.filter(({ result }) => result.kind === 'again').map(({ row }) => row);
  await releaseRows(
    tx,
    context,
    again.map((row) => row.recordId),
  );
  const late = again
    .filter((row) => row.attempts >= attemptsAtOnce)
    .map((row) => ({ record_id: row.recordId, not_before: instantOf(nextAttempt(context, row.attempts)) }));
  if (late.length === 0) return;
  const { connection, plan } = context;
  await tx.query(
    `update tierlink.pending_write p set not_before = r.not_before
     from jsonb_to_recordset($4::jsonb) as r(record_id text, not_before timestamptz)
     where p.connection = $1 and p.object = $2 and p.entity = $3 and p.record_id = r.record_id`,
    [connection, plan.object, plan.entity, JSON.stringify(late)],
  );
}

/** Puts rows back so that they are sent again at once. */
export async function releaseRows(
  tx: Executor,
  context: PushContext,
  recordIds: readonly string[],
): Promise<void> {
  if (recordIds.length === 0) return;
  const { connection, plan } = context;
  await tx.query(
    `update tierlink.pending_write set state = 'due', not_before = null, sent_at = null
     where connection = $1 and object = $2 and entity = $3 and record_id = any($4::text[]) and state = 'in_flight'`,
    [connection, plan.object, plan.entity, [...recordIds]],
  );
}
