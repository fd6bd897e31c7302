import { isTierlinkError } from '../../../src/errors.ts';
import { faultOf } from '../../shared/call-failed.ts';
import { isRowError, rejected, unknownOutcome } from '../../shared/write-outcome.ts';
import type { Context } from '../context.ts';
import { payloadJson } from '../payload-json.ts';
import type { LaneRequest } from '../write.ts';
import { isRace, keptBy, refusedBy } from './outcome.ts';
import type { Sending } from './plan.ts';

/** One row in one request. The line waits and tries again by itself where the platform turned the request away. */
export async function writeSingle(context: Context, lane: LaneRequest, sending: Sending): Promise<void> {
  const { row } = sending;
  try {
    lane.settle(keptBy(lane, sending, await send(context, lane, sending)));
  } catch (error) {
    const fault = faultOf(error);
    if (isTierlinkError(error, 'CRM_OUTCOME_UNKNOWN'))
      lane.settle(unknownOutcome(row.ref, context.host.connection, fault));
    else if (!isRowError(error)) throw error;
    else if (isRace(lane, fault) && !lane.isRepeat) lane.again.push(row);
    else if (fault === undefined) lane.settle(rejected(row.ref, { error }));
    else lane.settle(refusedBy(context, lane, sending, fault));
  }
}

async function send(context: Context, { request }: LaneRequest, { operations }: Sending) {
  const [operation] = operations;
  return await context.client.send({
    method: operation?.method ?? 'PATCH',
    path: operation?.path ?? '',
    kind: 'record',
    table: request.object,
    headers: { ...operation?.headers, 'Content-Type': 'application/json; charset=utf-8' },
    body: payloadJson(operation?.body),
    signal: request.signal,
  });
}
