import { isTierlinkError } from '../../src/errors.ts';
import type { ChangePage, ChangesRequest } from '../../src/sync/connector.ts';
import type { Context } from './context.ts';
import { expired, type LinkCursor, parseCursor, serverNow } from './cursor.ts';
import { askPage, isRefusedLink, type PageRequest, type RowPage, withSelection } from './pages.ts';
import { planRows, visibilityOf, withFreshColumns } from './rows.ts';
import { followStamps } from './stamps.ts';
import { tell } from './tell.ts';

/** Everything that happened since each cursor; the tables are described together when the first stream is read. */
export function changes(context: Context, requests: readonly ChangesRequest[]): AsyncIterable<ChangePage>[] {
  let learning: Promise<void> | undefined;
  return requests.map((request) =>
    follow(context, request, async () => {
      learning ??= context.metadata.learn(requests.map(({ object }) => object));
      await learning;
    }),
  );
}

async function* follow(
  context: Context,
  request: ChangesRequest,
  learn: () => Promise<void>,
): AsyncIterable<ChangePage> {
  const cursor = parseCursor(context, request.object, request.cursor);
  await learn();
  if (cursor.way === 'stamp') yield* followStamps(context, request, cursor);
  else yield* followLinks(context, request, cursor);
}

/**
 * Follows links to changes, page by page. A link holds all that happened since the one before it, new and changed rows as
 * they are now and then the ids of deleted ones; it tells neither when a row was deleted nor of a merge, which leaves the
 * losing row in place with its winner named.
 */
async function* followLinks(
  context: Context,
  request: ChangesRequest,
  cursor: LinkCursor,
): AsyncIterable<ChangePage> {
  const visible = visibilityOf(context);
  let { link } = cursor;
  for (;;) {
    request.signal?.throwIfAborted();
    const page = await askChanges(context, request, { ...cursor, link });
    const to = serverNow(context);
    const isLast = page.next === undefined;
    link = page.next ?? page.delta ?? link;
    yield {
      ...(await tell(context, request, { rows: page.rows, visible })),
      cursor: { ...cursor, link, ...(isLast ? { at: to } : {}) },
      covered: { from: cursor.at, to },
      last: isLast,
    };
    if (isLast) return;
  }
}

async function askChanges(
  context: Context,
  { object, fields, signal }: ChangesRequest,
  cursor: LinkCursor,
): Promise<RowPage> {
  return await withFreshColumns(context, async () => {
    const plan = await planRows(context, object, fields);
    // What lies behind lookups cannot be asked for here: $expand is refused.
    const path = withSelection(cursor.link, { select: plan.select, expand: undefined });
    return await askLink(context, { path, table: object, kind: 'changes', signal }, cursor);
  });
}

/**
 * Where another selection than the link's own is refused, the link is followed as it was given; see tell(). One that is
 * refused even so leads nowhere any more, as where an environment was restored from before it: it would be refused for ever.
 */
async function askLink(context: Context, request: PageRequest, cursor: LinkCursor): Promise<RowPage> {
  try {
    return await askPage(context, request);
  } catch (error) {
    const isOwn = request.path === cursor.link;
    if (isTierlinkError(error, 'CRM_CURSOR_EXPIRED') || (isOwn && isRefusedLink(error)))
      throw expired(context, request.table, cursor.at, error);
    if (!isRefusedLink(error)) throw error;
    return await askLink(context, { ...request, path: cursor.link }, cursor);
  }
}
