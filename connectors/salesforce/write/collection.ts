import { isTierlinkError } from '../../../src/errors.ts';
import { faultOf } from '../../shared/call-failed.ts';
import { backOff } from '../../shared/retries.ts';
import { isRowError, rejected, unknownOutcome } from '../../shared/write-outcome.ts';
import type { Context } from '../context.ts';
import { entryFault } from '../errors.ts';
import { mannersHeaders } from '../manners.ts';
import { name } from '../soql.ts';
import type { LaneRequest } from '../write.ts';
import { isLocked, rejectedBy } from './outcome.ts';
import type { PreparedRow } from './rows.ts';

/** Most records that a collection call takes. */
const MOST_ROWS = 200;

interface ItemResult {
  id?: string;
  success: boolean;
  created?: boolean;
  errors: Record<string, unknown>[];
}

/**
 * Rows in collections. Rows that met a lock are tried again alone, after a pause with jitter, in batches half as
 * large; each batch without a lock lets the next one grow again.
 */
export async function writeCollections(context: Context, lane: LaneRequest): Promise<void> {
  const most = Math.min(MOST_ROWS, lane.request.together ?? MOST_ROWS);
  let open = [...lane.rows];
  let size = most;
  for (let tries = 0; open.length > 0; tries += 1) {
    const locked: PreparedRow[] = [];
    for (let from = 0; from < open.length; ) {
      lane.request.signal?.throwIfAborted();
      const batch = open.slice(from, from + size);
      from += batch.length;
      const again = await writeBatch(context, lane, {
        rows: batch,
        isFinal: tries >= context.options.retries,
      });
      locked.push(...again);
      size = again.length > 0 ? Math.max(1, Math.floor(size / 2)) : Math.min(most, size * 2);
    }
    if (locked.length > 0)
      await context.host.sleep(backOff(tries, context.host.random()), lane.request.signal);
    open = locked;
  }
}

interface Batch {
  rows: readonly PreparedRow[];
  /** No further attempt follows: locked rows are settled as rejected. */
  isFinal: boolean;
}

/** Sends one batch; returns the rows that met a lock. A batch refused as a whole is halved down to the row at fault. */
async function writeBatch(context: Context, lane: LaneRequest, batch: Batch): Promise<PreparedRow[]> {
  try {
    const items = await sendBatch(context, lane, batch.rows);
    return batch.rows.filter((row, index) =>
      settleItem(context, lane, { row, item: items[index], isFinal: batch.isFinal }),
    );
  } catch (error) {
    if (isTierlinkError(error, 'CRM_OUTCOME_UNKNOWN')) {
      const { connection } = context.host;
      for (const row of batch.rows) lane.settle(unknownOutcome(row.ref, connection, faultOf(error)));
      return [];
    }
    if (!isRowError(error) || faultOf(error)?.status !== 400) throw error;
    const [only] = batch.rows;
    if (batch.rows.length === 1 && only !== undefined) {
      lane.settle(rejected(only.ref, { error }));
      return [];
    }
    const half = Math.ceil(batch.rows.length / 2);
    const left = await writeBatch(context, lane, { ...batch, rows: batch.rows.slice(0, half) });
    return [...left, ...(await writeBatch(context, lane, { ...batch, rows: batch.rows.slice(half) }))];
  }
}

async function sendBatch(
  context: Context,
  { request }: LaneRequest,
  rows: readonly PreparedRow[],
): Promise<ItemResult[]> {
  const isUpdate = request.operation === 'update';
  const keyField = isUpdate ? 'id' : name(request.keyField ?? 'Id');
  return await context.client.json<ItemResult[]>({
    method: 'PATCH',
    path: isUpdate ? '/composite/sobjects' : `/composite/sobjects/${name(request.object)}/${keyField}`,
    kind: 'collection',
    object: request.object,
    headers: mannersHeaders(request.manners),
    body: {
      allOrNone: false,
      records: rows.map((row) => ({
        attributes: { type: request.object },
        ...row.json,
        [keyField]: row.target,
      })),
    },
    signal: request.signal,
  });
}

/** Settles a row, or says that it met a lock and should be sent again. */
function settleItem(
  context: Context,
  lane: LaneRequest,
  { row, item, isFinal }: { row: PreparedRow; item: ItemResult | undefined; isFinal: boolean },
): boolean {
  if (item?.success === true) {
    const id = item.id ?? (lane.request.operation === 'update' ? row.target : undefined);
    const outcome = item.created === true ? 'created' : 'updated';
    lane.settle({ ref: row.ref, ...(id === undefined ? {} : { id }), outcome });
    return false;
  }
  const fault = entryFault(
    item?.errors[0] ?? { statusCode: 'UNKNOWN', message: 'the answer has no entry for the row' },
  );
  if (isLocked(fault) && !isFinal) return true;
  const { connection } = context.host;
  lane.settle(
    rejectedBy(row.ref, fault, { connection, now: context.host.now(), object: lane.request.object }),
  );
  return false;
}
