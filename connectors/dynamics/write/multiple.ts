import { isTierlinkError } from '../../../src/errors.ts';
import { faultOf } from '../../shared/call-failed.ts';
import { unknownOutcome } from '../../shared/write-outcome.ts';
import type { Context } from '../context.ts';
import { mannersHeaders, WRITE_TAG } from '../manners.ts';
import { payloadJson } from '../payload-json.ts';
import type { LaneRequest } from '../write.ts';
import { passes } from './outcome.ts';
import type { Sending } from './plan.ts';

/** Tables that were found to have no bulk messages, by connection. */
const without = new WeakMap<Context, Set<string>>();

/** Pages on their way at once, at most: far below the 52 requests that the platform takes of one user at a time. */
const MOST_PAGES = 4;

/**
 * Rows as pages of UpsertMultiple or UpdateMultiple, each one transaction: a row at fault undoes its page. Such a page is
 * halved until its bad part is small enough for a batch, which tells the rows at fault from the good ones and writes these.
 * Pages start alone, and one more goes at once with each round that goes through; after a lock or a timeout the next page
 * goes alone again and is half as large. Returns the rows that are left for a batch.
 * https://learn.microsoft.com/power-apps/developer/data-platform/bulk-operations
 * https://learn.microsoft.com/power-apps/developer/data-platform/send-parallel-requests
 */
export async function writeMultiple(
  context: Context,
  lane: LaneRequest,
  sendings: readonly Sending[],
): Promise<Sending[]> {
  const { rowsPerWrite: most, rowsPerBatch } = context.options;
  const left: Sending[] = [];
  let size = most;
  let atOnce = 1;
  for (let from = 0; from < sendings.length; ) {
    const round: Promise<PageFate>[] = [];
    for (; round.length < atOnce && from < sendings.length; from += size)
      round.push(writePage(context, lane, { page: sendings.slice(from, from + size), left }));
    const isStuck = (await allOf(round)).includes('passing');
    size = isStuck ? Math.max(rowsPerBatch, Math.floor(size / 2)) : Math.min(most, size * 2);
    atOnce = isStuck ? 1 : Math.min(MOST_PAGES, atOnce + 1);
  }
  return left;
}

/** All results. Where one failed, the others are waited for first: what they wrote is settled before the failure is told. */
async function allOf<T>(work: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(work);
  return await Promise.all(work);
}

/** refused: for what its rows hold. passing: for something that passes. */
type PageFate = 'done' | 'refused' | 'passing';

interface Page {
  page: readonly Sending[];
  /** Takes the rows that a batch has to write. */
  left: Sending[];
}

/** Writes a page, its good parts where it has bad ones. Tells whether it failed for something that passes. */
async function writePage(context: Context, lane: LaneRequest, { page, left }: Page): Promise<PageFate> {
  if (
    page.length <= context.options.rowsPerBatch ||
    without.get(context)?.has(lane.request.object) === true
  ) {
    left.push(...page);
    return 'done';
  }
  lane.request.signal?.throwIfAborted();
  try {
    await sendPage(context, lane, page);
    for (const sending of page) lane.settle(keptInPage(lane, sending));
    return 'done';
  } catch (error) {
    if (isTierlinkError(error, 'CRM_OUTCOME_UNKNOWN')) {
      const { connection } = context.host;
      for (const { row } of page) lane.settle(unknownOutcome(row.ref, connection, faultOf(error)));
      return 'done';
    }
    const fault = faultOf(error);
    if (fault === undefined || !isAboutRows(fault)) throw error;
    if (isNotOffered(fault)) remember(context, lane);
    const half = Math.ceil(page.length / 2);
    await writePage(context, lane, { page: page.slice(0, half), left });
    await writePage(context, lane, { page: page.slice(half), left });
    return passes(fault) ? 'passing' : 'refused';
  }
}

/** The answer says nothing about single rows: of an upsert neither its id nor whether the row is new. */
function keptInPage({ request }: LaneRequest, { row, id }: Sending) {
  const outcome = request.operation === 'update' ? ('updated' as const) : ('written' as const);
  return { ref: row.ref, ...(id === undefined ? {} : { id }), outcome };
}

async function sendPage(context: Context, { request, table }: LaneRequest, page: readonly Sending[]) {
  const action = request.operation === 'update' ? 'UpdateMultiple' : 'UpsertMultiple';
  await context.client.send({
    method: 'POST',
    path: `${table.own.entitySet}/Microsoft.Dynamics.CRM.${action}?${WRITE_TAG}`,
    kind: 'multiple',
    table: request.object,
    splits: true,
    headers: {
      ...mannersHeaders(request.manners, request.operation === 'upsert'),
      'Content-Type': 'application/json; charset=utf-8',
    },
    body: payloadJson({ Targets: page.map(({ target }) => target) }),
    signal: request.signal,
  });
}

/** Limits and outages are about all pages; what else is refused may be one row's fault, or too much at once. */
function isAboutRows(fault: { code: string; status: number }): boolean {
  return ![0, 401, 429, 503].includes(fault.status);
}

function isNotOffered({ code, status }: { code: string; status: number }): boolean {
  return code === '0x8006088a' || (code === '0x80040315' && status === 405) || status === 501;
}

function remember(context: Context, { request }: LaneRequest): void {
  const tables = without.get(context) ?? new Set<string>();
  without.set(context, tables.add(request.object));
}
