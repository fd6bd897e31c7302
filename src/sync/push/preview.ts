import { instantOf } from '../../model/clock.ts';
import type { AttributeValue, EntityName } from '../../model/entities.ts';
import type { Executor } from '../../store/store.ts';
import type { Capabilities } from '../connector-manifest.ts';
import { setWriteBack } from '../links/connection-settings.ts';
import { createdAttributes } from '../mapping/on-create.ts';
import { loadConnection } from '../records/connections.ts';
import { recordNames } from '../records/record-names.ts';
import { belongsTo, markChildren } from './children.ts';
import type { OutboundContext } from './outbound.ts';
import {
  isHeldCreate,
  isOwn,
  newPushResult,
  type PushRequest,
  type PushResult,
  planChildren,
  planPush,
} from './plan.ts';

/** One write that would go out. */
export interface PreviewedWrite {
  object: string;
  entity: EntityName;
  recordId: string;
  /** What people call the record; null where nothing names it. */
  name: string | null;
  /** null: it would be created. */
  crmId: string | null;
  /** The decision that it carries; null where it is about something else. */
  decisionId: string | null;
  /** Records of ours that have to be created first, because this one belongs to them. */
  after: { entity: EntityName; recordId: string }[];
  changes: { attribute: string; before: AttributeValue; after: AttributeValue }[];
}

export interface PushPreview {
  /** Whether write-back is on; until it is, a push writes nothing of this. */
  isOn: boolean;
  writes: PreviewedWrite[];
  /** Records of which a value differs and would not be sent, because the CRM would refuse it. */
  unsent: number;
  /** Marked records that need nothing. */
  unchanged: number;
  /** How many API calls the writes would take, about. */
  calls: number;
  /** What another run works on, so that it was not planned. */
  skipped: string[];
  /** Objects that would wait, because they were never read to the end. */
  unread: string[];
  /** Records of objects that the push would not be for, which would wait. */
  waiting: number;
  /** Records that would not be created without a plan, because they are too many. */
  heldCreates: { object: string; count: number }[];
  /** Deals and leads that may be in the CRM already, and would not be created before a person has decided. */
  undecided: { object: string; count: number }[];
}

/**
 * What a push would write now: it is planned as the push itself does it, and what is due then is told instead of sent.
 * With write-back off it is turned on first. What would be created is taken for created, so that what belongs to it is told
 * too. Keeps what it plans, so it belongs into a rehearsal; makes no call. Not among them are the status record of the
 * connection, which goes with other writes, and what somebody edits until then.
 */
export async function previewPush(request: PushRequest): Promise<PushPreview> {
  const { store, mappings, clock, actor } = request;
  const { id, write_back: isOn } = await loadConnection(store.db, request.connection);
  if (!isOn) await setWriteBack({ store, clock, id, actor, on: true, confirm: id, mappings });
  const result = newPushResult();
  const contexts = await planPush(request, result);
  const made = await pretendCreates(request, contexts, result);
  const { pending, compared, unsent } = result.planned;
  const preview: PushPreview = {
    isOn,
    writes: [],
    unsent,
    unchanged: Math.max(0, compared - pending - unsent),
    calls: 0,
    skipped: result.skipped,
    unread: result.unread,
    waiting: 0,
    heldCreates: result.heldCreates,
    undecided: result.undecided,
  };
  for (const context of contexts) {
    if (context.plan.entity === 'connectionStatus') continue;
    const writes = await dueWrites(store, context, { now: instantOf(clock.now()), made });
    if (request.only !== undefined && request.only !== context.plan.object) {
      preview.waiting += writes.length;
      continue;
    }
    for (const write of writes) preview.writes.push(write);
    preview.calls += callsFor(writes.length, request.capabilities);
  }
  await forgetPretended(store, id);
  return preview;
}

/** Our ids of what would be created, by entity. */
type Made = ReadonlyMap<EntityName, ReadonlySet<string>>;

/** Stands in for the CRM's id of a record that would be created, before our id; no id of a CRM begins so. */
const pretended = 'created ';

/** Goes through the mappings as the push does, with links that stand in for what it would create. */
async function pretendCreates(
  request: PushRequest,
  contexts: readonly OutboundContext[],
  result: PushResult,
): Promise<Made> {
  const made = new Map<EntityName, Set<string>>();
  let created = 0;
  for (const parent of contexts) {
    const { entity, object } = parent.plan;
    const isAsked = request.only === undefined || request.only === object;
    if (!isAsked || !contexts.some(({ plan }) => belongsTo(plan, entity))) continue;
    for (let goesOn = true; goesOn; ) {
      const parents = isHeldCreate(parent, result) ? [] : await pretendDue(request, parent);
      if (parents.length === 0) break;
      made.set(entity, new Set([...(made.get(entity) ?? []), ...parents]));
      if (isOwn(entity)) created += parents.length;
      await markChildren(request.store, parent, { parents, now: instantOf(request.clock.now()) });
      goesOn = await planChildren(request, { contexts, parent, created }, result);
    }
  }
  return made;
}

/** Links what is due to be created to ids that stand in for the CRM's. Returns our ids of what was not before. */
async function pretendDue(
  { store, clock }: PushRequest,
  { connection, plan: { object, entity } }: OutboundContext,
): Promise<string[]> {
  const rows = await store.query<{ record_id: string }>(
    `insert into tierlink.link (connection, object, crm_id, entity, record_id, state, keyed, linked_at, changed_at)
     select $1, $2, $5 || record_id, $3, record_id, 'live', true, $4::timestamptz, $4::timestamptz
     from tierlink.pending_write where connection = $1 and object = $2 and entity = $3 and state = 'due' and crm_id is null
       and (not_before is null or not_before <= $4::timestamptz)
     on conflict do nothing returning record_id`,
    [connection, object, entity, instantOf(clock.now()), pretended],
  );
  return rows.map((row) => row.record_id);
}

async function forgetPretended(executor: Executor, connection: string): Promise<void> {
  await executor.query(`delete from tierlink.link where connection = $1 and starts_with(crm_id, $2)`, [
    connection,
    pretended,
  ]);
}

interface DueRow {
  record_id: string;
  crm_id: string | null;
  decision_id: string | null;
  attributes: Record<string, AttributeValue>;
  before: Record<string, AttributeValue>;
}

async function dueWrites(
  executor: Executor,
  { connection, plan }: OutboundContext,
  { now, made }: { now: string; made: Made },
): Promise<PreviewedWrite[]> {
  const { object, entity } = plan;
  const rows = await executor.query<DueRow & Record<string, unknown>>(
    `select record_id, crm_id, decision_id, attributes, before from tierlink.pending_write
     where connection = $1 and object = $2 and entity = $3 and state = 'due'
       and (not_before is null or not_before <= $4::timestamptz)
     order by lane, record_id collate "C"`,
    [connection, object, entity, now],
  );
  const names = await recordNames(
    executor,
    entity,
    rows.map((row) => row.record_id),
  );
  return rows.map((row) => ({
    object,
    entity,
    recordId: row.record_id,
    name: names.get(row.record_id) ?? null,
    crmId: row.crm_id,
    decisionId: row.decision_id,
    after: [...plan.attributes, ...createdAttributes(plan)].flatMap(({ attribute, to }) => {
      const recordId = row.attributes[attribute];
      const isMade = to !== undefined && typeof recordId === 'string' && made.get(to)?.has(recordId) === true;
      return isMade ? [{ entity: to, recordId }] : [];
    }),
    changes: Object.entries(row.attributes).map(([attribute, after]) => ({
      attribute,
      before: row.before[attribute] ?? null,
      after,
    })),
  }));
}

/** A bulk job takes about six calls, its polls included, however many rows it has. */
const callsPerBulkJob = 6;

function callsFor(rows: number, { bulkWriteFrom, rowsPerWrite }: Capabilities): number {
  const calls = Math.ceil(rows / rowsPerWrite);
  return bulkWriteFrom !== null && rows > bulkWriteFrom ? Math.min(calls, callsPerBulkJob) : calls;
}
