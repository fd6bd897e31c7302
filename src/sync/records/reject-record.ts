import { type ErrorCode, errorRegistry, type RetryClass } from '../../errors.ts';
import type { EntityName } from '../../model/entities.ts';
import type { Executor } from '../../store/store.ts';
import { rejectRefSql } from './write-ref.ts';

/** in: we did not take what the CRM has. out: the CRM refused what we sent, or we did not send it. */
export type RejectDirection = 'in' | 'out';

/** One record, or one attribute of it, that did not get through. */
export interface NewReject {
  connection: string;
  object: string;
  entity: EntityName;
  direction: RejectDirection;
  crmId?: string | undefined;
  recordId?: string | undefined;
  /** Ours. (Default: the whole record) */
  attribute?: string | undefined;
  code: ErrorCode;
  vendorCode?: string | undefined;
  message: string;
  /** (Default: as registered for the code) */
  retry?: RetryClass | undefined;
  /** ISO instant of the next attempt by itself. */
  retryAt?: string | undefined;
  /** What was read or sent, and `field`: the CRM's name of the field at fault. */
  payload?: Record<string, unknown> | undefined;
  /** Day on which the CRM's record was made, of one that was read. */
  createdOn?: string | null | undefined;
}

const isSameCause = 'tierlink.reject.code = excluded.code and tierlink.reject.message = excluded.message';

/**
 * Keeps rejects; one that is there already counts a further attempt and takes the new cause. What a person ignores stays
 * ignored while its cause is the same.
 */
export async function recordRejects(
  tx: Executor,
  rejects: readonly NewReject[],
  at: { now: string; runId: string | null },
): Promise<void> {
  if (rejects.length === 0) return;
  const unique = new Map(rejects.map((reject) => [placeOf(reject), rowOf(reject)]));
  await tx.query(
    `insert into tierlink.reject (id, connection, object, entity, crm_id, record_id, direction, attribute, code,
       vendor_code, message, retry, retry_at, payload, created_on, run_id,
       first_at, last_at)
     select 'x-' || lpad(nextval('tierlink.reject_number')::text, 6, '0'), r.connection, r.object, r.entity, r.crm_id,
       r.record_id, r.direction, r.attribute, r.code, r.vendor_code, r.message, r.retry, r.retry_at, r.payload, r.created_on, $2,
       $3::timestamptz, $3::timestamptz
     from jsonb_to_recordset($1::jsonb) as r(connection text, object text, entity text, crm_id text, record_id text,
       direction text, attribute text, code text, vendor_code text, message text, retry text, retry_at timestamptz,
       payload jsonb, created_on date)
     on conflict (connection, object, entity, crm_id, record_id, direction, attribute) do update set
       code = excluded.code, vendor_code = excluded.vendor_code, message = excluded.message, retry = excluded.retry,
       retry_at = excluded.retry_at, payload = excluded.payload, created_on = excluded.created_on, run_id = excluded.run_id,
       attempts = tierlink.reject.attempts + 1, last_at = excluded.last_at,
       ignored_at = case when ${isSameCause} then tierlink.reject.ignored_at end,
       ignored_by = case when ${isSameCause} then tierlink.reject.ignored_by end,
       ignored_reason = case when ${isSameCause} then tierlink.reject.ignored_reason end`,
    [JSON.stringify([...unique.values()]), at.runId, at.now],
  );
}

function placeOf(reject: NewReject): string {
  const { connection, object, entity, crmId, recordId, direction, attribute } = reject;
  return JSON.stringify([connection, object, entity, crmId, recordId, direction, attribute]);
}

function rowOf(reject: NewReject): Record<string, unknown> {
  return {
    connection: reject.connection,
    object: reject.object,
    entity: reject.entity,
    crm_id: reject.crmId ?? '',
    record_id: reject.recordId ?? '',
    direction: reject.direction,
    attribute: reject.attribute ?? '',
    code: reject.code,
    vendor_code: reject.vendorCode ?? null,
    message: reject.message,
    retry: reject.retry ?? errorRegistry[reject.code].retry,
    retry_at: reject.retryAt ?? null,
    payload: reject.payload ?? {},
    created_on: reject.createdOn ?? null,
  };
}

/** Which records' rejects are over. */
export interface SettledRecords {
  connection: string;
  object: string;
  entity: EntityName;
  direction: RejectDirection;
  recordIds: readonly string[];
  /** sent: the CRM refused the record. unsent: attributes that we did not send. (Default: both) */
  kind?: 'sent' | 'unsent';
  /** Only what is about these pending writes; see write-ref.ts. (Default: about any) */
  refs?: readonly string[];
  /** Pending writes whose rejects stay. (Default: none) */
  except?: readonly string[];
  /** Attributes whose reject stays. */
  keep?: readonly { recordId: string; crmId: string; attribute: string }[];
}

/** Forgets the rejects of records that have got through. */
export async function clearRejects(tx: Executor, settled: SettledRecords): Promise<void> {
  if (settled.recordIds.length === 0) return;
  const { connection, object, entity, direction, recordIds, kind } = settled;
  const { refs = null, except = [], keep = [] } = settled;
  await tx.query(
    `delete from tierlink.reject r
     where connection = $1 and object = $2 and entity = $3 and direction = $4 and record_id = any($5::text[])
       and ($6::text is null or ($6 = 'sent') = (r.attribute = ''))
       and ($8::text[] is null or ${rejectRefSql('r')} = any($8)) and ${rejectRefSql('r')} <> all($9::text[])
       and not exists (select 1 from jsonb_to_recordset($7::jsonb) as k("recordId" text, "crmId" text, attribute text)
         where k."recordId" = r.record_id and k."crmId" = r.crm_id and k.attribute = r.attribute)`,
    [connection, object, entity, direction, [...recordIds], kind ?? null, JSON.stringify(keep), refs, except],
  );
}

/** Forgets what was not sent to, or refused by, CRM records that are no longer written: their links end. */
export async function clearRefusals(
  tx: Executor,
  ended: { connection: string; object: string; entity: EntityName; crmIds: readonly string[] },
): Promise<void> {
  await tx.query(
    `delete from tierlink.reject r using tierlink.link l
     where l.connection = $1 and l.object = $2 and l.entity = $3 and l.crm_id = any($4::text[])
       and r.connection = l.connection and r.object = l.object and r.entity = l.entity
       and r.record_id = l.record_id and r.direction = 'out' and r.crm_id in (l.crm_id, '')`,
    [ended.connection, ended.object, ended.entity, [...ended.crmIds]],
  );
}
