import { instantOf } from '../model/clock.ts';
import type { AttributeValue, EntityName } from '../model/entities.ts';
import type { Executor } from '../store/store.ts';
import { setWriteBack } from './connection-settings.ts';
import { loadConnection } from './connections.ts';
import type { Capabilities } from './connector-manifest.ts';
import type { OutboundContext } from './outbound.ts';
import { newPushResult, type PushRequest, planPush } from './push-plan.ts';
import { recordNames } from './record-names.ts';

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
 * With write-back off it is turned on first. Keeps what it plans, so it belongs into a rehearsal; makes no call. Not among
 * them are the status record of the connection, which goes with other writes, and what follows only from a write: records
 * below one that would be made first, and those that somebody edits until then.
 */
export async function previewPush(request: PushRequest): Promise<PushPreview> {
  const { store, mappings, clock, actor } = request;
  const { id, write_back: isOn } = await loadConnection(store.db, request.connection);
  if (!isOn) await setWriteBack({ store, clock, id, actor, on: true, confirm: id, mappings });
  const result = newPushResult();
  const contexts = await planPush(request, result);
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
    const writes = await dueWrites(store, context, instantOf(clock.now()));
    if (request.only !== undefined && request.only !== context.plan.object) {
      preview.waiting += writes.length;
      continue;
    }
    for (const write of writes) preview.writes.push(write);
    preview.calls += callsFor(writes.length, request.capabilities);
  }
  return preview;
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
  now: string,
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
