import { isTierlinkError, type TierlinkError } from '../../src/errors.ts';
import type { ChangePage, ChangesRequest, CrmRecord } from '../../src/sync/connector.ts';
import { faultOf } from '../shared/call-failed.ts';
import { type ChangeWindow, type OpenedStream, openStreams } from './change-windows.ts';
import type { Context } from './context.ts';
import { type Cursor, expired, withInterval } from './cursor.ts';
import { findDeletes } from './deletes.ts';
import { query, withFreshFields } from './query.ts';
import { PAGE_ROWS } from './read/token.ts';
import { read } from './read.ts';
import { planFields } from './records.ts';
import { matchScopes } from './scopes.ts';
import { afterKey, instant } from './soql.ts';

/** A query that takes too long is asked for fewer rows, down to this. */
const LEAST_ROWS = 125;

/**
 * Everything that happened since each cursor. The streams share what they begin with: how many calls it takes to learn
 * that nothing happened does not grow with the number of objects, up to a dozen of them.
 */
export function changes(context: Context, requests: readonly ChangesRequest[]): AsyncIterable<ChangePage>[] {
  let opening: Promise<(OpenedStream | TierlinkError)[]> | undefined;
  return requests.map((request, index) =>
    follow(context, request, async () => {
      opening ??= openStreams(context, requests);
      const opened = (await opening)[index]!;
      if (isTierlinkError(opened)) throw opened;
      return opened;
    }),
  );
}

/**
 * One stream. The cursor never passes what the platform declares complete, and no clock of ours takes part; inside a
 * window pages follow (SystemModstamp, Id); an overlap is read again for rows that became visible late. Ids that the
 * replication service names but the query did not show are read directly. Scopes are asked of the CRM for exactly the
 * changed records, so that leaving a scope shows. The last page carries deletes and merges.
 */
async function* follow(
  context: Context,
  request: ChangesRequest,
  open: () => Promise<OpenedStream>,
): AsyncIterable<ChangePage> {
  const { cursor, window } = await open();
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
    replicated: window.replicated,
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
    return await findDeletes(context, request.object, { window, signal: request.signal });
  } catch (error) {
    if (!isTierlinkError(error, 'CRM_CURSOR_EXPIRED')) throw error;
    throw expired(context, request.object, cursor.deletesTo);
  }
}
