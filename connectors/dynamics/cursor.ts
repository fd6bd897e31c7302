import { z } from 'zod';
import { isTierlinkError, TierlinkError } from '../../src/errors.ts';
import { faultOf } from '../shared/call-failed.ts';
import type { Context } from './context.ts';
import type { Table } from './metadata.ts';
import { queryPath } from './odata.ts';
import { askPage } from './pages.ts';
import { countRows } from './row-count.ts';

/**
 * Where changes() goes on.
 *
 * - `link`: the platform's own link to what changed since `at`, or to the next page of it
 * - `stamp`: of a table whose changes it does not tell: rows modified at or after `from`; `rows` is how many there were
 *
 * Instants are those of the platform's clock.
 */
const cursorSchema = z.discriminatedUnion('way', [
  z.object({ v: z.literal(1), way: z.literal('link'), link: z.string().min(1), at: z.iso.datetime() }),
  z.object({
    v: z.literal(1),
    way: z.literal('stamp'),
    from: z.iso.datetime(),
    rows: z.number(),
    countedAt: z.iso.datetime(),
  }),
]);

export type Cursor = z.infer<typeof cursorSchema>;
export type LinkCursor = Extract<Cursor, { way: 'link' }>;
export type StampCursor = Extract<Cursor, { way: 'stamp' }>;

/** Throws CRM_CURSOR_EXPIRED for a cursor that is not one of ours: a full comparison is the way out. */
export function parseCursor(context: Context, object: string, cursor: unknown): Cursor {
  const parsed = cursorSchema.safeParse(cursor);
  if (parsed.success) return parsed.data;
  throw expired(context, object, 'the first read');
}

export function expired(context: Context, object: string, since: string, cause?: unknown): TierlinkError {
  const data = { connection: context.host.connection, object, since };
  return new TierlinkError('CRM_CURSOR_EXPIRED', data, cause === undefined ? {} : { cause });
}

/** Where changes begin after a full read that starts now. */
export async function startCursor(context: Context, object: string, signal?: AbortSignal): Promise<Cursor> {
  const table = await context.metadata.table(object);
  if (table.tracksChanges) {
    try {
      const cursor = await linkCursor(context, table, signal);
      if (cursor !== undefined) return cursor;
    } catch (error) {
      if (!cannotFollow(error)) throw error;
    }
  }
  return await stampCursor(context, table, signal);
}

/** Change tracking was turned off, or the user does not see every row: the platform tells part of the changes to nobody. */
function cannotFollow(error: unknown): boolean {
  return isTierlinkError(error, 'CRM_PERMISSION') || faultOf(error)?.code === '0x80072491';
}

/**
 * The link to changes comes with the last page of a read of the whole table, filtered by nothing; its rows are not used.
 * It is not documented from which page on changes count, so the read that matters begins after it. Undefined where no
 * page brings one.
 */
async function linkCursor(
  context: Context,
  table: Table,
  signal?: AbortSignal,
): Promise<LinkCursor | undefined> {
  let path = queryPath(table.entitySet, { select: [table.primaryId] });
  for (;;) {
    signal?.throwIfAborted();
    const page = await askPage(context, {
      path,
      table: table.name,
      kind: 'changes',
      tracksChanges: true,
      signal,
    });
    if (page.delta !== undefined) return { v: 1, way: 'link', link: page.delta, at: serverNow(context) };
    if (page.next === undefined) return undefined;
    path = page.next;
  }
}

async function stampCursor(context: Context, table: Table, signal?: AbortSignal): Promise<Cursor> {
  context.host.log(
    'warn',
    'changes of a table are found by their stamps: deletes show up as a difference in number only',
    { table: table.name },
  );
  const [rows = 0] = await countRows(context, table, [{ conditions: [], signal }]);
  await hearClock(context, signal);
  const now = serverNow(context);
  const from = new Date(Date.parse(now) - context.options.overlapMs).toISOString();
  return { v: 1, way: 'stamp', from, rows, countedAt: now };
}

/** Answers to batches that the library reads tell no time; where none has told it yet, it is asked for. */
async function hearClock({ client }: Context, signal: AbortSignal | undefined): Promise<void> {
  if (client.clockSkewMs() === null)
    await client.send({ method: 'GET', path: 'RetrieveVersion()', kind: 'changes', signal });
}

/**
 * A moment of ours by the platform's clock, as the last answer of client.send() told it. Before the first answer it is
 * our own clock's, which nothing may rest on.
 * @param at epoch ms; (Default: now)
 */
export function serverNow({ client, host }: Context, at = host.now()): string {
  return new Date(at + (client.clockSkewMs() ?? 0)).toISOString();
}
