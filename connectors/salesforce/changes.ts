import { isTierlinkError } from '../../src/errors.ts';
import type { ChangePage, ChangesRequest, CrmRecord } from '../../src/sync/connector.ts';
import { faultOf } from './client.ts';
import type { Context } from './context.ts';
import { type Cursor, expired, parseCursor, withInterval } from './cursor.ts';
import { findDeletes } from './deletes.ts';
import { query, withFreshFields } from './query.ts';
import { read } from './read.ts';
import { PAGE_ROWS } from './read-token.ts';
import { planFields } from './records.ts';
import { type Replicated, replicatedIds } from './replication.ts';
import { matchScopes } from './scopes.ts';
import { afterKey, instant } from './soql.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
/** The replication service knows changes of the last 30 days. */
const UPDATED_DAYS = 30;
/** A query that takes too long is asked for fewer rows, down to this. */
const LEAST_ROWS = 125;

/** One window of the org's clock, fixed when changes() is called. All instants are epoch ms. */
interface ChangeWindow {
  /** Start with the overlap; what lies between here and the cursor was handed out before. */
  from: number;
  /** The same, or where a window began that an earlier run did not read to its end. */
  openFrom: number;
  deletesFrom: number;
  /** The platform's own word for how far everything is visible: the next cursor. It can lag by hours. */
  safe: number;
  /** The org's time now. Rows up to here are handed out at once, and once more until they are safe. */
  to: number;
  /** Ids that the replication service names; null when there are too many to name or it does not serve the object. */
  ids: Set<string> | null;
}

/**
 * Everything that happened since the cursor. The cursor never passes what the platform declares complete, and no
 * clock of ours takes part; inside a window pages follow (SystemModstamp, Id); an overlap is read again for rows that
 * became visible late. Ids that the replication service names but the query did not show are read directly. Scopes
 * are asked of the CRM for exactly the changed records, so that leaving a scope shows. The last page carries deletes
 * and merges.
 */
export async function* changes(context: Context, request: ChangesRequest): AsyncIterable<ChangePage> {
  const cursor = parseCursor(context, request.object, request.cursor);
  const window = await openWindow(context, request, cursor);
  const seen = new Set<string>();
  let place: Place | undefined;
  let rows = PAGE_ROWS;
  for (let complete = window.ids?.size === 0; !complete; ) {
    request.signal?.throwIfAborted();
    const page = await windowPage(context, request, { window, place, rows });
    ({ rows, complete } = page);
    for (const record of page.records) seen.add(record.id);
    const last = page.records.at(-1);
    if (last === undefined) break;
    place = { stamp: last.modifiedAt, id: last.id };
    yield await changePage(context, request, {
      cursor: movedTo(cursor, window, place),
      window,
      records: page.records,
    });
  }
  const late = [...(window.ids ?? [])].filter((id) => !seen.has(id));
  yield* lateRecords(context, request, {
    cursor: place ? movedTo(cursor, window, place) : cursor,
    window,
    ids: late,
  });
  yield await closingPage(context, request, { cursor, window });
}

/** The row after which the next page begins. */
interface Place {
  stamp: string;
  id: string;
}

/** Between pages the cursor follows the rows, but never past what is safe. */
function movedTo(cursor: Cursor, window: ChangeWindow, place: Place): Cursor {
  const reached = new Date(Math.min(window.safe, Date.parse(place.stamp))).toISOString();
  const openFrom = new Date(window.openFrom).toISOString();
  return reached > cursor.coveredTo ? { ...cursor, coveredTo: reached, openFrom } : cursor;
}

async function openWindow(context: Context, request: ChangesRequest, cursor: Cursor): Promise<ChangeWindow> {
  const { overlapMs } = context.options;
  const now = await context.client.serverNow();
  const since = Date.parse(cursor.coveredTo);
  const from = since - overlapMs;
  const openFrom = Math.min(from, cursor.openFrom === undefined ? from : Date.parse(cursor.openFrom));
  const deletesFrom = Date.parse(cursor.deletesTo) - overlapMs;
  const window = { from, openFrom, deletesFrom, to: now };
  const raw = await context.metadata.object(request.object);
  if (!raw.fields.some((field) => field.name === 'SystemModstamp')) {
    throw expired(context, request.object, cursor.coveredTo);
  }
  if (!raw.replicateable) return { ...window, safe: Math.max(since, now - overlapMs), ids: null };
  if (now - since > UPDATED_DAYS * DAY_MS) throw expired(context, request.object, cursor.coveredTo);
  const reach = Math.max(window.openFrom, now - UPDATED_DAYS * DAY_MS + MINUTE_MS);
  const { ids, coveredTo } = await named(context, request, { from: reach, to: now + MINUTE_MS });
  return { ...window, safe: Math.max(since, Math.min(now, coveredTo)), ids };
}

/** Above 600,000 ids the service names none: only how far it is complete is asked then, over a short window. */
async function named(
  context: Context,
  request: ChangesRequest,
  window: { from: number; to: number },
): Promise<{ ids: Set<string> | null; coveredTo: number }> {
  const ask = async (from: number): Promise<Replicated> =>
    await replicatedIds(context, request.object, { from, to: window.to }, request.signal);
  try {
    const answer = await ask(Math.min(window.from, window.to - 2 * MINUTE_MS));
    return { ids: new Set(answer.ids), coveredTo: answer.coveredTo };
  } catch (error) {
    if (faultOf(error)?.code !== 'EXCEEDED_ID_LIMIT') throw error;
    return { ids: null, coveredTo: (await ask(window.to - 2 * MINUTE_MS)).coveredTo };
  }
}

interface WindowPlace {
  window: ChangeWindow;
  place: Place | undefined;
  rows: number;
}

async function windowPage(context: Context, request: ChangesRequest, at: WindowPlace) {
  for (let rows = at.rows; ; rows = Math.floor(rows / 2)) {
    try {
      const page = await withFreshFields(
        context,
        request.object,
        async () => await askPage(context, request, { ...at, rows }),
      );
      return { ...page, rows };
    } catch (error) {
      if (faultOf(error)?.code !== 'QUERY_TIMEOUT' || rows < 2 * LEAST_ROWS) throw error;
    }
  }
}

async function askPage(context: Context, request: ChangesRequest, { window, place, rows }: WindowPlace) {
  const plan = await planFields(context, request.object, request.fields);
  const lower =
    place === undefined
      ? `SystemModstamp >= ${instant(new Date(window.from).toISOString())}`
      : afterKey(place.stamp, place.id);
  const upper = `SystemModstamp <= ${instant(new Date(window.to).toISOString())}`;
  const answer = await query(
    context,
    {
      object: plan.object,
      fields: plan.select,
      conditions: [lower, upper],
      orderBy: 'SystemModstamp, Id',
      limit: rows,
    },
    { signal: request.signal },
  );
  return {
    records: answer.records.map(plan.fromJson),
    complete: answer.done && answer.records.length < rows,
  };
}

interface PageContents {
  cursor: Cursor;
  window: ChangeWindow;
  records: CrmRecord[];
}

async function changePage(
  context: Context,
  request: ChangesRequest,
  contents: PageContents,
): Promise<ChangePage> {
  const { records, window, cursor } = contents;
  const scopesOf = await matchScopes(context, request, records);
  return {
    changed: records.map((record) => ({ ...record, scopes: scopesOf(record.id) })),
    deleted: [],
    merged: [],
    cursor,
    covered: intervalOf(window),
    last: false,
  };
}

function intervalOf(window: ChangeWindow): { from: string; to: string } {
  return { from: new Date(window.openFrom).toISOString(), to: new Date(window.safe).toISOString() };
}

/** Records that the service names but the query did not show yet: read directly, whatever their stamp is by now. */
async function* lateRecords(
  context: Context,
  request: ChangesRequest,
  late: { cursor: Cursor; window: ChangeWindow; ids: string[] },
): AsyncIterable<ChangePage> {
  if (late.ids.length === 0) return;
  const { object, fields, signal } = request;
  const direct = {
    object,
    fields,
    scope: { name: 'late' },
    ids: late.ids,
    ...(signal === undefined ? {} : { signal }),
  };
  for await (const page of read(context, direct)) {
    if (page.records.length === 0) continue;
    yield await changePage(context, request, {
      cursor: late.cursor,
      window: late.window,
      records: page.records,
    });
  }
}

async function closingPage(
  context: Context,
  request: ChangesRequest,
  { cursor, window }: { cursor: Cursor; window: ChangeWindow },
): Promise<ChangePage> {
  const found = await deletesOf(context, request, { cursor, window });
  const safe = new Date(window.safe).toISOString();
  const deletesSafe = new Date(Math.min(window.safe, found.coveredTo)).toISOString();
  const covered = { from: new Date(window.openFrom).toISOString(), to: deletesSafe };
  const next: Cursor = {
    v: 1,
    coveredTo: later(safe, cursor.coveredTo),
    deletesTo: later(deletesSafe, cursor.deletesTo),
    covered: withInterval(cursor.covered, covered.from, covered.to),
  };
  return { changed: [], deleted: found.deleted, merged: found.merged, cursor: next, covered, last: true };
}

function later(left: string, right: string): string {
  return left > right ? left : right;
}

async function deletesOf(
  context: Context,
  request: ChangesRequest,
  { cursor, window }: { cursor: Cursor; window: ChangeWindow },
) {
  try {
    const reach = { from: window.deletesFrom, to: window.to };
    return await findDeletes(context, request.object, reach, request.signal);
  } catch (error) {
    if (!isTierlinkError(error, 'CRM_CURSOR_EXPIRED')) throw error;
    throw expired(context, request.object, cursor.deletesTo);
  }
}
