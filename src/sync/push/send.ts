import { type ErrorCode, isTierlinkError, notSignedIn, type TierlinkError } from '../../errors.ts';
import { instantOf } from '../../model/clock.ts';
import { assertLease } from '../../store/leases.ts';
import type { Cause, WriteRequest, WriteResult, WriteRow } from '../connector.ts';
import { refOf } from '../records/write-ref.ts';
import { type InFlight, type PushContext, type PushCounts, requireGoing } from './context.ts';
import { releaseRows } from './refused.ts';
import { resolveWrites } from './resolve.ts';
import { type Settled, type Settlement, settleWrites } from './settle.ts';

/** How long a stored bulk job may be asked for; after that its writes are looked up one by one. */
const bulkJobAgeMs = 7 * 86_400_000;

/**
 * Sends writes that the store already says are in flight, and records what became of each. All rows are either creates
 * or updates. Throws when the call as a whole failed; its rows are then put back when it certainly never left, and stay
 * in flight otherwise, to be looked up by the next run.
 * @param together rows of one call at most (Default: the connector's choice)
 */
export async function sendWrites(
  context: PushContext,
  rows: readonly InFlight[],
  together?: number,
): Promise<PushCounts[]> {
  const ordered = [...rows].sort(byParent);
  const callsBefore = context.meter?.calls;
  const jobs: string[] = [];
  let results: WriteResult[];
  try {
    requireGoing(context);
    const request = requestFor(context, ordered, jobs);
    results = await context.connector.write(together === undefined ? request : { ...request, together });
  } catch (error) {
    return await afterFailedCall(context, ordered, { error, callsBefore, hasJob: jobs.length > 0 });
  }
  return await settleResults(context, ordered, { results, jobs, together });
}

/** Children of one parent side by side: a CRM locks the parent while it writes them. */
function byParent(a: InFlight, b: InFlight): number {
  const left = `${a.parent ?? ''} ${a.recordId} ${refOf(a)}`;
  const right = `${b.parent ?? ''} ${b.recordId} ${refOf(b)}`;
  return left < right ? -1 : left > right ? 1 : 0;
}

/** `jobs` receives the ids of bulk jobs; each is in the store before its rows are processed. */
function requestFor(context: PushContext, rows: readonly InFlight[], jobs: string[]): WriteRequest {
  const { mapping, object } = context.plan;
  const creates = rows[0]?.crmId === null;
  return {
    object,
    operation: creates ? 'upsert' : 'update',
    ...(creates && mapping.key !== undefined ? { keyField: mapping.key } : {}),
    rows: rows.map(writeRowOf),
    manners: mapping.manners,
    onBulkJob: async (id, refs) => {
      await keepBulkJob(context, { id, refs });
      jobs.push(id);
    },
    ...(context.signal === undefined ? {} : { signal: context.signal }),
  };
}

function writeRowOf(row: InFlight): WriteRow {
  return {
    ref: refOf(row),
    ...(row.crmId === null ? { key: row.recordId } : { id: row.crmId }),
    fields: row.fields,
    ...(row.parent === undefined ? {} : { parent: row.parent }),
  };
}

async function settleResults(
  context: PushContext,
  rows: readonly InFlight[],
  answer: { results: readonly WriteResult[]; jobs: readonly string[]; together: number | undefined },
): Promise<PushCounts[]> {
  const byRef = new Map(answer.results.map((result) => [result.ref, result]));
  const settled = rows.map((row) => settledBy(context, row, byRef.get(refOf(row))));
  const counts = [await settleWrites(context, settled)];
  await forgetBulkJobs(context, answer.jobs);
  const open = settled.filter(({ result }) => result.kind === 'unknown');
  if (open.length === 0) return counts;
  counts[0]!.unknown = 0;
  const most = Math.min(rows.length, answer.together ?? context.capabilities.rowsPerWrite);
  return [...counts, ...(await resolveUnknown(context, open, most))];
}

/** Into how many parts those go again that may have failed for one of them. */
const partsOfFailed = 8;

/**
 * Looks up what became of rows that nobody knows of. What one row does to the CRM can fail all that went with it, and
 * would fail it again: rows that did not arrive go again at once, fewer together, until each has an answer of its own. One
 * that the CRM failed with by itself is refused for now; where only the line broke, it is due again.
 * @param most rows of one call at most, of the call that ended so
 */
async function resolveUnknown(
  context: PushContext,
  unknown: readonly Settled[],
  most: number,
): Promise<PushCounts[]> {
  const apart: InFlight[] = [];
  const causes = new Map(unknown.map(({ row, result }) => [row, causeOf(result)]));
  const rows = unknown.map(({ row }) => row);
  const counts = await resolveWrites(context, rows, (row) => {
    if (most === 1) return unwritten(causes.get(row));
    apart.push(row);
    return undefined;
  });
  if (apart.length === 0) return counts;
  return [...counts, ...(await sendWrites(context, apart, Math.ceil(most / partsOfFailed)))];
}

function causeOf(result: Settlement): Cause | undefined {
  return result.kind === 'unknown' ? result.cause : undefined;
}

function unwritten(cause: Cause | undefined): Settlement {
  if (cause === undefined) return { kind: 'again' };
  return notItsOwn.has(cause.code)
    ? { kind: 'again', cause }
    : { kind: 'rejected', retry: 'backoff', ...cause };
}

/** Codes with which a record was kept back by what befell the call: it is not rejected, it waits with the others. */
const notItsOwn: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'CRM_COLLATERAL',
  'CRM_QUOTA',
  'CRM_BUDGET',
  'CRM_BUSY',
  'CRM_SIGN_IN_BUSY',
  'CRM_UNREACHABLE',
  'CRM_SESSION_EXPIRED',
  ...notSignedIn,
  'INTERRUPTED',
]);

function settledBy(context: PushContext, row: InFlight, answer: WriteResult | undefined): Settled {
  const result = settlementOf(row, answer);
  return { row, result: mayBeItsId(context, row, result) ? { kind: 'unstamped', cause: result } : result };
}

/**
 * Whether our id, which goes along with an update, may be what was refused: another record has it, as where a copy took it
 * along. The CRM need not say which field it means, and what lies with another one is refused again without the id.
 */
function mayBeItsId(
  { plan }: PushContext,
  row: InFlight,
  result: Settlement,
): result is Extract<Settlement, { kind: 'rejected' }> {
  const { key } = plan.mapping;
  if (result.kind !== 'rejected' || row.crmId === null || key === undefined) return false;
  if (row.fields[key] === undefined) return false;
  return result.field === key || result.code === 'CRM_DUPLICATE';
}

/** A result without the id of a created record is looked up by key: the link needs it. */
function settlementOf(row: InFlight, result: WriteResult | undefined): Settlement {
  if (result === undefined) return { kind: 'unknown' };
  if (result.outcome === 'unknown')
    return { kind: 'unknown', ...(result.cause === undefined ? {} : { cause: result.cause }) };
  if (result.outcome === 'rejected') {
    const { code, vendorCode, message, field, retry } = result;
    if (notItsOwn.has(code)) return { kind: 'again', cause: { code, vendorCode, message } };
    return { kind: 'rejected', code, vendorCode, message, retry, ...(field === undefined ? {} : { field }) };
  }
  const crmId = row.crmId ?? result.id;
  if (crmId === undefined) return { kind: 'unknown' };
  const created = row.crmId === null && result.outcome !== 'unchanged' && result.outcome !== 'updated';
  return {
    kind: 'written',
    crmId,
    action: result.outcome === 'unchanged' ? 'unchanged' : created ? 'created' : 'updated',
  };
}

/** A job that was started may run on whatever became of the calls after it: its rows stay in flight. */
async function afterFailedCall(
  context: PushContext,
  rows: readonly InFlight[],
  failure: { error: unknown; callsBefore: number | undefined; hasJob: boolean },
): Promise<PushCounts[]> {
  const { error, callsBefore, hasJob } = failure;
  const neverLeft = callsBefore !== undefined && context.meter?.calls === callsBefore;
  if (neverLeft || (isTierlinkError(error) && notSignedIn.includes(error.code) && !hasJob)) {
    await putBack(context, rows);
    throw error;
  }
  if (isTierlinkError(error) && isRefusal(error)) {
    const refusal = refusalOf(error);
    return await resolveWrites(context, rows, () => refusal);
  }
  throw error;
}

/** Refusals that say nothing about the records: once a person has mended it, all of them go out again by themselves. */
const ofTheConnection: readonly ErrorCode[] = [...notSignedIn, 'CRM_VERSION'];

/** The CRM said no to the whole call, for good: what it had not taken by then is rejected, each record for itself. */
function isRefusal(error: TierlinkError): boolean {
  return error.retry === 'never' && error.code.startsWith('CRM_') && !ofTheConnection.includes(error.code);
}

function refusalOf(error: TierlinkError): Extract<Settlement, { kind: 'rejected' }> {
  const vendorCode = typeof error.data.vendorCode === 'string' ? error.data.vendorCode : '';
  return { kind: 'rejected', code: error.code, vendorCode, message: error.message, retry: error.retry };
}

/** Writes that certainly did not leave are due again. */
export async function putBack(context: PushContext, rows: readonly InFlight[]): Promise<void> {
  await context.store.transaction(async (tx) => {
    await assertLease(tx, context.lease);
    await releaseRows(tx, context, rows);
  });
}

interface BulkRequest {
  entity: string;
  refs: string[];
}

/** Takes the place of an earlier job for the same rows: it was given up before anything was processed. */
async function keepBulkJob(
  context: PushContext,
  job: { id: string; refs: readonly string[] },
): Promise<void> {
  const { connection, plan } = context;
  const request: BulkRequest = { entity: plan.entity, refs: [...job.refs].sort() };
  await context.store.transaction(async (tx) => {
    await assertLease(tx, context.lease);
    await tx.query(
      'delete from tierlink.bulk_job where connection = $1 and object = $2 and request = $3::jsonb',
      [connection, plan.object, JSON.stringify(request)],
    );
    await tx.query(
      `insert into tierlink.bulk_job (connection, id, object, request, state, started_at)
       values ($1, $2, $3, $4::jsonb, 'running', $5::timestamptz)`,
      [connection, job.id, plan.object, JSON.stringify(request), instantOf(context.clock.now())],
    );
  });
}

async function forgetBulkJobs(context: PushContext, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await context.store.query('delete from tierlink.bulk_job where connection = $1 and id = any($2::text[])', [
    context.connection,
    [...ids],
  ]);
}

/**
 * Fetches the results of bulk jobs that a process started and did not live to see. Rows that a job does not answer for
 * stay in flight, to be looked up. `inFlight`: what the store says is under way; a job of which nothing is any more is
 * forgotten, so that it never answers for a later write of its records.
 */
export async function resumeBulkJobs(
  context: PushContext,
  inFlight: readonly InFlight[],
): Promise<PushCounts[]> {
  const counts: PushCounts[] = [];
  for (const job of await storedJobs(context)) {
    const asked = new Set(job.request.refs);
    const rows = inFlight.filter((row) => asked.has(refOf(row)));
    const isYoung = Date.parse(job.started_at) > context.clock.now() - bulkJobAgeMs;
    if (rows.length > 0 && isYoung) counts.push(await resumeJob(context, job.id, rows));
    await forgetBulkJobs(context, [job.id]);
  }
  return counts;
}

async function storedJobs(
  context: PushContext,
): Promise<{ id: string; request: BulkRequest; started_at: string }[]> {
  return await context.store.query(
    `select id, request, started_at from tierlink.bulk_job
     where connection = $1 and object = $2 and request->>'entity' = $3 order by started_at, id`,
    [context.connection, context.plan.object, context.plan.entity],
  );
}

async function resumeJob(context: PushContext, id: string, rows: readonly InFlight[]): Promise<PushCounts> {
  const jobs: string[] = [];
  const results = await context.connector.write({ ...requestFor(context, rows, jobs), bulk: id });
  const byRef = new Map(results.map((result) => [result.ref, result]));
  const settled = rows
    .map((row) => settledBy(context, row, byRef.get(refOf(row))))
    .filter(({ result }) => result.kind !== 'unknown');
  const counts = await settleWrites(context, settled);
  await forgetBulkJobs(context, jobs);
  return counts;
}
