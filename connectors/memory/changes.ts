import { TierlinkError } from '../../src/errors.ts';
import type { ChangePage, ChangesRequest } from '../../src/sync/connector.ts';
import type { MemoryClient } from './client.ts';
import type { MemoryObject, MemoryRow } from './crm.ts';
import { cutOff, finalWinner, recordOf } from './read.ts';
import { scopeTest } from './scope.ts';

/** The history has a number for every write, so no clock is needed to know where one stood. */
interface MemoryCursor {
  seq: number;
}

export async function* changes(client: MemoryClient, request: ChangesRequest): AsyncIterable<ChangePage> {
  const object = client.object(request.object);
  const since = cursorOf(client, request, object);
  const upTo = object.seq - (client.crm.faults.take('lateVisibility', { object: object.name })?.rows ?? 0);
  const rows = [...object.rows.values()]
    .filter((row) => row.seq > since && row.seq <= upTo)
    .sort((left, right) => left.seq - right.seq);
  const cut = client.crm.faults.take('cut', { object: request.object, call: 'changes' });
  for (let from = 0, pages = 0; from === 0 || from < rows.length; from += client.pageRows, pages += 1) {
    request.signal?.throwIfAborted();
    if (cut !== undefined && pages >= (cut.pages ?? 1)) throw cutOff(client);
    await client.call('changes', request.object);
    const slice = rows.slice(from, from + client.pageRows);
    const last = from + client.pageRows >= rows.length;
    const reached = last ? Math.max(since, upTo) : (slice.at(-1)?.seq ?? since);
    yield pageOf(client, request, { object, slice, since, reached, last });
  }
}

/** Throws CRM_CURSOR_EXPIRED when the history no longer reaches back to the cursor. */
function cursorOf(client: MemoryClient, request: ChangesRequest, object: MemoryObject): number {
  const seq = (request.cursor as MemoryCursor | null)?.seq;
  if (typeof seq === 'number' && seq >= object.forgottenTo) return seq;
  const data = { connection: client.host.connection, object: request.object, since: `change ${seq ?? '?'}` };
  throw new TierlinkError('CRM_CURSOR_EXPIRED', data);
}

interface Slice {
  object: MemoryObject;
  slice: MemoryRow[];
  since: number;
  reached: number;
  last: boolean;
}

function pageOf(client: MemoryClient, request: ChangesRequest, part: Slice): ChangePage {
  const { object, slice } = part;
  const live = slice.filter((row) => row.deletedAt === null && (object.isSeen?.(row) ?? true));
  const gone = slice.filter((row) => row.deletedAt !== null);
  const at = new Date(client.crm.now()).toISOString();
  const scopes = request.scopes.map((scope) => ({ name: scope.name, holds: scopeTest(scope) }));
  return {
    changed: live.map((row) => ({
      ...recordOf(client.crm, { object, row }, request.fields),
      scopes: scopes.filter((scope) => scope.holds(row)).map((scope) => scope.name),
    })),
    deleted: gone
      .filter((row) => row.mergedInto === null)
      .map((row) => ({ id: row.id, at: row.deletedAt ?? at })),
    merged: gone.flatMap((row) =>
      row.mergedInto === null ? [] : [{ loser: row.id, winner: finalWinner(object, row) }],
    ),
    cursor: { seq: part.reached } satisfies MemoryCursor,
    covered: { from: slice[0]?.modifiedAt ?? at, to: at },
    last: part.last,
  };
}
