import { isTierlinkError, type TierlinkError } from '../../errors.ts';
import { instantOf } from '../../model/clock.ts';
import { silentLogger } from '../../model/logger.ts';
import type { Store } from '../../store/store.ts';
import { loadConnection } from '../records/connections.ts';
import { markStatus, statusRecordId } from '../records/status-record.ts';
import { defaultBreaker, newPushCounts, type PushContext, type PushCounts } from './context.ts';
import { compareRecords, type OutboundContext } from './outbound.ts';
import {
  isHeldCreate,
  isOwn,
  newPushResult,
  outboundContexts,
  type PushRequest,
  type PushResult,
  planChildren,
  planPush,
  planUnderLease,
  unlessHeld,
} from './plan.ts';
import { dropUnplanned } from './planned-writes.ts';
import { pushObject, settleLeftovers } from './push.ts';

/**
 * Writes what a connection should be told: compares what is marked, sends what differs, records what became of it.
 * Throws SYNC_WRITE_BACK_OFF or SYNC_ORG_CHANGED before anything is done; CRM_BUDGET and its like when it has to wait.
 */
export async function pushConnection(request: PushRequest): Promise<PushResult> {
  const result = newPushResult();
  const contexts = await planPush(request, result);
  await pushRecords(request, contexts, result);
  // A plan writes what it lists and nothing else; the status goes out with the next push of its own.
  if (request.planned === undefined) await pushStatus(request, contexts, result);
  else await dropUnplanned(request.store, { connection: request.connection, planned: request.planned });
  result.waiting = await countWaiting(request);
  return result;
}

/** Object by object. A lane that has used up its share of the day does not keep the others from what is left to them. */
async function pushRecords(
  request: PushRequest,
  contexts: readonly OutboundContext[],
  result: PushResult,
): Promise<void> {
  let usedUp: TierlinkError | undefined;
  for (const context of contexts) {
    const { entity, object } = context.plan;
    if (!isAsked(request, object) || entity === 'connectionStatus') continue;
    try {
      await pushWithChildren(request, { contexts, context }, result);
    } catch (error) {
      if (!isTierlinkError(error, 'CRM_BUDGET') || error.data.lane !== 'deals') throw error;
      usedUp = error;
    }
  }
  if (usedUp !== undefined) throw usedUp;
}

/** What is created may be what others wait for, also some of the same mapping. */
async function pushWithChildren(
  request: PushRequest,
  { contexts, context }: { contexts: readonly OutboundContext[]; context: OutboundContext },
  result: PushResult,
): Promise<void> {
  for (;;) {
    if ((await pushUnderLease(request, context, result)) === 0) return;
    const created = result.objects.reduce(
      (sum, { entity, counts }) => sum + (isOwn(entity) ? counts.created : 0),
      0,
    );
    if (!(await planChildren(request, { contexts, parent: context, created }, result))) return;
  }
}

function isAsked({ only }: Pick<PushRequest, 'only'>, object: string): boolean {
  return only === undefined || only === object;
}

/** The status record goes with what it is about, so it is not counted. */
async function countWaiting({ store, connection, only }: PushRequest): Promise<number> {
  if (only === undefined) return 0;
  const [row] = await store.query<{ waiting: number }>(
    `select count(*)::int as waiting from tierlink.pending_write
     where connection = $1 and object <> $2 and entity <> 'connectionStatus' and state = 'due'`,
    [connection, only],
  );
  return row?.waiting ?? 0;
}

function addPushed(result: PushResult, pushed: PushResult['objects'][number]): void {
  const { object, entity, counts } = pushed;
  if (!Object.values(counts).some((count) => count > 0)) return;
  const known = result.objects.find((each) => each.object === object && each.entity === entity);
  for (const name of Object.keys(counts) as (keyof PushCounts)[]) {
    result.total[name] += counts[name];
    if (known !== undefined) known.counts[name] += counts[name];
  }
  if (known === undefined) result.objects.push(pushed);
}

/** Returns how many records were created. */
async function pushUnderLease(
  request: PushRequest,
  context: OutboundContext,
  result: PushResult,
): Promise<number> {
  const { connection } = request;
  const counts = newPushCounts();
  const { object, entity } = context.plan;
  try {
    await unlessHeld(`push:${connection}:${object}`, request, result, async ({ lease, signal }) => {
      const mayCreate = !isHeldCreate(context, result);
      await pushObject(pushContextOf(request, context, { lease, signal, mayCreate }), counts);
    });
    return counts.created;
  } finally {
    addPushed(result, { object, entity, counts });
  }
}

function pushContextOf(
  request: PushRequest,
  context: OutboundContext,
  leased: Pick<PushContext, 'lease' | 'signal' | 'mayCreate'>,
): PushContext {
  return {
    ...context,
    ...leased,
    store: request.store,
    connector: request.connector,
    capabilities: request.capabilities,
    clock: request.clock,
    random: request.random ?? Math.random,
    clockSkewMs: request.clockSkewMs ?? 0,
    budget: request.budget ?? null,
    meter: request.meter ?? null,
    runId: request.runId,
    actor: request.actor,
    breaker: request.breaker ?? defaultBreaker,
    planned: request.planned ?? null,
    log: request.logger ?? silentLogger,
  };
}

/**
 * Finds out what became of writes that a dead process left in flight. Run before a pull, so that our own echo is not taken
 * for somebody else's change. It sends nothing but what unfinished bulk jobs have not taken yet; with `isReading`, nothing.
 */
export async function settleConnection(
  request: PushRequest,
  how: { isReading: boolean },
): Promise<PushCounts> {
  const { store } = request;
  const connection = await loadConnection(store.db, request.connection);
  const result = newPushResult();
  const open = await store.query<{ object: string }>(
    `select distinct object from tierlink.pending_write where connection = $1 and state = 'in_flight'`,
    [request.connection],
  );
  const objects = new Set(open.map((row) => row.object));
  for (const context of outboundContexts(request, connection)) {
    if (!objects.has(context.plan.object)) continue;
    await unlessHeld(`push:${connection.id}:${context.plan.object}`, request, result, async (leased) => {
      await settleLeftovers(
        pushContextOf(request, context, { ...leased, mayCreate: true }),
        result.total,
        how,
      );
    });
  }
  return result.total;
}

/** The status goes out where a write has marked it or its state word changes; a pass without either leaves it alone. */
async function pushStatus(
  request: PushRequest,
  contexts: readonly OutboundContext[],
  result: PushResult,
): Promise<void> {
  const { store, connection } = request;
  const recordId = statusRecordId(connection);
  const own = contexts.filter(
    ({ plan }) => plan.entity === 'connectionStatus' && isAsked(request, plan.object),
  );
  for (const context of own) {
    const [compared] = await compareRecords(store, context, [recordId]);
    const change = compared?.change ?? null;
    if (change !== null && 'state' in change.attributes) {
      await markStatus(store, { connection, now: instantOf(request.clock.now()) });
    }
    await planUnderLease(request, [context], { ...result });
    if (await isPending(store, context, recordId)) await pushUnderLease(request, context, result);
  }
}

/** Planned just now, or by a run that did not live to send it. */
async function isPending(
  store: Store,
  { connection, plan }: OutboundContext,
  recordId: string,
): Promise<boolean> {
  const rows = await store.query(
    `select 1 from tierlink.pending_write where connection = $1 and object = $2 and entity = $3 and record_id = $4
       and state <> 'rejected'`,
    [connection, plan.object, plan.entity, recordId],
  );
  return rows.length > 0;
}
