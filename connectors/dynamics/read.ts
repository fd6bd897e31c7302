import type { ReadRequest, RecordPage } from '../../src/sync/connector.ts';
import type { Context } from './context.ts';
import { type Cursor, startCursor } from './cursor.ts';
import { queryPath } from './odata.ts';
import { askPage, isRefusedLink, type RowPage, withSelection } from './pages.ts';
import { readNamed } from './read/named.ts';
import { planRows, type RowPlan, visibilityOf, withFreshColumns } from './rows.ts';
import { liveConditions, scopeConditions } from './scope.ts';

/** Where a read goes on after a crash: the link to the next page, as the platform gave it. */
interface ReadToken {
  next: string;
  /** null where nobody asked for it. */
  cursor: Cursor | null;
}

/**
 * All live records in scope, in the order of their ids, which never changes: ordered by anything that does, rows would
 * be skipped. Where changes begin is settled before the first page, so that nothing is missed in between; that takes a read
 * of the ids of the whole table, so it is left out where nobody asks.
 */
export async function* read(context: Context, request: ReadRequest): AsyncIterable<RecordPage> {
  if (request.ids !== undefined || request.keys !== undefined) {
    yield* readNamed(context, request);
    return;
  }
  const token = request.resume as ReadToken | null | undefined;
  const cursor = token == null ? await beginning(context, request) : token.cursor;
  let next = token?.next;
  const visible = visibilityOf(context);
  for (let isKept = next !== undefined; ; isKept = false) {
    request.signal?.throwIfAborted();
    const { page, plan } = await askNext(context, request, next).catch(async (error: unknown) => {
      // A link of an earlier process that is not taken any more would keep the read from ever ending.
      if (!isKept || !isRefusedLink(error)) throw error;
      return await askNext(context, request, undefined);
    });
    const seen = page.rows.length === 0 ? plan : await visible(plan);
    next = page.next;
    const resume = next === undefined ? null : { next, cursor };
    yield { records: page.rows.map(seen.toRecord), resume, cursor, last: next === undefined };
    if (next === undefined) return;
  }
}

/** The page behind a link, or the first one. */
async function askNext(
  context: Context,
  request: ReadRequest,
  next: string | undefined,
): Promise<{ page: RowPage; plan: RowPlan }> {
  const { object, fields, signal } = request;
  return await withFreshColumns(context, async () => {
    const plan = await planRows(context, object, fields);
    const path = next === undefined ? await firstPath(context, request, plan) : withSelection(next, plan);
    return { plan, page: await askPage(context, { path, table: object, signal }) };
  });
}

async function beginning(
  context: Context,
  { object, noCursor, signal }: ReadRequest,
): Promise<Cursor | null> {
  return noCursor === true ? null : await startCursor(context, object, signal);
}

async function firstPath(context: Context, request: ReadRequest, plan: RowPlan): Promise<string> {
  const { table, select, expand } = plan;
  const filter = [...liveConditions(table), ...(await scopeConditions(context, table, request.scope))];
  return queryPath(table.entitySet, {
    select,
    filter,
    orderBy: table.primaryId,
    ...(expand === undefined ? {} : { expand }),
  });
}
