import { parse } from 'csv-parse/sync';
import { stringify } from 'csv-stringify/sync';
import { isTierlinkError } from '../../../src/errors.ts';
import type { WriteResult } from '../../../src/sync/connector.ts';
import { faultOf, type VendorFault } from '../../shared/call-failed.ts';
import type { Context } from '../context.ts';
import { parseBulkFault } from '../errors.ts';
import { type JobInfo, jobInfo, waitForJob } from '../jobs.ts';
import type { LaneRequest } from '../write.ts';
import { isLocked, rejectedBy } from './outcome.ts';
import type { PreparedRow } from './rows.ts';

/** The platform takes 150 MB after its own encoding, which adds up to half; this many bytes stay below it. */
const MOST_BYTES = 90_000_000;

/**
 * Rows as Bulk API 2.0 jobs. Each job's id is given away before its rows are processed; a job of an earlier process
 * is taken up where it stands, and one that never got to processing is given up and done again. Results are matched
 * by our own key column, since their order means nothing. Returns the rows that met a lock.
 */
export async function writeBulk(context: Context, lane: LaneRequest): Promise<PreparedRow[]> {
  const locked: PreparedRow[] = [];
  let open = lane.rows;
  if (lane.request.bulk !== undefined) {
    const resumed = await resumeJob(context, lane, lane.request.bulk);
    locked.push(...resumed.locked);
    open = resumed.open;
  }
  for (const part of parts(open, keyColumn(lane))) {
    const job = await startJob(context, lane, part);
    locked.push(...(await collect(context, { ...lane, rows: part.rows }, job)).locked);
  }
  return locked;
}

function keyColumn({ request }: LaneRequest): string {
  return request.operation === 'update' ? 'Id' : (request.keyField ?? 'Id');
}

interface Part {
  rows: PreparedRow[];
  csv: string;
}

/** Rows with differing fields share one header: an empty cell leaves its field untouched. */
export function parts(rows: readonly PreparedRow[], key: string, mostBytes = MOST_BYTES): Part[] {
  if (rows.length === 0) return [];
  const columns = [...new Set(rows.flatMap((row) => [...row.csv.keys()]))];
  const lines = rows.map((row) => [row.target, ...columns.map((column) => row.csv.get(column) ?? '')]);
  const csv = stringify([[key, ...columns], ...lines]);
  if (rows.length === 1 || Buffer.byteLength(csv) <= mostBytes) return [{ rows: [...rows], csv }];
  const half = Math.ceil(rows.length / 2);
  return [...parts(rows.slice(0, half), key, mostBytes), ...parts(rows.slice(half), key, mostBytes)];
}

async function startJob(context: Context, lane: LaneRequest, part: Part): Promise<string> {
  for (let tries = 0; ; tries += 1) {
    const job = await createJob(context, lane);
    await lane.request.onBulkJob?.(
      job,
      part.rows.map((row) => row.ref),
    );
    try {
      await upload(context, job, part.csv);
    } catch (error) {
      // Nothing is processed before the job is told that its data is complete, so a doubtful upload is thrown away.
      await abort(context, job);
      if (!isTierlinkError(error, 'CRM_OUTCOME_UNKNOWN') || tries >= context.options.retries) throw error;
      continue;
    }
    lane.running(true);
    await markComplete(context, job);
    return job;
  }
}

async function createJob(context: Context, { request }: LaneRequest): Promise<string> {
  const info = await context.client.json<JobInfo>({
    method: 'POST',
    path: '/jobs/ingest',
    kind: 'bulk',
    object: request.object,
    body: {
      object: request.object,
      operation: request.operation,
      ...(request.operation === 'upsert' ? { externalIdFieldName: request.keyField ?? 'Id' } : {}),
      contentType: 'CSV',
      columnDelimiter: 'COMMA',
      lineEnding: 'LF',
    },
    // An empty job whose answer was lost does nothing and goes away by itself.
    repeatable: true,
    signal: request.signal,
  });
  return info.id;
}

async function upload(context: Context, job: string, csv: string): Promise<void> {
  await context.client.send({
    method: 'PUT',
    path: `/jobs/ingest/${job}/batches`,
    kind: 'bulk',
    headers: { 'content-type': 'text/csv; charset=UTF-8' },
    body: csv,
  });
}

/** Said twice, the second one is refused: what counts is that the job is no longer open. */
async function markComplete(context: Context, job: string): Promise<void> {
  try {
    await setState(context, job, 'UploadComplete');
  } catch (error) {
    if (faultOf(error) === undefined || (await jobInfo(context, `/jobs/ingest/${job}`)).state === 'Open')
      throw error;
  }
}

async function setState(context: Context, job: string, state: 'UploadComplete' | 'Aborted'): Promise<void> {
  const path = `/jobs/ingest/${job}`;
  await context.client.send({ method: 'PATCH', path, kind: 'bulk', body: { state }, repeatable: true });
}

async function abort(context: Context, job: string): Promise<void> {
  try {
    await setState(context, job, 'Aborted');
  } catch (error) {
    context.host.log('debug', 'an unused bulk job could not be aborted', { job, reason: String(error) });
  }
}

interface Collected {
  locked: PreparedRow[];
  /** Rows that the job says nothing about. */
  open: PreparedRow[];
}

async function resumeJob(context: Context, lane: LaneRequest, job: string): Promise<Collected> {
  const info = await orGone(async () => await jobInfo(context, `/jobs/ingest/${job}`, lane.request.signal));
  if (info === undefined || info.state === 'Aborted') return { locked: [], open: [...lane.rows] };
  if (info.state === 'Open') {
    await abort(context, job);
    return { locked: [], open: [...lane.rows] };
  }
  return await collect(context, lane, job, true);
}

async function orGone<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (faultOf(error)?.status === 404) return undefined;
    throw error;
  }
}

/** Waits for a job and settles its rows. Rows without a result are left open when resuming, else refused. */
async function collect(
  context: Context,
  lane: LaneRequest,
  job: string,
  resuming = false,
): Promise<Collected> {
  const path = `/jobs/ingest/${job}`;
  lane.running(true);
  const info = await waitForJob(context, path, lane.request.signal);
  const key = keyColumn(lane);
  const failed = info.numberRecordsFailed ?? 0;
  const worked = (info.numberRecordsProcessed ?? 0) > failed;
  const successes = worked
    ? await results(context, `${path}/successfulResults`, key)
    : new Map<string, ResultRow>();
  const refused =
    failed > 0 ? await results(context, `${path}/failedResults`, key) : new Map<string, ResultRow>();
  lane.running(false);
  const collected: Collected = { locked: [], open: [] };
  for (const row of lane.rows) {
    const success = successes.get(row.target);
    const failure = refused.get(row.target);
    if (success !== undefined) lane.settle(kept(row.ref, success));
    else if (failure !== undefined)
      settleFailure(context, { lane, row, fault: parseBulkFault(failure.sf__Error ?? '') }, collected);
    else if (resuming) collected.open.push(row);
    else settleFailure(context, { lane, row, fault: jobFault(info) }, collected);
  }
  return collected;
}

/** A success that does not say which record it made cannot be linked: reading by its key tells. */
function kept(ref: string, { sf__Id: id, sf__Created: created }: ResultRow): WriteResult {
  if (id === undefined || id === '') return { ref, outcome: 'unknown' };
  return { ref, id, outcome: created === 'true' ? 'created' : 'updated' };
}

function settleFailure(
  context: Context,
  { lane, row, fault }: { lane: LaneRequest; row: PreparedRow; fault: VendorFault },
  collected: Collected,
): void {
  if (isLocked(fault)) {
    collected.locked.push(row);
    return;
  }
  const place = { connection: context.host.connection, now: context.host.now(), object: lane.request.object };
  lane.settle(rejectedBy(row.ref, fault, place));
}

/** A job that failed as a whole names its cause; a row that such a job did not get to was not written. */
function jobFault(info: JobInfo): VendorFault {
  const message = info.errorMessage ?? `the bulk job ended as ${info.state} without a result for this row`;
  const code = /Field name not found/i.test(message) ? 'INVALID_FIELD' : 'PROCESSING_HALTED';
  return { code, message, fields: [], status: 400 };
}

interface ResultRow {
  sf__Id?: string;
  sf__Created?: string;
  sf__Error?: string;
}

async function results(context: Context, path: string, key: string): Promise<Map<string, ResultRow>> {
  const answer = await context.client.send({
    method: 'GET',
    path,
    kind: 'bulk',
    headers: { accept: 'text/csv' },
  });
  const rows = parse(answer.body, { columns: true }) as (ResultRow & Record<string, string>)[];
  return new Map(rows.map((row) => [row[key] ?? '', row]));
}
