import type { WriteRequest, WriteResult } from '../../src/sync/connector.ts';
import { notSent } from '../shared/write-outcome.ts';
import { waves } from '../shared/write-waves.ts';
import type { Context } from './context.ts';
import { writeBatches } from './write/batch.ts';
import { writeMultiple } from './write/multiple.ts';
import { planSendings, type Sending } from './write/plan.ts';
import { resolveReferences } from './write/references.ts';
import { type PreparedRow, prepareRows } from './write/rows.ts';
import { writeSingle } from './write/single.ts';
import { type WriteTable, writeTable } from './write/table.ts';

/** What a lane is given: sendings of distinct targets, those of one parent side by side. */
export interface LaneRequest {
  request: WriteRequest;
  table: WriteTable;
  /** Rows that somebody else's write came before: they are planned and sent once more. */
  again: PreparedRow[];
  isRepeat: boolean;
  /** Takes each result as soon as it is known, so that none is lost when a later call fails. */
  settle(result: WriteResult): void;
}

/**
 * Writes rows through the lane with the fewest requests: one by itself, some as a $batch, in which each row fails for
 * itself, more by UpsertMultiple or UpdateMultiple. One result per row, in the order of the rows. Throws when nothing was
 * written; rows that a failure kept from being sent after others went through are rejected with that failure's code and
 * retry class.
 *
 * A lost answer makes its rows `unknown` instead of repeating them: every row has an id or a key, so reading tells whether
 * it was kept, and repeating would set off the environment's automation twice.
 */
export async function write(context: Context, request: WriteRequest): Promise<WriteResult[]> {
  if (request.rows.length === 0) return [];
  const results = new Map<string, WriteResult>();
  const table = await writeTable(context, request);
  const lane: LaneRequest = {
    request,
    table,
    again: [],
    isRepeat: false,
    settle: (result) => {
      results.set(result.ref, result);
    },
  };
  const prepared = await resolveReferences(context, lane, await prepareRows(context, lane));
  const settledBefore = results.size;
  try {
    for (const wave of waves(prepared)) {
      await writeWave(context, lane, wave);
      const again = lane.again.splice(0);
      if (again.length > 0) await writeWave(context, { ...lane, isRepeat: true }, again);
    }
  } catch (error) {
    if (results.size === settledBefore) throw error;
    context.host.log('warn', 'a write stopped half-way', { object: request.object, done: results.size });
    for (const row of prepared) if (!results.has(row.ref)) lane.settle(notSent(row.ref, error));
  }
  return request.rows.map((row) => results.get(row.ref) ?? notSent(row.ref, undefined));
}

async function writeWave(context: Context, lane: LaneRequest, rows: readonly PreparedRow[]): Promise<void> {
  lane.request.signal?.throwIfAborted();
  const sendings = await planSendings(context, lane, rows);
  const [only] = sendings;
  if (sendings.length === 1 && only?.operations.length === 1) {
    await writeSingle(context, lane, only);
    return;
  }
  if (lane.request.together !== undefined) {
    // In a bulk message one row's failure is that of all.
    await writeBatches(context, lane, sendings);
    return;
  }
  const { bulk, rest } = split(sendings, context.options);
  const left = await writeMultiple(context, lane, bulk);
  await writeBatches(context, lane, [...rest, ...left]);
}

/** Whole pages of bulk messages first; what remains joins the others in a batch where it fits into one. */
function split(
  sendings: readonly Sending[],
  { rowsPerWrite, rowsPerBatch }: Pick<Context['options'], 'rowsPerWrite' | 'rowsPerBatch'>,
): { bulk: readonly Sending[]; rest: readonly Sending[] } {
  const able = sendings.filter((sending) => sending.target !== undefined);
  const others = sendings.filter((sending) => sending.target === undefined);
  const remainder = able.length % rowsPerWrite;
  const tail = remainder + others.length <= rowsPerBatch ? remainder : 0;
  const cut = able.length - tail;
  return { bulk: able.slice(0, cut), rest: [...others, ...able.slice(cut)] };
}
