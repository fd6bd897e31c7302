import type { AttributeValue, EntityName } from '../model/entities.ts';
import { entities } from '../model/entities.ts';
import type { Executor } from '../store/store.ts';
import { loadConnection } from './connections.ts';
import type { CrmValue } from './connector.ts';
import type { Capabilities } from './connector-manifest.ts';
import { compareRecords, type OutboundContext } from './outbound.ts';
import type { Compared, OutgoingChange, Unsent } from './outbound-compare.ts';
import { outboundContexts, type PushRequest } from './push-connection.ts';

/** One write that would go out. */
export interface PreviewedWrite {
  object: string;
  entity: EntityName;
  recordId: string;
  /** null: it would be created. */
  crmId: string | null;
  changes: { attribute: string; before: AttributeValue; after: AttributeValue }[];
  fields: Record<string, CrmValue>;
}

export interface PushPreview {
  writes: PreviewedWrite[];
  /** Values that differ and would not be sent, because the CRM would refuse them. */
  unsent: ({ object: string; recordId: string; crmId: string | null } & Unsent)[];
  /** Records that need nothing. */
  unchanged: number;
  /** How many API calls the writes would take, about. */
  calls: number;
  /** Records of objects that the push would not be for, which would wait. */
  waiting: number;
}

const pageSize = 1000;

/**
 * What a push would write now: the same comparison as the push itself, without its last step. Nothing is stored and no
 * call is made. While write-back is off, everything is compared; else what is marked or pending.
 */
export async function previewPush(
  request: Pick<
    PushRequest,
    'store' | 'capabilities' | 'connection' | 'mappings' | 'descriptions' | 'program' | 'transform' | 'only'
  > & {
    /** Preview as if the program owned the tiers already. (Default: as the connection is set) */ owned?: boolean;
  },
): Promise<PushPreview> {
  const { store } = request;
  const connection = await loadConnection(store.db, request.connection);
  const mode = request.owned === true ? { tier_mode: 'owned' } : connection;
  const preview: PushPreview = { writes: [], unsent: [], unchanged: 0, calls: 0, waiting: 0 };
  for (const context of outboundContexts(request, mode)) {
    const { object, entity } = context.plan;
    if (entity === 'connectionStatus') continue;
    const recordIds = connection.write_back
      ? await markedRecords(store, context)
      : await allRecords(store, context);
    const isAsked = request.only === undefined || request.only === object;
    const before = preview.writes.length;
    for (let start = 0; start < recordIds.length; start += pageSize) {
      const compared = await compareRecords(store, context, recordIds.slice(start, start + pageSize));
      if (isAsked) for (const each of compared) addTo(preview, context, each);
      else preview.waiting += compared.filter((each) => each.change !== null).length;
    }
    preview.calls += callsFor(preview.writes.length - before, request.capabilities);
  }
  return preview;
}

async function markedRecords(executor: Executor, { connection, plan }: OutboundContext): Promise<string[]> {
  const rows = await executor.query<{ record_id: string }>(
    `select record_id from tierlink.outbox where entity = $2
     union select record_id from tierlink.comparison where connection = $1 and entity = $2
     union select record_id from tierlink.pending_write where connection = $1 and entity = $2 and object = $3
       and state <> 'rejected'
     order by record_id`,
    [connection, plan.entity, plan.object],
  );
  return rows.map((row) => row.record_id);
}

async function allRecords(executor: Executor, { connection, plan }: OutboundContext): Promise<string[]> {
  const rows = await executor.query<{ record_id: string }>(
    `select record_id from tierlink.link where connection = $1 and entity = $2 and object = $3 and state = 'live'
     ${plan.mapping.create ? `union select id from tierlink.${entities[plan.entity].table}` : ''}
     order by record_id`,
    [connection, plan.entity, plan.object],
  );
  return rows.map((row) => row.record_id);
}

function addTo(preview: PushPreview, { plan }: OutboundContext, compared: Compared): void {
  const { recordId, crmId, change } = compared;
  if (change !== null) preview.writes.push(writeOf(plan.object, plan.entity, change));
  else if (compared.unsent.length === 0) preview.unchanged += 1;
  for (const unsent of compared.unsent) {
    preview.unsent.push({ object: plan.object, recordId, crmId, ...unsent });
  }
}

function writeOf(object: string, entity: EntityName, change: OutgoingChange): PreviewedWrite {
  return {
    object,
    entity,
    recordId: change.recordId,
    crmId: change.crmId,
    changes: Object.entries(change.attributes).map(([attribute, after]) => ({
      attribute,
      before: change.before[attribute] ?? null,
      after,
    })),
    fields: change.fields,
  };
}

/** A bulk job takes about six calls, its polls included, however many rows it has. */
const callsPerBulkJob = 6;

function callsFor(rows: number, { bulkWriteFrom, rowsPerWrite }: Capabilities): number {
  const calls = Math.ceil(rows / rowsPerWrite);
  return bulkWriteFrom !== null && rows > bulkWriteFrom ? Math.min(calls, callsPerBulkJob) : calls;
}
