import { randomUUID } from 'node:crypto';
import { isTierlinkError } from '../../../src/errors.ts';
import { faultOf, retryAfterMs, type VendorFault } from '../../shared/call-failed.ts';
import { backOff } from '../../shared/retries.ts';
import { unknownOutcome } from '../../shared/write-outcome.ts';
import { type BatchAnswer, batchBody, readBatch } from '../batch.ts';
import { rootOf } from '../client.ts';
import type { Context } from '../context.ts';
import type { LaneRequest } from '../write.ts';
import { faultIn, isInDoubt, isRace, keptBy, passes, refusedBy } from './outcome.ts';
import type { Sending } from './plan.ts';

/**
 * Rows as batches, each row by itself and so failing by itself. Rows that met a lock or a limit are tried again alone, after
 * a pause, in batches half as large; each batch without them lets the next one grow again.
 */
export async function writeBatches(
  context: Context,
  lane: LaneRequest,
  sendings: readonly Sending[],
): Promise<void> {
  const { rowsPerBatch } = context.options;
  const most = Math.min(rowsPerBatch, lane.request.together ?? rowsPerBatch);
  let open = sendings;
  let size = most;
  for (let tries = 0; open.length > 0; tries += 1) {
    const passing: Passing[] = [];
    for (let from = 0; from < open.length; ) {
      lane.request.signal?.throwIfAborted();
      const batch = open.slice(from, from + size);
      from += batch.length;
      const again = await writeBatch(context, lane, { batch, isFinal: tries >= context.options.retries });
      passing.push(...again);
      size = again.length > 0 ? Math.max(1, Math.floor(size / 2)) : Math.min(most, size * 2);
    }
    open = passing.map(({ sending }) => sending);
    if (open.length > 0) await pause(context, lane, { passing, tries });
  }
}

/** A row that was turned away, and how long the platform asks to wait. */
interface Passing {
  sending: Sending;
  waitMs: number | undefined;
}

async function pause(
  { host }: Context,
  { request }: LaneRequest,
  { passing, tries }: { passing: readonly Passing[]; tries: number },
): Promise<void> {
  const asked = passing.map(({ waitMs }) => waitMs ?? 0);
  await host.sleep(Math.max(backOff(tries, host.random()), ...asked), request.signal);
}

interface Batch {
  batch: readonly Sending[];
  /** No further attempt follows: rows that would be tried again are settled as rejected. */
  isFinal: boolean;
}

async function writeBatch(
  context: Context,
  lane: LaneRequest,
  { batch, isFinal }: Batch,
): Promise<Passing[]> {
  let answers: BatchAnswer[][];
  try {
    answers = await sendBatch(context, lane, batch);
  } catch (error) {
    if (!isTierlinkError(error, 'CRM_OUTCOME_UNKNOWN')) throw error;
    const { connection } = context.host;
    for (const { row } of batch) lane.settle(unknownOutcome(row.ref, connection, faultOf(error)));
    return [];
  }
  return batch.flatMap((sending, index) => {
    const failed = settleAnswer(context, lane, sending, answers[index] ?? []);
    if (failed === undefined) return [];
    if (!isFinal) return [{ sending, waitMs: failed.waitMs }];
    lane.settle(refusedBy(context, lane, sending, failed.fault));
    return [];
  });
}

async function sendBatch(
  context: Context,
  { request }: LaneRequest,
  batch: readonly Sending[],
): Promise<BatchAnswer[][]> {
  const boundary = `batch_${randomUUID()}`;
  const answer = await context.client.send({
    method: 'POST',
    path: '$batch',
    kind: 'batch',
    table: request.object,
    headers: {
      'Content-Type': `multipart/mixed; boundary=${boundary}`,
      Prefer: 'odata.continue-on-error',
    },
    body: batchBody(
      batch.map(({ operations }) => operations),
      { root: rootOf(context.options), boundary },
    ),
    signal: request.signal,
  });
  return readBatch(answer.headers['content-type'] ?? '', answer.body);
}

/** Settles a row, or tells the refusal for which it should be sent again. A row without an answer may have been written. */
function settleAnswer(
  context: Context,
  lane: LaneRequest,
  sending: Sending,
  answers: readonly BatchAnswer[],
): { fault: VendorFault; waitMs: number | undefined } | undefined {
  const failed = answers.find((answer) => answer.status >= 400);
  const fault = failed === undefined ? undefined : faultIn(failed);
  const [first] = answers;
  if (first === undefined || (fault !== undefined && isInDoubt(fault)))
    lane.settle(unknownOutcome(sending.row.ref, context.host.connection, fault));
  else if (fault === undefined) lane.settle(keptBy(lane, sending, first));
  else if (passes(fault)) {
    const waitMs = retryAfterMs(failed?.headers['retry-after']);
    context.client.heed(fault, waitMs);
    return { fault, waitMs };
  } else if (isRace(lane, fault) && !lane.isRepeat) lane.again.push(sending.row);
  else lane.settle(refusedBy(context, lane, sending, fault));
  return undefined;
}
