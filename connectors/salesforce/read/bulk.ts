import type { CrmRecord, ReadRequest, RecordPage } from '../../../src/sync/connector.ts';
import { faultOf } from '../../shared/call-failed.ts';
import type { Context } from '../context.ts';
import { faultError } from '../errors.ts';
import { type JobInfo, waitForJob } from '../jobs.ts';
import { conditionsOf, withFreshFields } from '../query.ts';
import { type FieldPlan, planFields } from '../records.ts';
import { resultLines } from '../result-csv.ts';
import { select } from '../soql.ts';
import { PAGE_ROWS, type ReadToken } from './token.ts';

type BulkToken = Extract<ReadToken, { lane: 'bulk' }>;

/** Rows per result page: few calls, and two pages at a time stay within some tens of megabytes. */
const RESULT_ROWS = 20_000;

interface ResultPage {
  header: string[];
  /** The lines below the header, made as they are taken. */
  lines: Iterator<string[], void>;
  /** Locator of the next page; null when this is the last. */
  next: string | null;
}

/**
 * Reads a scope through a Bulk API 2.0 query. The next result page is fetched while the current one is worked on.
 * Returns true when the job of the token no longer exists, so that the caller can begin anew.
 */
export async function* readBulk(
  context: Context,
  request: ReadRequest,
  start: { token?: BulkToken; cursor: unknown },
): AsyncGenerator<RecordPage, boolean> {
  const plan = await planFields(context, request.object, request.fields);
  const job = start.token?.job ?? (await startJob(context, request));
  if (start.token === undefined) await finished(context, job, request.signal);
  let locator = start.token?.locator ?? null;
  let skip = start.token?.skip ?? 0;
  let upcoming: Promise<ResultPage> = fetchPage(context, { job, locator, signal: request.signal });
  for (;;) {
    const page = await orGone(upcoming, start.token !== undefined);
    if (page === undefined) return true;
    if (page.next !== null)
      upcoming = ahead(fetchPage(context, { job, locator: page.next, signal: request.signal }));
    const place = { job, locator, skip, cursor: start.cursor };
    for (const slice of slices(page, place, plan)) {
      request.signal?.throwIfAborted();
      yield slice;
    }
    if (page.next === null) return false;
    locator = page.next;
    skip = 0;
  }
}

/** A page fetched ahead may fail before anybody waits for it; the failure is met when it is awaited. */
function ahead(page: Promise<ResultPage>): Promise<ResultPage> {
  page.catch(() => undefined);
  return page;
}

async function orGone(page: Promise<ResultPage>, resumed: boolean): Promise<ResultPage | undefined> {
  try {
    return await page;
  } catch (error) {
    if (resumed && faultOf(error)?.status === 404) return undefined;
    throw error;
  }
}

type SlicePlace = Omit<BulkToken, 'lane'>;

function* slices(page: ResultPage, place: SlicePlace, plan: FieldPlan): Generator<RecordPage> {
  const recordOf = plan.fromCells(page.header);
  for (let skipped = 0; skipped < place.skip; skipped += 1) page.lines.next();
  let to = place.skip;
  let line = page.lines.next();
  do {
    const records: CrmRecord[] = [];
    for (; line.done !== true && records.length < PAGE_ROWS; line = page.lines.next()) {
      records.push(recordOf(line.value));
    }
    to += records.length;
    const pageDone = line.done === true;
    const last = pageDone && page.next === null;
    const resume: BulkToken =
      pageDone && page.next !== null
        ? { lane: 'bulk', job: place.job, locator: page.next, skip: 0, cursor: place.cursor }
        : { lane: 'bulk', job: place.job, locator: place.locator, skip: to, cursor: place.cursor };
    yield { records, resume, cursor: place.cursor, last };
  } while (line.done !== true);
}

async function startJob(context: Context, request: ReadRequest): Promise<string> {
  return await withFreshFields(context, request.object, async () => {
    const plan = await planFields(context, request.object, request.fields);
    const conditions = await conditionsOf(context, request.object, request.scope);
    const statement = select({ object: plan.object, fields: plan.select, conditions });
    const job = await context.client.json<JobInfo>({
      method: 'POST',
      path: '/jobs/query',
      kind: 'bulk',
      object: request.object,
      body: { operation: 'query', query: statement, columnDelimiter: 'COMMA', lineEnding: 'LF' },
      // A job whose answer was lost is never read and goes away by itself after a week.
      repeatable: true,
      signal: request.signal,
    });
    return job.id;
  });
}

async function finished(context: Context, job: string, signal: AbortSignal | undefined): Promise<void> {
  const info = await waitForJob(context, `/jobs/query/${job}`, signal);
  if (info.state === 'JobComplete') return;
  const reason = info.errorMessage ?? `the bulk query ended as ${info.state}`;
  const fault = {
    code: /^([A-Z_]+)/.exec(reason)?.[1] ?? 'MALFORMED_QUERY',
    message: reason,
    fields: [],
    status: 400,
  };
  throw faultError(fault, {
    connection: context.host.connection,
    now: context.host.now(),
    object: info.object,
  });
}

async function fetchPage(
  context: Context,
  place: { job: string; locator: string | null; signal?: AbortSignal | undefined },
): Promise<ResultPage> {
  const locator = place.locator === null ? '' : `&locator=${encodeURIComponent(place.locator)}`;
  const answer = await context.client.send({
    method: 'GET',
    path: `/jobs/query/${place.job}/results?maxRecords=${RESULT_ROWS}${locator}`,
    kind: 'bulk',
    headers: { accept: 'text/csv' },
    signal: place.signal,
  });
  const lines = resultLines(answer.body);
  const header = lines.next().value ?? [];
  const next = answer.headers['sforce-locator'];
  return { header, lines, next: next === undefined || next === '' || next === 'null' ? null : next };
}

/** Some objects (mostly set-up ones) cannot be queried in bulk. */
export function isBulkUnsupported(error: unknown): boolean {
  const fault = faultOf(error);
  return (
    fault !== undefined &&
    (fault.code === 'INVALIDENTITY' || /not supported by the Bulk API/i.test(fault.message))
  );
}
