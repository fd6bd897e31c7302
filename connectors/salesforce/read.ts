import type { ReadRequest, RecordPage } from '../../src/sync/connector.ts';
import type { Context } from './context.ts';
import { startCursor } from './cursor.ts';
import { conditionsOf, query, withFreshFields } from './query.ts';
import { isBulkUnsupported, readBulk } from './read/bulk.ts';
import { readNamed } from './read/named.ts';
import { PAGE_ROWS, type ReadToken } from './read/token.ts';
import { planFields } from './records.ts';
import { quote } from './soql.ts';

/**
 * All live records in scope. Up to `bulkQueryFrom` they come by REST in the order of their ids, above it by a Bulk
 * API 2.0 query. The size is learnt from the first REST answer, so a small object costs one call.
 */
export async function* read(context: Context, request: ReadRequest): AsyncIterable<RecordPage> {
  if (request.ids !== undefined || request.keys !== undefined) {
    yield* readNamed(context, request);
    return;
  }
  const token = request.resume as ReadToken | null | undefined;
  const cursor =
    token?.cursor ?? (request.noCursor === true ? null : await startCursor(context, request.object));
  if (token?.lane === 'bulk') {
    const gone = yield* readBulk(context, request, { token, cursor });
    if (!gone) return;
  }
  const tooMany = yield* readRest(context, request, {
    cursor,
    after: token?.lane === 'rest' ? token.after : '',
    probe: token === null || token === undefined || token.lane === 'bulk',
  });
  if (!tooMany) return;
  try {
    yield* readBulk(context, request, { cursor });
  } catch (error) {
    if (!isBulkUnsupported(error)) throw error;
    yield* readRest(context, request, { cursor, after: '', probe: false });
  }
}

interface RestRead {
  cursor: unknown;
  after: string;
  /** Whether to stop before the first page when there is more than REST should read. */
  probe: boolean;
}

/** Keyset on Id; true when it stopped because a bulk job is cheaper. */
async function* readRest(
  context: Context,
  request: ReadRequest,
  start: RestRead,
): AsyncGenerator<RecordPage, boolean> {
  const limit = start.probe ? context.options.bulkQueryFrom + 1 : PAGE_ROWS;
  let after = start.after;
  for (let first = true; ; first = false) {
    request.signal?.throwIfAborted();
    const page = await withFreshFields(
      context,
      request.object,
      async () => await restPage(context, request, { after, limit }),
    );
    if (first && start.probe && page.totalSize > context.options.bulkQueryFrom) return true;
    const lastId = page.records.at(-1)?.id;
    const last = page.complete;
    after = lastId ?? after;
    yield { records: page.records, resume: token(after, start.cursor), cursor: start.cursor, last };
    if (last) return false;
  }
}

function token(after: string, cursor: unknown): ReadToken {
  return { lane: 'rest', after, cursor };
}

async function restPage(context: Context, request: ReadRequest, keyset: { after: string; limit: number }) {
  const plan = await planFields(context, request.object, request.fields);
  const scope = await conditionsOf(context, request.object, request.scope);
  const conditions = keyset.after === '' ? scope : [...scope, `Id > ${quote(keyset.after)}`];
  const wanted = { object: plan.object, fields: plan.select, conditions, orderBy: 'Id', limit: keyset.limit };
  const answer = await query(context, wanted, { signal: request.signal });
  return {
    records: answer.records.map(plan.fromJson),
    totalSize: answer.totalSize,
    // A server may hand out smaller pages than asked for; only both together mean the end.
    complete: answer.done && answer.records.length < keyset.limit,
  };
}
