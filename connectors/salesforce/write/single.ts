import { isTierlinkError, type TierlinkError } from '../../../src/errors.ts';
import type { WriteResult } from '../../../src/sync/connector.ts';
import { faultOf } from '../../shared/call-failed.ts';
import { backOff } from '../../shared/retries.ts';
import { isRowError, rejected, unknownOutcome } from '../../shared/write-outcome.ts';
import type { Context } from '../context.ts';
import { mannersHeaders } from '../manners.ts';
import { name } from '../soql.ts';
import type { LaneRequest } from '../write.ts';
import type { PreparedRow } from './rows.ts';

/** One row in one call. A locked record is tried again with growing pauses. */
export async function writeSingle(context: Context, lane: LaneRequest): Promise<void> {
  for (const row of lane.rows) lane.settle(await writeRow(context, lane, row));
}

async function writeRow(context: Context, lane: LaneRequest, row: PreparedRow): Promise<WriteResult> {
  for (let tries = 0; ; tries += 1) {
    try {
      return await sendRow(context, lane, row);
    } catch (error) {
      if (isTierlinkError(error, 'CRM_OUTCOME_UNKNOWN'))
        return unknownOutcome(row.ref, context.host.connection, faultOf(error));
      if (!isRowError(error)) throw error;
      if (!isWorthAnother(error) || tries >= context.options.retries) return rejected(row.ref, { error });
      await context.host.sleep(backOff(tries, context.host.random()), lane.request.signal);
    }
  }
}

function isWorthAnother(error: TierlinkError): boolean {
  return error.code === 'CRM_LOCKED';
}

async function sendRow(context: Context, { request }: LaneRequest, row: PreparedRow): Promise<WriteResult> {
  const place = request.operation === 'update' ? '' : `${name(request.keyField ?? 'Id')}/`;
  const answer = await context.client.send({
    method: 'PATCH',
    path: `/sobjects/${name(request.object)}/${place}${encodeURIComponent(row.target)}`,
    kind: 'record',
    object: request.object,
    headers: mannersHeaders(request.manners),
    body: row.json,
    signal: request.signal,
  });
  const body = answer.body === '' ? {} : (JSON.parse(answer.body) as { id?: string; created?: boolean });
  const id = body.id ?? (request.operation === 'update' ? row.target : undefined);
  const outcome = body.created === true || answer.status === 201 ? 'created' : 'updated';
  return { ref: row.ref, ...(id === undefined ? {} : { id }), outcome };
}
