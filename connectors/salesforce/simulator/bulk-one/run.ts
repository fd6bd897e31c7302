/** Works batches off, one after the other, each in its turn. */

import { bulkOf } from '../bulk/jobs.ts';
import { checkFlat } from '../bulk/query-job.ts';
import { UploadError } from '../bulk/upload.ts';
import type { SimulatorContext } from '../context.ts';
import { prepareQuery } from '../soql/query.ts';
import { ApiError, type Caller, type DmlOptions, type DmlResult, type InputRecord } from '../types.ts';
import { type Batch, enter, isQuery, type Job, type JobStore } from './jobs.ts';
import { readPayload } from './payload.ts';
import { writeRecords } from './query-file.ts';

/** Rows of one statement. */
const CHUNK = 200;

export interface Run {
  job: Job;
  caller: Caller;
  context: SimulatorContext;
  store: JobStore;
}

function writeChunk(records: InputRecord[], { job, caller, context }: Run): DmlResult[] {
  const { org } = context;
  const { operation, object, contentType } = job;
  const options: DmlOptions = {
    as: caller,
    format: contentType === 'JSON' ? 'json' : 'csv',
    autoAssign: job.assignmentRuleId ?? false,
  };
  if (operation === 'insert') return org.insert(object, records, options);
  if (operation === 'update') return org.update(object, records, options);
  if (operation === 'upsert') return org.upsert(object, job.externalIdFieldName ?? 'Id', records, options);
  const ids = records.map((record) => String(record.Id ?? record.id ?? ''));
  return operation === 'delete' ? org.delete(ids, options) : org.hardDelete(ids, options);
}

async function write(batch: Batch, run: Run): Promise<void> {
  const { job, caller, context } = run;
  const object = context.org.object(job.object);
  if (!object) throw new UploadError(`InvalidJob : Unable to find object: ${job.object}`);
  const { header, records } = await readPayload(batch.request, job.contentType, { object, caller, context });
  batch.header = header;
  for (let at = 0; at < records.length; at += CHUNK) {
    await bulkOf(context).turn();
    const chunk = records.slice(at, at + CHUNK);
    const results = await context.exclusive(async () => writeChunk(chunk, run));
    batch.results.push(...results);
    batch.processed += results.length;
    batch.failed += results.filter((result) => !result.success).length;
  }
}

/** A query cut by primary key leaves its own batch unprocessed and adds one batch for each range of ids. */
function read(batch: Batch, run: Run): void {
  const { job, caller, context, store } = run;
  const prepared = prepareQuery({
    soql: batch.request,
    source: context.org,
    caller,
    apiVersion: job.version,
    includeDeleted: job.operation === 'queryAll',
  });
  if (prepared.facts.objectName.toLowerCase() !== job.object.toLowerCase())
    throw new UploadError(
      `InvalidBatch : Failed to process query: the job reads ${job.object}, the query ${prepared.facts.objectName}`,
    );
  checkFlat(prepared);
  const answer = prepared.run();
  const size = job.chunkSize ?? Math.max(answer.size, 1);
  for (let at = 0; at === 0 || at < answer.size; at += size) {
    const count = Math.min(size, answer.size - at);
    const target = job.chunkSize === undefined ? batch : store.addBatch(job, batch.request);
    target.files.push(store.newFile(writeRecords(answer, { at, count }, job.contentType)));
    target.processed = count;
    if (target !== batch) enter(target, 'Completed', run);
  }
}

function failureText(error: unknown): string {
  if (error instanceof ApiError)
    return `InvalidBatch : Failed to process query: ${error.errorCode}: ${error.message}`;
  return error instanceof Error ? error.message : String(error);
}

/** Works one batch off. Never throws: what goes wrong is the batch's message. */
export async function runBatch(batch: Batch, run: Run): Promise<void> {
  await bulkOf(run.context).turn();
  if (batch.state !== 'Queued') return;
  enter(batch, 'InProgress', run);
  await bulkOf(run.context).turn();
  const startedAt = performance.now();
  const isCut = isQuery(run.job) && run.job.chunkSize !== undefined;
  try {
    if (isQuery(run.job)) read(batch, run);
    else await write(batch, run);
    enter(batch, isCut ? 'NotProcessed' : 'Completed', run);
  } catch (error) {
    batch.stateMessage = failureText(error);
    enter(batch, 'Failed', run);
  }
  batch.workedMs = performance.now() - startedAt;
}
