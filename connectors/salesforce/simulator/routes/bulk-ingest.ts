/** /jobs/ingest: Bulk API 2.0 writes. */

import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { badRequest } from '../api-errors.ts';
import { checkHardDelete, checkKey, objectOfJob } from '../bulk/checks.ts';
import { dialectOf, invalidValue } from '../bulk/dialect.ts';
import { type IngestJob, keepRows, type ResultKind, resultLines, runIngest } from '../bulk/ingest.ts';
import {
  bulkOf,
  createJobStore,
  enter,
  isTerminal,
  jobInfo,
  listedJob,
  newJob,
  progressInfo,
  versionFrom,
  wrongState,
} from '../bulk/jobs.ts';
import { type ListQuery, listPage } from '../bulk/list.ts';
import { formOf } from '../bulk/multipart.ts';
import type { SimulatorContext } from '../context.ts';
import { ApiError, type Caller } from '../types.ts';

const OPERATIONS = ['insert', 'update', 'upsert', 'delete', 'hardDelete'];
/** Characters of one upload: 150 MB once it is encoded as base64. */
const MAX_UPLOAD = 112_500_000;
const RESULTS: ResultKind[] = ['successfulResults', 'failedResults', 'unprocessedrecords'];
/** https://developer.salesforce.com/docs/platform/api-asynch/guide/create-job.html */
const FIRST_VERSION = 41;
const ROOT = '/services/data/:version/jobs/ingest';

interface JobRoute {
  Params: { version: string; id: string };
}

interface ListRoute {
  Params: { version: string };
  Querystring: ListQuery;
}

function describe(job: IngestJob): Record<string, unknown> {
  const { externalIdFieldName, assignmentRuleId } = job;
  const contentUrl = `services/data/v${job.version}/jobs/ingest/${job.id}/batches`;
  return {
    ...jobInfo(job),
    ...(job.state === 'Open' ? { contentUrl } : {}),
    ...(externalIdFieldName === undefined ? {} : { externalIdFieldName }),
    ...(assignmentRuleId === undefined ? {} : { assignmentRuleId }),
  };
}

function poll(job: IngestJob): Record<string, unknown> {
  const worked = Math.round(job.workedMs);
  return {
    ...describe(job),
    jobType: 'V2Ingest',
    ...progressInfo(job),
    numberRecordsFailed: job.failed,
    apiActiveProcessingTime: worked,
    apexProcessingTime: 0,
  };
}

function createJob(request: FastifyRequest, given: unknown, context: SimulatorContext): IngestJob {
  const caller = context.callerOf(request);
  if (typeof given === 'string')
    throw new ApiError(415, 'UNSUPPORTED_MEDIA_TYPE', 'Content-Type not supported');
  const body = (given ?? {}) as Record<string, unknown>;
  const { operation, assignmentRuleId } = body;
  if (typeof operation !== 'string' || !OPERATIONS.includes(operation))
    throw invalidValue(operation ?? '', 'operation');
  const object = objectOfJob(body.object, caller, context);
  if (operation === 'hardDelete') checkHardDelete(caller);
  const version = versionFrom(FIRST_VERSION, (request.params as { version: string }).version);
  const first = { kind: 'ingest' as const, operation, object: object.name, state: 'Open' as const, version };
  return {
    ...newJob({ ...first, ...dialectOf(body) }, caller, context),
    kind: 'ingest',
    ...(operation === 'upsert' ? { externalIdFieldName: checkKey(object, body.externalIdFieldName) } : {}),
    ...(typeof assignmentRuleId === 'string' ? { assignmentRuleId } : {}),
    header: [],
    rows: [],
    results: [],
    failed: 0,
  };
}

/** Before the body is read: of one that calls itself JSON the parser would complain instead. */
function checkUploadType({ headers }: FastifyRequest): undefined {
  if (/^text\/csv\b/i.test(headers['content-type'] ?? '')) return;
  throw new ApiError(415, 'UNSUPPORTED_MEDIA_TYPE', 'The content type of an upload must be text/csv');
}

function upload(job: IngestJob, body: unknown): void {
  if (job.state !== 'Open') throw wrongState(`Uploading data to a job in state ${job.state} not allowed`);
  if (job.upload !== undefined)
    throw badRequest(
      'BULK_API_ERROR',
      `Found multiple contents for job: <${job.id.slice(0, 15)}>, please 'Close' / 'Abort' / 'Delete' the current Job then create a new Job and make sure you only do 'PUT' once on a given Job.`,
    );
  const text = typeof body === 'string' ? body : '';
  if (text.length > MAX_UPLOAD)
    throw new ApiError(413, 'REQUEST_ENTITY_TOO_LARGE', 'The upload is larger than a job can take');
  job.upload = text;
}

function change(job: IngestJob, state: unknown, caller: Caller, context: SimulatorContext): void {
  if (state === 'Aborted') {
    if (isTerminal(job)) throw wrongState('Aborting already Completed Job not allowed');
    enter(job, 'Aborted', context);
    keepRows(job);
    return;
  }
  if (state !== 'UploadComplete') throw invalidValue(state ?? '', 'state');
  if (job.state !== 'Open') throw wrongState('Closing already Completed/Aborted Job not allowed');
  enter(job, 'UploadComplete', context);
  void runIngest(job, caller, context);
}

/** Registers the ingest resources. */
export function registerBulkIngestRoutes(app: FastifyInstance, context: SimulatorContext): void {
  const jobs = createJobStore<IngestJob>(() => context.org.now());
  const jobOf = (request: FastifyRequest<JobRoute>) => {
    versionFrom(FIRST_VERSION, request.params.version);
    return jobs.find(request.params.id, context.callerOf(request));
  };
  app.post(ROOT, async (request) => {
    const form = formOf(request.body, request.headers['content-type']);
    const job = createJob(request, form ? form.job : request.body, context);
    if (form) upload(job, form.content);
    jobs.add(job);
    if (form) change(job, 'UploadComplete', context.callerOf(request), context);
    return describe(job);
  });
  app.get<ListRoute>(ROOT, async (request) => {
    const caller = context.callerOf(request);
    versionFrom(FIRST_VERSION, request.params.version);
    const own = jobs.list(caller).map((job) => listedJob(job, describe(job)));
    const address = ROOT.replace(':version', request.params.version);
    return listPage([...own, ...bulkOf(context).classicJobs(caller)], request.query, address);
  });
  app.get<JobRoute>(`${ROOT}/:id`, async (request) => poll(jobOf(request)));
  app.put<JobRoute>(
    `${ROOT}/:id/batches`,
    { preParsing: async (request) => checkUploadType(request) },
    async (request, reply) => {
      upload(jobOf(request), request.body);
      return reply.code(201).send();
    },
  );
  app.patch<JobRoute>(`${ROOT}/:id`, async (request) => {
    const job = jobOf(request);
    const { state } = (request.body ?? {}) as { state?: unknown };
    change(job, state, context.callerOf(request), context);
    return describe(job);
  });
  app.delete<JobRoute>(`${ROOT}/:id`, async (request, reply) => {
    const job = jobOf(request);
    if (!isTerminal(job) && job.state !== 'UploadComplete')
      throw wrongState(`Deleting a job in state ${job.state} not allowed`);
    if (job.state === 'UploadComplete') enter(job, 'Aborted', context);
    jobs.remove(job);
    return reply.code(204).send();
  });
  for (const kind of RESULTS) {
    app.get<JobRoute>(`${ROOT}/:id/${kind}`, async (request, reply) => {
      const job = jobOf(request);
      if (!isTerminal(job)) throw wrongState(`Results of a job in state ${job.state} are not available`);
      return reply.type('text/csv').send(Readable.from(inPieces(resultLines(job, kind))));
    });
  }
}

/** Joins lines, so that a stream does not handle each by itself. */
function* inPieces(lines: Iterable<string>): Generator<string> {
  let piece = '';
  for (const line of lines) {
    piece += line;
    if (piece.length < 65_536) continue;
    yield piece;
    piece = '';
  }
  yield piece;
}
