import { isTierlinkError, type TierlinkError } from '../errors.ts';
import { type Clock, instantOf } from '../model/clock.ts';
import { type EntityName, readOrder } from '../model/entities.ts';
import { type Logger, silentLogger } from '../model/logger.ts';
import { withLease } from '../store/leases.ts';
import type { Store } from '../store/store.ts';
import type { Budget, CallMeter } from './budget.ts';
import { type ConnectionRecord, loadConnection, requireWritable } from './connections.ts';
import type { Connector } from './connector.ts';
import type { Capabilities } from './connector-manifest.ts';
import type { ObjectDescription } from './crm-description.ts';
import { type MappingPlan, planMapping } from './mapping-plan.ts';
import type { ObjectMapping } from './mapping-schema.ts';
import { compareRecords, type OutboundContext } from './outbound.ts';
import { writtenAttributes } from './outbound-compare.ts';
import type { ProgramWords } from './outbound-values.ts';
import { dropUnmapped, type PlannedCounts, planWrites, spreadOutbox } from './pending.ts';
import { pushObject, settleLeftovers } from './push.ts';
import {
  type BreakerLimits,
  defaultBreaker,
  newPushCounts,
  type PushContext,
  type PushCounts,
} from './push-context.ts';
import { markStatus, statusRecordId } from './status-record.ts';
import type { TransformContext } from './transform.ts';
import { markNewlyWritten } from './written.ts';

export interface PushRequest {
  store: Store;
  connector: Connector;
  capabilities: Capabilities;
  connection: string;
  /** All mappings of the connection. */
  mappings: readonly ObjectMapping[];
  /** Objects as the CRM describes them, by name; values are checked against them before they are sent. */
  descriptions: ReadonlyMap<string, ObjectDescription>;
  /** null: there is no program, so no tiers. */
  program: ProgramWords | null;
  transform: TransformContext;
  clock: Clock;
  runId: string | null;
  /** Who writes, for the audit, such as "tierlink" or a person. */
  actor: string;
  /** Names this process among the holders of leases. */
  holder: string;
  /** Only this CRM object. All objects are planned, and those left out wait. */
  only?: string | undefined;
  budget?: Budget | undefined;
  meter?: CallMeter | undefined;
  /** (Default: Math.random) */
  random?: (() => number) | undefined;
  clockSkewMs?: number | undefined;
  breaker?: BreakerLimits | undefined;
  logger?: Logger | undefined;
  signal?: AbortSignal | undefined;
}

export interface PushResult {
  planned: PlannedCounts;
  /** Counts by mapping, for those that had anything to do. */
  objects: { object: string; entity: EntityName; counts: PushCounts }[];
  total: PushCounts;
  /** Objects that another run works on. */
  skipped: string[];
  /** Records of objects that this push was not for, which wait to be written. */
  waiting: number;
}

const leaseTtlMs = 60_000;

/**
 * Writes what a connection should be told: compares what is marked, sends what differs, records what became of it.
 * Throws SYNC_WRITE_BACK_OFF or SYNC_ORG_CHANGED before anything is done; CRM_BUDGET and its like when it has to wait.
 */
export async function pushConnection(request: PushRequest): Promise<PushResult> {
  const connection = await loadConnection(request.store.db, request.connection);
  requireWritable(connection);
  const contexts = outboundContexts(request, connection);
  const result: PushResult = {
    planned: { compared: 0, pending: 0, unsent: 0 },
    objects: [],
    total: newPushCounts(),
    skipped: [],
    waiting: 0,
  };
  const { mappings, clock } = request;
  await markNewlyWritten(request.store, { connection: connection.id, mappings, now: instantOf(clock.now()) });
  await spreadOutbox(request.store);
  await dropUnmapped(request.store, contexts, connection.id);
  await planUnderLease(request, contexts, result);
  await pushRecords(request, contexts, result);
  await pushStatus(request, contexts, result);
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
      await pushUnderLease(request, context, result);
    } catch (error) {
      if (!isTierlinkError(error, 'CRM_BUDGET') || error.data.lane !== 'deals') throw error;
      usedUp = error;
    }
  }
  if (usedUp !== undefined) throw usedUp;
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

/** One context per mapping that writes anything, parents before their children. */
export function outboundContexts(
  request: Pick<PushRequest, 'connection' | 'mappings' | 'descriptions' | 'program' | 'transform' | 'only'>,
  connection: Pick<ConnectionRecord, 'tier_mode'>,
): OutboundContext[] {
  const plans = request.mappings.map((mapping) => planMapping(mapping));
  return plans
    .filter((plan) => writtenAttributes(plan).length > 0)
    .sort((a, b) => placeOf(a) - placeOf(b))
    .map((plan) => ({
      connection: request.connection,
      plan,
      plans,
      description: request.descriptions.get(plan.object),
      tiers: connection.tier_mode === 'owned' ? request.program : null,
      transform: request.transform,
    }));
}

const pushOrder: readonly EntityName[] = [...readOrder, 'decision', 'kpiPeriod', 'connectionStatus'];

function placeOf(plan: MappingPlan): number {
  return pushOrder.indexOf(plan.entity);
}

async function planUnderLease(
  request: PushRequest,
  contexts: readonly OutboundContext[],
  result: PushResult,
): Promise<void> {
  const { store, connection, signal } = request;
  await unlessHeld(`plan:${connection}`, request, result, async (leased) => {
    const moment = { now: instantOf(request.clock.now()), runId: request.runId, connection };
    const going = leased.signal;
    result.planned = await planWrites(store, contexts, { ...moment, signal: going });
    signal?.throwIfAborted();
  });
}

async function pushUnderLease(
  request: PushRequest,
  context: OutboundContext,
  result: PushResult,
): Promise<void> {
  const { connection } = request;
  const counts = newPushCounts();
  const { object, entity } = context.plan;
  try {
    await unlessHeld(`push:${connection}:${object}`, request, result, async ({ lease, signal }) => {
      await pushObject(pushContextOf(request, context, { lease, signal }), counts);
    });
  } finally {
    if (Object.values(counts).some((count) => count > 0)) result.objects.push({ object, entity, counts });
    for (const name of Object.keys(counts) as (keyof PushCounts)[]) result.total[name] += counts[name];
  }
}

function pushContextOf(
  request: PushRequest,
  context: OutboundContext,
  leased: Pick<PushContext, 'lease' | 'signal'>,
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
    log: request.logger ?? silentLogger,
  };
}

type Leased = Parameters<Parameters<typeof withLease>[2]>[0];

/** Runs work under a lease; when somebody else has it, the key is noted as skipped instead. */
async function unlessHeld(
  key: string,
  request: PushRequest,
  result: PushResult,
  work: (leased: Leased) => Promise<void>,
): Promise<void> {
  const { store, holder, signal } = request;
  const wanted = { key, holder, ttlMs: leaseTtlMs, ...(signal === undefined ? {} : { signal }) };
  try {
    await withLease(store, wanted, work);
  } catch (error) {
    if (!isTierlinkError(error, 'LEASE_HELD') || error.data.key !== key) throw error;
    result.skipped.push(key);
  }
}

/**
 * Finds out what became of writes that a dead process left in flight, without sending anything. Run before a pull, so
 * that our own echo is not taken for somebody else's change.
 */
export async function settleConnection(request: PushRequest): Promise<PushCounts> {
  const { store } = request;
  const connection = await loadConnection(store.db, request.connection);
  const result: PushResult = {
    planned: { compared: 0, pending: 0, unsent: 0 },
    objects: [],
    total: newPushCounts(),
    skipped: [],
    waiting: 0,
  };
  const open = await store.query<{ object: string }>(
    `select distinct object from tierlink.pending_write where connection = $1 and state = 'in_flight'`,
    [request.connection],
  );
  const objects = new Set(open.map((row) => row.object));
  for (const context of outboundContexts(request, connection)) {
    if (!objects.has(context.plan.object)) continue;
    await unlessHeld(`push:${connection.id}:${context.plan.object}`, request, result, async (leased) => {
      await settleLeftovers(pushContextOf(request, context, leased), result.total);
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
