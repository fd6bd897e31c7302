import { type Clock, instantOf } from '../../model/clock.ts';
import { type EntityName, entities, readOrder } from '../../model/entities.ts';
import type { Logger } from '../../model/logger.ts';
import type { LeasedWork } from '../../store/leases.ts';
import type { Store } from '../../store/store.ts';
import type { Budget, CallMeter } from '../budget.ts';
import type { Connector } from '../connector.ts';
import type { Capabilities } from '../connector-manifest.ts';
import type { ObjectDescription } from '../crm-description.ts';
import { unlessAtWork, type WaitTurn } from '../engine.ts';
import { type MappingPlan, planMapping } from '../mapping/plan.ts';
import type { ObjectMapping } from '../mapping/schema.ts';
import type { TransformContext } from '../mapping/transform.ts';
import {
  type ConnectionRecord,
  loadConnection,
  requirePinned,
  requireWritable,
} from '../records/connections.ts';
import { unreadEntities } from '../records/feed.ts';
import { countUndecided, markUndecided } from '../records/registrations.ts';
import { markNewlyWritten } from '../records/written.ts';
import { belongsTo } from './children.ts';
import { type BreakerLimits, newPushCounts, type PushCounts } from './context.ts';
import { compareRecords, type OutboundContext } from './outbound.ts';
import { writtenAttributes } from './outbound-compare.ts';
import type { ProgramWords } from './outbound-values.ts';
import { dropUnmapped, keepChanges, type PlannedCounts, planWrites, spreadOutbox } from './pending.ts';
import { insteadFor, markPlanned, type PlannedWrites } from './planned-writes.ts';

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
  waitTurn?: WaitTurn | undefined;
  /** Only this CRM object. All objects are planned, and those left out wait. */
  only?: string | undefined;
  /** Only what a reviewed plan writes, also while write-back is off. */
  planned?: PlannedWrites | undefined;
  budget?: Budget | undefined;
  /** How many of the CRM's own records may be created without a plan. (Default: no limit) */
  createsPerRun?: number | undefined;
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
  /** Objects that wait, because they were never read to the end. */
  unread: string[];
  /** Records of objects that this push was not for, which wait to be written. */
  waiting: number;
  /** Records of the CRM's own objects that would be created, and are more than a push may create without a plan. */
  heldCreates: { object: string; count: number }[];
  /** Deals and leads that may be in the CRM already, and are not created before a person has decided. */
  undecided: { object: string; count: number }[];
}

export function newPushResult(): PushResult {
  return {
    planned: { compared: 0, pending: 0, unsent: 0 },
    objects: [],
    total: newPushCounts(),
    skipped: [],
    unread: [],
    waiting: 0,
    heldCreates: [],
    undecided: [],
  };
}

/**
 * Finds out what a connection should be told: compares what is marked and leaves pending writes for what differs. Returns
 * the mappings to be written, parents before their children. Throws SYNC_WRITE_BACK_OFF or SYNC_ORG_CHANGED before
 * anything is done.
 */
export async function planPush(request: PushRequest, result: PushResult): Promise<OutboundContext[]> {
  const { store, mappings, clock } = request;
  const connection = await loadConnection(store.db, request.connection);
  if (request.planned === undefined) requireWritable(connection);
  else requirePinned(connection);
  const contexts = outboundContexts(request, connection);
  const now = instantOf(clock.now());
  await markNewlyWritten(store, { connection: connection.id, mappings, now });
  await spreadOutbox(store);
  await markUndecided(store, { connection: connection.id, now });
  if (request.planned !== undefined)
    await markPlanned(store, { connection: connection.id, planned: request.planned, now });
  await dropUnmapped(store, contexts, connection.id);
  const ready = await leaveUnread(request, contexts, result);
  await planUnderLease(request, ready, result);
  if (request.planned?.restores === true) await placeRestores(request, ready);
  result.heldCreates = await tooManyCreates(request, 0);
  result.undecided = await countUndecided(store, connection.id);
  return ready;
}

/**
 * Plans what belongs to records that the CRM has just got, among the mappings from theirs on. `created`: how many of the
 * CRM's own records were made so far. Returns whether it may be more of the same mapping.
 */
export async function planChildren(
  request: PushRequest,
  {
    contexts,
    parent,
    created,
  }: { contexts: readonly OutboundContext[]; parent: OutboundContext; created: number },
  result: PushResult,
): Promise<boolean> {
  const later = contexts.slice(contexts.indexOf(parent));
  const children = new Set(
    later.filter(({ plan }) => belongsTo(plan, parent.plan.entity)).map(({ plan }) => plan.entity),
  );
  if (children.size === 0) return false;
  await spreadOutbox(request.store);
  const before = result.planned;
  await planUnderLease(
    request,
    contexts.filter(({ plan }) => children.has(plan.entity)),
    result,
  );
  for (const name of Object.keys(before) as (keyof PlannedCounts)[]) result.planned[name] += before[name];
  result.heldCreates = await tooManyCreates(request, created);
  result.undecided = await countUndecided(request.store, request.connection);
  return children.has(parent.plan.entity);
}

/**
 * A wrong mapping or match can ask for thousands of new records. What nobody has looked at is made in small numbers only.
 * `created`: how many the run has made so far.
 */
async function tooManyCreates(
  { store, connection, planned, createsPerRun }: PushRequest,
  created: number,
): Promise<PushResult['heldCreates']> {
  if (planned !== undefined || createsPerRun === undefined) return [];
  const rows = await store.query<{ object: string; count: number }>(
    `select object, count(*)::int as count from tierlink.pending_write p
     where connection = $1 and state = 'due' and crm_id is null and entity = any($2::text[])
       and not exists (select from tierlink.link l where l.connection = p.connection and l.object = p.object
         and l.entity = p.entity and l.record_id = p.record_id and l.state = 'live')
     group by object order by object`,
    [connection, ownEntities],
  );
  return rows.reduce((sum, { count }) => sum + count, created) > createsPerRun ? [...rows] : [];
}

/** The CRM's own records, not those that the program keeps beside them. */
const ownEntities = Object.keys(entities).filter((entity) => isOwn(entity as EntityName));

/** Whether records of the entity are the CRM's own. */
export function isOwn(entity: EntityName): boolean {
  return entities[entity].origin === 'crm';
}

/** Whether what would be created by a mapping is more than a push may create without a plan. */
export function isHeldCreate({ plan: { object, entity } }: OutboundContext, result: PushResult): boolean {
  return isOwn(entity) && result.heldCreates.some((held) => held.object === object);
}

/** What a plan puts back is due whatever the program wants; nothing else would ever plan it. */
async function placeRestores(
  { store, planned, clock, runId }: PushRequest,
  contexts: readonly OutboundContext[],
): Promise<void> {
  const moment = { now: instantOf(clock.now()), runId };
  for (const context of contexts) {
    const instead = insteadFor({ planned: planned ?? null, plan: context.plan }) ?? new Map();
    await store.transaction(async (tx) => {
      const compared = await compareRecords(tx, context, [...instead.keys()], instead);
      const changes = compared.flatMap(({ change }) => change ?? []);
      await keepChanges(tx, context, { changes, moment, restores: true });
    });
  }
}

/**
 * Before an object was read to its end once, nobody knows what is there already: what would be written waits, with its
 * marks, and so do other mappings that write the same records.
 */
async function leaveUnread(
  { store, connection, mappings, only }: PushRequest,
  contexts: readonly OutboundContext[],
  result: PushResult,
): Promise<OutboundContext[]> {
  const entities = await unreadEntities(store, connection, mappings);
  const isWaiting = ({ plan }: OutboundContext) => entities.has(plan.entity);
  const waiting = contexts.filter(isWaiting).map(({ plan }) => plan.object);
  result.unread = [...new Set(waiting)].filter((object) => only === undefined || object === only).sort();
  return contexts.filter((context) => !isWaiting(context));
}

/** One context per mapping that writes anything, parents before their children. */
export function outboundContexts(
  request: Pick<PushRequest, 'connection' | 'mappings' | 'descriptions' | 'program' | 'transform'>,
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

const pushOrder: readonly EntityName[] = [
  ...readOrder,
  'decision',
  'membership',
  'kpiPeriod',
  'connectionStatus',
];

function placeOf(plan: MappingPlan): number {
  return pushOrder.indexOf(plan.entity);
}

/** Compares what is marked for some of the mappings, unless another run does. */
export async function planUnderLease(
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

/** Runs work under a lease; when somebody else has it, the key is noted as skipped instead. */
export async function unlessHeld(
  key: string,
  request: PushRequest,
  result: PushResult,
  work: (leased: LeasedWork) => Promise<void>,
): Promise<void> {
  const isDone = await unlessAtWork(request, key, async (leased) => {
    await work(leased);
    return true;
  });
  if (isDone === undefined) result.skipped.push(key);
}
