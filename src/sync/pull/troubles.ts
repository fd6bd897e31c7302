import { errorRegistry } from '../../errors.ts';
import type { Complaint } from '../records/merge.ts';
import { createdOn } from '../records/months.ts';
import { type NewReject, recordRejects } from '../records/reject-record.ts';
import { type Batch, type Item, placeOf } from './batch.ts';
import type { AppliedOutcome, Outcome } from './store.ts';

/** What is wrong with values of a record that otherwise goes its way, by CRM id. */
export type ExtraComplaints = ReadonlyMap<string, readonly Complaint[]>;

/**
 * Whether a mapping has incoming rejects or differences at all, and the connection holds: most have none, and then none
 * need clearing or healing.
 */
export interface KnownTroubles {
  held: boolean;
  rejects: boolean;
  differences: boolean;
  /** Whether records of the connection were ever merged; the mark grows whenever some are. */
  merged: boolean;
  mergeMark: string;
}

export async function findTroubles(batch: Batch): Promise<KnownTroubles> {
  const { connection, object, entity } = placeOf(batch);
  const place = 'connection = $1 and object = $2 and entity = $3';
  const [row] = await batch.tx.query<KnownTroubles>(
    `select exists(select 1 from tierlink.held where connection = $1) as held,
       exists(select 1 from tierlink.reject where ${place} and direction = 'in') as rejects,
       exists(select 1 from tierlink.difference where ${place}) as differences,
       m.merges > 0 as merged, m.merges::text as "mergeMark"
     from (select coalesce(sum(merges), 0) as merges from tierlink.feed where connection = $1) m`,
    [connection, object, entity],
  );
  return row!;
}

/** Makes the incoming rejects of these records those of this reading: old ones are over, present ones are kept. */
export async function replaceRejects(
  batch: Batch,
  outcomes: readonly Outcome[],
  from: { extra: ExtraComplaints; known: KnownTroubles },
): Promise<void> {
  const rejects: NewReject[] = [];
  for (const outcome of outcomes) {
    const { item } = outcome;
    const own = outcome.kind === 'applied' ? outcome.merge.complaints : outcome.complaints;
    const all = [...own, ...(from.extra.get(item.record.id) ?? [])];
    for (const complaint of all) rejects.push(rejectOf(batch, item, complaint));
  }
  const crmIds = outcomes.map((outcome) => outcome.item.record.id);
  if (from.known.rejects) await clearIncoming(batch, { crmIds, except: rejects });
  await recordRejects(batch.tx, rejects, { now: batch.now, runId: batch.job.runId });
}

/** Forgets the incoming rejects of CRM records, except for those that are still so. */
export async function clearIncoming(
  batch: Batch,
  clear: { crmIds: readonly string[]; except: readonly NewReject[] },
): Promise<void> {
  const { connection, object, entity } = placeOf(batch);
  const kept = clear.except.map(({ crmId, attribute }) => ({ crm_id: crmId, attribute }));
  await batch.tx.query(
    `delete from tierlink.reject r
     where r.connection = $1 and r.object = $2 and r.entity = $3 and r.direction = 'in' and r.crm_id = any($4::text[])
       and not exists (select 1 from jsonb_to_recordset($5::jsonb) as k(crm_id text, attribute text)
         where k.crm_id = r.crm_id and k.attribute = r.attribute)`,
    [connection, object, entity, [...clear.crmIds], JSON.stringify(kept)],
  );
}

function rejectOf(batch: Batch, item: Item, complaint: Complaint): NewReject {
  const place = placeOf(batch);
  const value = item.record.fields[complaint.field] ?? null;
  return {
    ...place,
    direction: 'in',
    crmId: item.record.id,
    recordId: item.recordId,
    attribute: complaint.attribute,
    code: complaint.code,
    message: messageOf(complaint),
    payload: { field: complaint.field, value },
    createdOn: createdOn(item.record),
  };
}

/** The registered sentence of a complaint. */
export function messageOf(complaint: Complaint): string {
  const template: string = errorRegistry[complaint.code].message;
  // Functions, since a value may hold what a replacement text would be read for.
  return template.replace('{field}', () => complaint.field).replace('{reason}', () => complaint.reason);
}

/** A record is stamped by whoever changed any of its fields last, ourselves included; that value was somebody else's. */
const isSaid = 'd.theirs is not distinct from excluded.theirs';

/** Makes the conflicts and drift of these records those of this reading. */
export async function replaceDifferences(
  batch: Batch,
  applied: readonly AppliedOutcome[],
  known: KnownTroubles,
): Promise<void> {
  const hasNew = applied.some((outcome) => outcome.merge.disagreements.length > 0);
  if (!hasNew && !known.differences) return;
  const { connection, object, entity } = placeOf(batch);
  const rows = applied.flatMap(({ item, merge }) =>
    merge.disagreements.map((each) => ({
      ...each,
      crm_id: item.record.id,
      record_id: item.recordId,
      their_user: item.record.modifiedBy,
      their_at: item.record.modifiedAt,
    })),
  );
  const crmIds = applied.map((outcome) => outcome.item.record.id);
  await batch.tx.query(
    `delete from tierlink.difference d
     where d.connection = $1 and d.object = $2 and d.entity = $3 and d.crm_id = any($4::text[])
       and not exists (select 1 from jsonb_to_recordset($5::jsonb) as k(crm_id text, attribute text)
         where k.crm_id = d.crm_id and k.attribute = d.attribute)`,
    [connection, object, entity, crmIds, JSON.stringify(rows)],
  );
  if (rows.length === 0) return;
  await batch.tx.query(
    `insert into tierlink.difference as d (connection, object, crm_id, entity, attribute, record_id, kind, base, ours, theirs,
       their_user, their_at, since)
     select $1, $2, r.crm_id, $3, r.attribute, r.record_id, r.kind, r.base, r.ours, r.theirs, r.their_user, r.their_at,
       $4::timestamptz
     from jsonb_to_recordset($5::jsonb) as r(crm_id text, attribute text, record_id text, kind text, base jsonb,
       ours jsonb, theirs jsonb, their_user text, their_at timestamptz)
     on conflict (connection, object, crm_id, entity, attribute) do update set
       record_id = excluded.record_id, kind = excluded.kind, base = excluded.base, ours = excluded.ours,
       theirs = excluded.theirs,
       their_user = case when ${isSaid} then d.their_user else excluded.their_user end,
       their_at = case when ${isSaid} then d.their_at else excluded.their_at end`,
    [connection, object, entity, batch.now, JSON.stringify(rows)],
  );
}
