import { z } from 'zod';
import { TierlinkError } from '../../src/errors.ts';
import type { Context } from './context.ts';
import { replicatedIds } from './replication.ts';

/**
 * Where changes() goes on. `coveredTo` is an instant of the org's own clock: everything stamped before it has been
 * handed out; it moves with each page. `deletesTo` is the same for deletes, which come at the end of a window.
 * `covered` is the ledger of windows read so far. `openFrom`: where a window begins that was not read to its end; what the
 * query did not show of it has not been looked up yet. `replicated`: the replication service serves the object, so that
 * it need not be described before it is asked.
 */
const cursorSchema = z.object({
  v: z.literal(1),
  coveredTo: z.iso.datetime(),
  deletesTo: z.iso.datetime(),
  openFrom: z.iso.datetime().optional(),
  replicated: z.boolean().optional(),
  covered: z.array(z.object({ from: z.iso.datetime(), to: z.iso.datetime() })),
});

export type Cursor = z.infer<typeof cursorSchema>;

const MINUTE_MS = 60_000;

/** Where changes begin after a full read that starts now: at what the platform itself holds for complete. */
export async function startCursor(context: Context, object: string): Promise<Cursor> {
  const now = await context.client.serverNow();
  const raw = await context.metadata.object(object);
  const lagging = now - context.options.overlapMs;
  const covered = raw.replicateable
    ? (await replicatedIds(context, object, { from: now - 2 * MINUTE_MS, to: now + MINUTE_MS })).coveredTo
    : lagging;
  const coveredTo = new Date(Math.min(now, covered)).toISOString();
  return { v: 1, coveredTo, deletesTo: coveredTo, replicated: raw.replicateable, covered: [] };
}

/** Throws CRM_CURSOR_EXPIRED for a cursor that is not one of ours: a full comparison is the way out. */
export function parseCursor(context: Context, object: string, cursor: unknown): Cursor {
  const parsed = cursorSchema.safeParse(cursor);
  if (parsed.success) return parsed.data;
  throw expired(context, object, 'the first read');
}

export function expired(context: Context, object: string, since: string): TierlinkError {
  return new TierlinkError('CRM_CURSOR_EXPIRED', { connection: context.host.connection, object, since });
}

const KEPT_INTERVALS = 20;

/** Adds a window to the ledger; windows that touch become one, the oldest are forgotten. */
export function withInterval(ledger: Cursor['covered'], from: string, to: string): Cursor['covered'] {
  const sorted = [...ledger, { from, to }].sort((left, right) => (left.from < right.from ? -1 : 1));
  const joined: Cursor['covered'] = [];
  for (const interval of sorted) {
    const before = joined.at(-1);
    if (before === undefined || interval.from > before.to) joined.push({ ...interval });
    else if (interval.to > before.to) before.to = interval.to;
  }
  return joined.slice(-KEPT_INTERVALS);
}
