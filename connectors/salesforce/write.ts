import type { WriteRequest, WriteResult } from '../../src/sync/connector.ts';
import { notSent } from '../shared/write-outcome.ts';
import { waves } from '../shared/write-waves.ts';
import type { Context } from './context.ts';
import { convertedLeads } from './converted-leads.ts';
import { writeBulk } from './write/bulk.ts';
import { writeCollections } from './write/collection.ts';
import { type PreparedRow, prepareRows } from './write/rows.ts';
import { writeSingle } from './write/single.ts';

/** What a lane is given: rows of distinct targets, those of one parent side by side. */
export interface LaneRequest {
  request: WriteRequest;
  rows: readonly PreparedRow[];
  /** Takes each result as soon as it is known, so that none is lost when a later call fails. */
  settle(result: WriteResult): void;
  /** Told when a bulk job begins to run and when its results are in. */
  running(isRunning: boolean): void;
}

/**
 * Writes rows through the lane with the fewest calls: one by itself, up to `bulkWriteFrom` in collections of 200,
 * above it as a Bulk API 2.0 job. One result per row, in the order of the rows. Throws when nothing was written, and
 * when a bulk job was left running: the next call takes it up again by its id. Rows that a failure kept from being
 * sent after others went through are rejected with that failure's code and retry class.
 *
 * A lost answer makes its rows `unknown` instead of repeating them: every row has an id or a key, so reading tells
 * whether it was kept, and repeating would set off the org's automation twice.
 */
export async function write(context: Context, request: WriteRequest): Promise<WriteResult[]> {
  const results = new Map<string, WriteResult>();
  const settle = (result: WriteResult): void => {
    results.set(result.ref, result);
  };
  let jobRuns = false;
  const running = (isRunning: boolean): void => {
    jobRuns = isRunning;
  };
  const { rows, settled } = await prepareRows(context, request);
  for (const result of settled) settle(result);
  const open = await convertedLeads(context, { request, rows, settle, running });
  try {
    for (const [index, wave] of waves(open).entries()) {
      const part = index === 0 ? request : withoutBulk(request);
      await writeWave(context, { request: part, rows: wave, settle, running });
    }
  } catch (error) {
    if (jobRuns || results.size === settled.length) throw error;
    context.host.log('warn', 'a write stopped half-way', { object: request.object, done: results.size });
    for (const row of open) if (!results.has(row.ref)) settle(notSent(row.ref, error));
  }
  return request.rows.map((row) => results.get(row.ref) ?? notSent(row.ref, undefined));
}

function withoutBulk(request: WriteRequest): WriteRequest {
  const { bulk: _done, ...rest } = request;
  return rest;
}

async function writeWave(context: Context, lane: LaneRequest): Promise<void> {
  const { request, rows } = lane;
  request.signal?.throwIfAborted();
  if (request.bulk !== undefined || isForBulk(context, lane)) {
    const fits = rows.filter((row) => row.fitsCsv);
    const locked = await writeBulk(context, { ...lane, rows: fits });
    await writeCollections(context, { ...lane, rows: [...rows.filter((row) => !row.fitsCsv), ...locked] });
  } else if (rows.length === 1 && rows.every(fitsPath)) await writeSingle(context, lane);
  else await writeCollections(context, lane);
}

/** Dots alone would be taken for steps in a path, encoded or not. */
function fitsPath(row: PreparedRow): boolean {
  return !/^\.{1,2}$/.test(row.target);
}

/** Bulk jobs know neither the duplicate header nor the org's default assignment rule, nor how many rows go together. */
function isForBulk(context: Context, { request, rows }: LaneRequest): boolean {
  if (request.together !== undefined) return false;
  if (request.manners.allowDuplicates || request.manners.assignmentRules) return false;
  return rows.length > context.options.bulkWriteFrom;
}
