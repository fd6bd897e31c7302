/** Ingest jobs: takes an upload apart into chunks, writes each as one statement, and keeps what came of each row. */

import type { SimulatorContext } from '../context.ts';
import {
  ApiError,
  type Caller,
  type DmlError,
  type DmlOptions,
  type DmlResult,
  type ObjectMeta,
} from '../types.ts';
import { csvLine } from './dialect.ts';
import { bulkOf, enter, isInProgress, type Job } from './jobs.ts';
import { columnOf, readTable, recordOf, type Upload, UploadError } from './upload.ts';

/** Rows of one statement. */
const CHUNK = 200;

export interface IngestJob extends Job {
  kind: 'ingest';
  externalIdFieldName?: string;
  assignmentRuleId?: string;
  upload?: string;
  header: string[];
  rows: string[][];
  /** Outcomes of the first rows, in their order. */
  results: DmlResult[];
  failed: number;
}

function writeOptions(job: IngestJob, caller: Caller): DmlOptions {
  // without a rule of its own a bulk job assigns nothing
  return { as: caller, allOrNone: false, format: 'csv', autoAssign: job.assignmentRuleId ?? false };
}

function writeChunk(
  job: IngestJob,
  upload: Upload,
  rows: string[][],
  caller: Caller,
  context: SimulatorContext,
) {
  const { org } = context;
  const options = writeOptions(job, caller);
  if (job.operation === 'delete' || job.operation === 'hardDelete') {
    const ids = rows.map((row) => row[0] ?? '');
    return job.operation === 'delete' ? org.delete(ids, options) : org.hardDelete(ids, options);
  }
  const records = rows.map((row) => recordOf(row, upload.columns));
  if (job.operation === 'insert') return org.insert(job.object, records, options);
  if (job.operation === 'update') return org.update(job.object, records, options);
  return org.upsert(job.object, job.externalIdFieldName ?? 'Id', records, options);
}

function checkColumns(job: IngestJob, upload: Upload): void {
  const names = upload.columns.map((column) => column.field.name);
  if (names.length === 0) return;
  const removes = job.operation === 'delete' || job.operation === 'hardDelete';
  if (removes && (names.length !== 1 || names[0] !== 'Id'))
    throw new UploadError(`InvalidBatch : The ${job.operation} operation needs one column, Id`);
  if (job.operation === 'update' && !names.includes('Id'))
    throw new UploadError('InvalidBatch : Field name not found : Id');
}

async function work(
  job: IngestJob,
  object: ObjectMeta,
  caller: Caller,
  context: SimulatorContext,
): Promise<void> {
  const table = readTable(job.upload ?? '', job);
  job.header = table.header;
  job.rows = table.rows;
  const upload = { ...table, columns: table.header.map((name) => columnOf(name, object, caller, context)) };
  checkColumns(job, upload);
  for (let at = 0; at < upload.rows.length; at += CHUNK) {
    await bulkOf(context).turn();
    if (!isInProgress(job)) return;
    const rows = upload.rows.slice(at, at + CHUNK);
    const startedAt = performance.now();
    const results = await context.exclusive(async () => writeChunk(job, upload, rows, caller, context));
    job.workedMs += performance.now() - startedAt;
    job.results.push(...results);
    job.processed += results.length;
    job.failed += results.filter((result) => !result.success).length;
  }
}

/** The rows of an upload that nobody will work on any more, for the list of what was not processed. */
export function keepRows(job: IngestJob): void {
  // a job in progress has its rows already and goes on to need them
  if (job.rows.length > 0 || job.upload === undefined) return;
  try {
    Object.assign(job, readTable(job.upload, job));
  } catch (error) {
    // a file that cannot be read has no rows to list
    if (!(error instanceof UploadError)) throw error;
  }
  delete job.upload;
}

/** Runs a job whose upload is complete, to its end. Never throws: what goes wrong is the job's error message. */
export async function runIngest(job: IngestJob, caller: Caller, context: SimulatorContext): Promise<void> {
  const control = bulkOf(context);
  await control.turn();
  if (job.state !== 'UploadComplete') return;
  enter(job, 'InProgress', context);
  await control.turn();
  if (!isInProgress(job)) return;
  try {
    const object = context.org.object(job.object);
    if (!object) throw new UploadError(`InvalidJob : Unable to find object: ${job.object}`);
    await work(job, object, caller, context);
    if (isInProgress(job)) enter(job, 'JobComplete', context);
  } catch (error) {
    job.errorMessage = failureText(error);
    enter(job, 'Failed', context);
  }
  delete job.upload;
}

function failureText(error: unknown): string {
  if (error instanceof ApiError) return `${error.errorCode} : ${error.message}`;
  return error instanceof Error ? error.message : String(error);
}

/** Why a record was refused, as result files say it. */
export function errorText(error: DmlError | undefined, header: string[]): string {
  if (!error) return 'UNKNOWN_EXCEPTION:An unexpected error occurred: --';
  const { statusCode, message, fields } = error;
  const [field = ''] = fields;
  const column = header.findIndex((name) => name.trim().toLowerCase() === field.toLowerCase());
  const unreadable = / is not a valid value for the type /.test(message);
  const text = unreadable ? `Failed to deserialize field at col ${column}. Due to, ${message}` : message;
  return `${statusCode}:${text}:${fields.join(', ')} --`;
}

/** Which rows a result file holds. */
export type ResultKind = 'successfulResults' | 'failedResults' | 'unprocessedrecords';

/** A result file, line by line: the platform's columns first, then those of the upload. */
export function* resultLines(job: IngestJob, kind: ResultKind): Generator<string> {
  const { header, rows, results } = job;
  if (kind === 'unprocessedrecords') {
    if (header.length > 0) yield csvLine(header, job);
    for (const row of rows.slice(results.length)) yield csvLine(row, job);
    return;
  }
  const wantsSuccess = kind === 'successfulResults';
  yield csvLine(['sf__Id', wantsSuccess ? 'sf__Created' : 'sf__Error', ...header], job);
  for (let i = 0; i < results.length; i++) {
    const result = results[i] as DmlResult;
    if (result.success !== wantsSuccess) continue;
    const second = wantsSuccess ? String(result.created) : errorText(result.errors[0], header);
    yield csvLine([result.id ?? '', second, ...(rows[i] ?? [])], job);
  }
}
