import type { ChangePage, ChangesRequest } from '../../src/sync/connector.ts';
import type { Context } from './context.ts';
import { expired, type StampCursor, serverNow } from './cursor.ts';
import { queryPath } from './odata.ts';
import { askPage, type RowPage, withSelection } from './pages.ts';
import { countRows } from './row-count.ts';
import { planRows, visibilityOf, withFreshColumns } from './rows.ts';
import { tell } from './tell.ts';

/** Above this number of rows counting takes several calls in a new process, so it is done once a day. */
const COUNTED_EACH_TIME = 50_000;
const DAY_MS = 86_400_000;
/** Stamps have whole seconds and our idea of the platform's clock is half a second off: rows with a later one are new. */
const CERTAINLY_LATER_MS = 3_000;

/**
 * Changes of a table that does not tell them: rows modified since the last pass, a span before it read again for those
 * whose transaction ended late, in the order of their ids.
 *
 * What stamps do not show is found by counting: where there are fewer rows than there were and new ones explain, some
 * were deleted, and where there are more, some were shown to the user. Which ones, a full comparison finds out. In tables
 * of more than 50,000 rows that is noticed within a day. A delete that another row's appearance makes up for in the same
 * seconds stays unseen until the next full comparison.
 * @throws CRM_CURSOR_EXPIRED when the number of rows is not explained
 */
export async function* followStamps(
  context: Context,
  request: ChangesRequest,
  cursor: StampCursor,
): AsyncIterable<ChangePage> {
  const { object, signal } = request;
  const begun = context.host.now();
  const visible = visibilityOf(context);
  let path: string | undefined;
  for (;;) {
    signal?.throwIfAborted();
    const page = await askStamped(context, request, { cursor, path });
    path = page.next;
    // A new process knows the platform's clock only from its first answer; what changed while it asked comes again.
    const to = serverNow(context, begun);
    const told = await tell(context, request, { rows: page.rows, visible });
    const covered = { from: cursor.from, to };
    if (path !== undefined) yield { ...told, cursor, covered, last: false };
    else {
      const from = earlier(to, context.options.overlapMs);
      const counted = await recount(context, object, cursor, signal);
      yield { ...told, cursor: { ...cursor, ...counted, from }, covered, last: true };
      return;
    }
  }
}

async function askStamped(
  context: Context,
  { object, fields, signal }: ChangesRequest,
  { cursor, path }: { cursor: StampCursor; path: string | undefined },
): Promise<RowPage> {
  return await withFreshColumns(context, async () => {
    const { table, select } = await planRows(context, object, fields);
    const filter = [`modifiedon ge ${cursor.from}`];
    const first = queryPath(table.entitySet, { select, filter, orderBy: table.primaryId });
    const next = path === undefined ? first : withSelection(path, { select, expand: undefined });
    return await askPage(context, { path: next, table: object, signal });
  });
}

function earlier(at: string, ms: number): string {
  return new Date(Date.parse(at) - ms).toISOString();
}

/** The new count, where one was due. */
async function recount(
  context: Context,
  object: string,
  { rows, countedAt }: StampCursor,
  signal: AbortSignal | undefined,
): Promise<Pick<StampCursor, 'rows' | 'countedAt'>> {
  const now = serverNow(context);
  if (rows > COUNTED_EACH_TIME && Date.parse(now) - Date.parse(countedAt) < DAY_MS)
    return { rows, countedAt };
  const table = await context.metadata.table(object);
  const all = { conditions: [], signal };
  // In this order: what is made between two counts cannot look as if something was missing, or was shown.
  const [surelyNew = 0, there = 0, perhapsNew = 0] = await countRows(context, table, [
    { ...all, createdFrom: earlier(countedAt, -CERTAINLY_LATER_MS) },
    all,
    { ...all, createdFrom: earlier(countedAt, context.options.overlapMs) },
  ]);
  if (there < rows + surelyNew || there > rows + perhapsNew) throw expired(context, object, countedAt);
  return { rows: there, countedAt: now };
}
