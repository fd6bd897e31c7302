/** /services/async: Bulk API 1.0. https://developer.salesforce.com/docs/atlas.en-us.api_asynch.meta/api_asynch/asynch_api_intro.htm */

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { bulkOf } from '../bulk/jobs.ts';
import {
  batchInfo,
  type Info,
  jobInfo,
  listedJob,
  writeResults,
  xmlDocument,
  xmlInfo,
} from '../bulk-one/answers.ts';
import { chunkSizeOf, createJob, type JobFields } from '../bulk-one/create.ts';
import { batchOf, createJobStore, enter, isQuery, type Job, type JobStore } from '../bulk-one/jobs.ts';
import { AsyncProblem, asyncProblemOf } from '../bulk-one/problems.ts';
import { runBatch } from '../bulk-one/run.ts';
import type { SimulatorContext } from '../context.ts';
import { bill } from '../http-auth.ts';
import { ApiError } from '../types.ts';
import { versionOf } from '../versions.ts';
import { elementOf, readXml } from '../xml.ts';

/** Characters of one batch. */
const MOST_CHARACTERS = 10_000_000;
const TYPES = { CSV: 'text/csv', JSON: 'application/json', XML: 'application/xml' } as const;

interface Route {
  Params: { version: string; job: string; batch: string; file: string };
}

function isJson(request: FastifyRequest): boolean {
  return /json/i.test(request.headers['content-type'] ?? '');
}

/** Of a job its client's format is spoken, of its batches the job's. */
function speaksJson(request: FastifyRequest, job: Job): boolean {
  const type = request.headers['content-type'] ?? '';
  return /json/i.test(type) || (!/xml/i.test(type) && job.contentType === 'JSON');
}

function send(reply: FastifyReply, json: boolean, [root, content]: [string, Info]) {
  return json ? reply.send(content) : reply.type('application/xml').send(xmlDocument(root, xmlInfo(content)));
}

/** A body that broke off or is too large; anything else is passed on. */
function unreadable(error: unknown): unknown {
  const { statusCode = 500, message = '' } = Object(error) as { statusCode?: number; message?: string };
  if (error instanceof AsyncProblem || statusCode >= 500) return error;
  return new AsyncProblem('ClientInputError', `Failed to read request. ${message}`);
}

async function fieldsOf(request: FastifyRequest): Promise<JobFields> {
  const text = String(request.body ?? '');
  try {
    if (isJson(request)) return Object(JSON.parse(text)) as JobFields;
    return elementOf((await readXml(text)).jobInfo);
  } catch (error) {
    const code = isJson(request) ? 'InvalidJob' : 'InvalidXML';
    throw new AsyncProblem(code, error instanceof Error ? error.message : 'malformed body');
  }
}

/** Only an open job can be closed; both open and closed ones can be aborted, which leaves waiting batches alone. */
function change(job: Job, state: unknown, context: SimulatorContext): void {
  if (state !== 'Closed' && state !== 'Aborted')
    throw new AsyncProblem('InvalidJobState', `Job state cannot be set to ${String(state)}`);
  if (job.state === 'Aborted' || (state === 'Closed' && job.state !== 'Open'))
    throw new AsyncProblem('InvalidJobState', `Job state is ${job.state}, it cannot be set to ${state}`);
  job.state = state;
  job.changedAt = context.org.now();
  if (state === 'Closed') return;
  for (const batch of job.batches)
    if (batch.state === 'Queued') enter(batch, 'NotProcessed', { job, context });
}

function addBatch(
  request: FastifyRequest<Route>,
  job: Job,
  parts: { context: SimulatorContext; store: JobStore },
) {
  const { context, store } = parts;
  if (job.state !== 'Open')
    throw new AsyncProblem(
      'InvalidJobState',
      `Job is not in Open state: ${job.state}. No batch can be added`,
    );
  const text = String(request.body ?? '');
  const type = request.headers['content-type'] ?? '';
  if (!isQuery(job) && !type.toLowerCase().startsWith(TYPES[job.contentType]))
    throw new AsyncProblem(
      'InvalidBatch',
      `Content type of the batch (${type}) does not match content type of the job: ${job.contentType}`,
    );
  if (text.length > MOST_CHARACTERS)
    throw new AsyncProblem(
      'ClientInputError',
      `Failed to read request. Exceeded max size limit of ${MOST_CHARACTERS} with size ${text.length}`,
    );
  const batch = store.addBatch(job, text);
  void runBatch(batch, { job, caller: context.callerOf(request), context, store });
  return batch;
}

function registerJobs(app: FastifyInstance, context: SimulatorContext, store: JobStore): void {
  app.post<Route>('/services/async/:version/job', async (request, reply) => {
    const version = versionOf(`v${request.params.version}`);
    const header = request.headers['sforce-enable-pkchunking'];
    const given = { version, chunkSize: chunkSizeOf(header === undefined ? undefined : String(header)) };
    const job = createJob(await fieldsOf(request), given, { caller: context.callerOf(request), context });
    store.add(job);
    return send(reply.code(201), isJson(request), ['jobInfo', jobInfo(job)]);
  });
  app.get<Route>('/services/async/:version/job/:job', async (request, reply) => {
    const job = store.find(request.params.job, context.callerOf(request));
    return send(reply, speaksJson(request, job), ['jobInfo', jobInfo(job)]);
  });
  app.post<Route>('/services/async/:version/job/:job', async (request, reply) => {
    const job = store.find(request.params.job, context.callerOf(request));
    change(job, (await fieldsOf(request)).state, context);
    return send(reply, speaksJson(request, job), ['jobInfo', jobInfo(job)]);
  });
}

function registerBatches(app: FastifyInstance, context: SimulatorContext, store: JobStore): void {
  const url = '/services/async/:version/job/:job/batch';
  const jobOf = (request: FastifyRequest<Route>) => store.find(request.params.job, context.callerOf(request));
  app.post<Route>(url, async (request, reply) => {
    const job = jobOf(request);
    const batch = addBatch(request, job, { context, store });
    return send(reply.code(201), job.contentType === 'JSON', ['batchInfo', batchInfo(batch)]);
  });
  app.get<Route>(url, async (request, reply) => {
    const job = jobOf(request);
    const infos = job.batches.map(batchInfo);
    if (job.contentType === 'JSON') return reply.send({ batchInfo: infos });
    return reply.type(TYPES.XML).send(xmlDocument('batchInfoList', { batchInfo: infos.map(xmlInfo) }));
  });
  app.get<Route>(`${url}/:batch`, async (request, reply) => {
    const job = jobOf(request);
    const batch = batchOf(job, request.params.batch);
    return send(reply, job.contentType === 'JSON', ['batchInfo', batchInfo(batch)]);
  });
  app.get<Route>(`${url}/:batch/request`, async (request, reply) => {
    const job = jobOf(request);
    return reply.type(TYPES[job.contentType]).send(batchOf(job, request.params.batch).request);
  });
}

function registerResults(app: FastifyInstance, context: SimulatorContext, store: JobStore): void {
  const url = '/services/async/:version/job/:job/batch/:batch/result';
  const targetOf = (request: FastifyRequest<Route>) => {
    const job = store.find(request.params.job, context.callerOf(request));
    const batch = batchOf(job, request.params.batch);
    if (batch.state !== 'Completed') throw new AsyncProblem('InvalidBatch', 'Batch not completed');
    return { job, batch };
  };
  app.get<Route>(url, async (request, reply) => {
    const { job, batch } = targetOf(request);
    if (!isQuery(job)) return reply.type(TYPES[job.contentType]).send(writeResults(batch, job));
    const ids = batch.files.map((file) => file.id);
    if (job.contentType === 'JSON') return reply.send(ids);
    return reply.type(TYPES.XML).send(xmlDocument('result-list', { result: ids }));
  });
  app.get<Route>(`${url}/:file`, async (request, reply) => {
    const { job, batch } = targetOf(request);
    const file = batch.files.find((one) => one.id === request.params.file);
    if (!file)
      throw new AsyncProblem('InvalidBatch', `Unable to find a result with id: ${request.params.file}`);
    return reply.type(TYPES[job.contentType]).send(file.text);
  });
}

/** Registers the API. Its refusals have a shape of their own and its bodies stay text, so it has a scope of its own. */
export function registerBulkOneRoutes(app: FastifyInstance, context: SimulatorContext): void {
  const store = createJobStore(context);
  bulkOf(context).classicJobs = (caller) => store.list(caller).map(listedJob);
  app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));
    scope.addHook('preHandler', async (request) => {
      context.callerOf(request);
      bill(context.calls, 'bulk', `${request.method} ${request.url}`);
    });
    // clients compare the type with these words, so no charset may follow them
    scope.addHook('onSend', async (_request, reply) => {
      const [type] = String(reply.getHeader('content-type') ?? '').split(';');
      if (type) void reply.header('content-type', type);
    });
    scope.setErrorHandler((error: unknown, request: FastifyRequest, reply: FastifyReply) => {
      const problem = error instanceof ApiError ? asyncProblemOf(error) : unreadable(error);
      if (!(problem instanceof AsyncProblem)) throw error;
      const content = { exceptionCode: problem.code, exceptionMessage: problem.message };
      return send(reply.code(problem.status), isJson(request), ['error', content]);
    });
    registerJobs(scope, context, store);
    registerBatches(scope, context, store);
    registerResults(scope, context, store);
    scope.all('/services/async/*', async () => {
      throw new AsyncProblem('InvalidUrl', 'Destination URL is not valid');
    });
  });
}
