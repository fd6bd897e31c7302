/** /jobs/query: Bulk API 2.0 reads. */

import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { badRequest } from '../api-errors.ts';
import { dialectOf, invalidValue } from '../bulk/dialect.ts';
import {
  bulkOf,
  createJobStore,
  enter,
  isTerminal,
  type JobState,
  jobInfo,
  listedJob,
  newJob,
  progressInfo,
  versionFrom,
  wrongState,
} from '../bulk/jobs.ts';
import { type ListQuery, listPage } from '../bulk/list.ts';
import {
  checkFlat,
  DEFAULT_PAGE,
  locatorOf,
  offsetOf,
  pageText,
  type QueryJob,
  runQueryJob,
} from '../bulk/query-job.ts';
import type { SimulatorContext } from '../context.ts';
import { type FlatTable, type PreparedQuery, prepareQuery } from '../soql/query.ts';
import { ApiError } from '../types.ts';
import { versionOf } from '../versions.ts';

/** https://developer.salesforce.com/docs/platform/api-asynch/guide/query-create-job.html */
const FIRST_VERSION = 47;
/** https://developer.salesforce.com/docs/platform/api-asynch/guide/query-get-parallel-job-results.html */
const FIRST_PARALLEL_VERSION = 58;
/** Addresses in one answer of those. */
const PARALLEL_PAGES = 5;
const ROOT = '/services/data/:version/jobs/query';

interface ListRoute {
  Params: { version: string };
  Querystring: ListQuery;
}

interface JobRoute {
  Params: { version: string; id: string };
  Querystring: { locator?: string; maxRecords?: string };
}

function createJob(
  request: FastifyRequest,
  context: SimulatorContext,
): { job: QueryJob; prepared: PreparedQuery } {
  const caller = context.callerOf(request);
  const body = (request.body ?? {}) as Record<string, unknown>;
  const { operation, query } = body;
  if (operation !== 'query' && operation !== 'queryAll') throw invalidValue(operation ?? '', 'operation');
  if (typeof query !== 'string') throw badRequest('MALFORMED_QUERY', 'A query string has to be specified');
  const dialect = dialectOf(body);
  const version = versionFrom(FIRST_VERSION, (request.params as { version: string }).version);
  const includeDeleted = operation === 'queryAll';
  const prepared = prepareQuery({
    soql: query,
    source: context.org,
    caller,
    apiVersion: version,
    includeDeleted,
  });
  checkFlat(prepared);
  const given = { kind: 'query' as const, operation, object: prepared.facts.objectName, version };
  const job = newJob({ ...given, state: 'UploadComplete', ...dialect }, caller, context);
  return { job: { ...job, kind: 'query' }, prepared };
}

function poll(job: QueryJob): Record<string, unknown> {
  return { ...jobInfo(job), jobType: 'V2Query', ...progressInfo(job) };
}

function pageSize(asked: string | undefined): number {
  if (asked === undefined) return DEFAULT_PAGE;
  const size = Number(asked);
  if (!Number.isInteger(size) || size < 1) throw invalidValue(asked, 'maxRecords');
  return size;
}

/** 'InProgress' as the refusal of results words it: IN_PROGRESS. */
function worded(state: JobState): string {
  return state.replace(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase();
}

/**
 * The answer of a job that has one.
 * https://developer.salesforce.com/docs/platform/api-asynch/guide/query-get-job-results.html
 */
function tableOf(job: QueryJob, version: string): FlatTable {
  if (version !== job.version)
    throw new ApiError(409, 'API_ERROR', `The job was created in API version ${job.version}`);
  const { table } = job;
  if (job.state === 'JobComplete' && table) return table;
  throw new ApiError(
    412,
    'JOB_NOT_COMPLETE',
    `can only download query results of successfully completed bulk job with status: JOB_COMPLETE. Current status: ${worded(job.state)}`,
  );
}

function sendResults(job: QueryJob, request: FastifyRequest<JobRoute>, reply: FastifyReply): FastifyReply {
  const table = tableOf(job, versionOf(request.params.version));
  const size = table.rows.length;
  const from = offsetOf(request.query.locator, size);
  const to = Math.min(size, from + pageSize(request.query.maxRecords));
  return reply
    .header('Sforce-Locator', to < size ? locatorOf(to) : 'null')
    .header('Sforce-NumberOfRecords', String(to - from))
    .type('text/csv')
    .send(Readable.from(pageText(table, { from, to }, job)));
}

/** The addresses of up to five pages, for clients that fetch them side by side. */
function resultPages(job: QueryJob, { params, query }: FastifyRequest<JobRoute>) {
  const size = tableOf(job, versionFrom(FIRST_PARALLEL_VERSION, params.version)).rows.length;
  const address = `${ROOT.replace(':version', params.version)}/${job.id}`;
  const from = offsetOf(query.locator, size);
  const end = from + PARALLEL_PAGES * DEFAULT_PAGE;
  const pages = [];
  for (let at = from; pages.length === 0 || at < Math.min(end, size); at += DEFAULT_PAGE)
    pages.push({ resultUrl: `${address}/results?locator=${locatorOf(at)}` });
  const done = end >= size;
  return {
    resultPages: pages,
    nextRecordsUrl: done ? null : `${address}/resultPages?locator=${locatorOf(end)}`,
    done,
  };
}

/** Registers the query job resources. */
export function registerBulkQueryRoutes(app: FastifyInstance, context: SimulatorContext): void {
  const jobs = createJobStore<QueryJob>(() => context.org.now());
  const jobOf = (request: FastifyRequest<JobRoute>) => {
    versionFrom(FIRST_VERSION, request.params.version);
    return jobs.find(request.params.id, context.callerOf(request));
  };
  app.post(ROOT, async (request) => {
    const { job, prepared } = createJob(request, context);
    jobs.add(job);
    const answer = jobInfo(job);
    void runQueryJob(job, prepared, context);
    return answer;
  });
  app.get<ListRoute>(ROOT, async (request) => {
    const caller = context.callerOf(request);
    versionFrom(FIRST_VERSION, request.params.version);
    const own = jobs.list(caller).map((job) => listedJob(job, jobInfo(job)));
    const address = ROOT.replace(':version', request.params.version);
    return listPage([...own, ...bulkOf(context).classicJobs(caller)], request.query, address);
  });
  app.get<JobRoute>(`${ROOT}/:id`, async (request) => poll(jobOf(request)));
  app.get<JobRoute>(`${ROOT}/:id/results`, async (request, reply) =>
    sendResults(jobOf(request), request, reply),
  );
  app.get<JobRoute>(`${ROOT}/:id/resultPages`, async (request) => resultPages(jobOf(request), request));
  app.patch<JobRoute>(`${ROOT}/:id`, async (request) => {
    const job = jobOf(request);
    const { state } = (request.body ?? {}) as { state?: unknown };
    if (state !== 'Aborted') throw invalidValue(state ?? '', 'state');
    if (isTerminal(job)) throw wrongState('Aborting already Completed Job not allowed');
    enter(job, 'Aborted', context);
    return poll(job);
  });
  app.delete<JobRoute>(`${ROOT}/:id`, async (request, reply) => {
    const job = jobOf(request);
    if (!isTerminal(job)) throw wrongState(`Deleting a job in state ${job.state} not allowed`);
    jobs.remove(job);
    return reply.code(204).send();
  });
}
