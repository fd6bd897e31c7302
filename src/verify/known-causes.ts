import { entities } from '../model/entities.ts';
import type { MismatchCause } from '../model/mismatch-causes.ts';
import type { Executor } from '../store/store.ts';
import type { MappingPlan } from '../sync/mapping/plan.ts';
import type { LinkPlace } from '../sync/records/links.ts';
import type { Mismatch } from './settle.ts';

/** Causes of what is accounted for by rows that are here: looked up anew each time, whatever was compared. */
export const lookedUpCauses: readonly MismatchCause[] = ['duplicate', 'orphan', 'invalid'];

const ofPlace = 'connection = $1 and object = $2 and entity = $3';

/**
 * Records that were read and wait or are no good, also where ours is live and stayed as it was before, and those of which
 * two are one here. No call is made for them. listed: CRM ids that have another cause already.
 */
export async function lookUpKnown(
  executor: Executor,
  place: LinkPlace,
  { plan, now, listed }: { plan: MappingPlan; now: string; listed: ReadonlySet<string> },
): Promise<Mismatch[]> {
  const required = plan.attributes.filter(({ spec }) => spec.required).map(({ attribute }) => attribute);
  const rows = await executor.query<
    Pick<Mismatch, 'crmId' | 'cause' | 'month' | 'recordId'> & Record<string, unknown>
  >(
    `select distinct on (crm_id) crm_id as "crmId", cause, month, "recordId" from (
       select crm_id, 'orphan' as cause, coalesce(substr(payload->'record'->>'createdAt', 1, 7), '') as month,
         null as "recordId", true as is_whole from tierlink.held where ${ofPlace} and whole_record
       union all
       select crm_id, 'invalid', coalesce(to_char(created_on, 'YYYY-MM'), ''), nullif(record_id, ''),
         attribute = any($4::text[]) from tierlink.reject where ${ofPlace} and direction = 'in'
     ) aside where not (crm_id = any($5::text[])) and (is_whole or not exists (select 1 from tierlink.link l
       where l.connection = $1 and l.object = $2 and l.entity = $3 and l.crm_id = aside.crm_id and l.state = 'live'))
     order by crm_id, cause`,
    [place.connection, place.object, place.entity, required, [...listed]],
  );
  const twice = isBringing(plan) ? await lookUpTwice(executor, place) : [];
  return [...rows, ...twice].map((row) => ({ ...row, settled: true, attributes: [], since: now }));
}

/** One that only describes records may be one of several. */
function isBringing({ entity, mapping }: MappingPlan): boolean {
  return mapping.of === undefined && entities[entity].origin === 'crm';
}

/** All but the oldest of the CRM's records that are one record here. */
async function lookUpTwice(
  executor: Executor,
  place: LinkPlace,
): Promise<Pick<Mismatch, 'crmId' | 'cause' | 'month' | 'recordId'>[]> {
  return await executor.query(
    `select crm_id as "crmId", 'duplicate' as cause, month, record_id as "recordId" from (
       select crm_id, record_id, coalesce(to_char(created_on, 'YYYY-MM'), '') as month,
         row_number() over (partition by record_id order by linked_at, crm_id collate "C") as place
       from tierlink.link where ${ofPlace} and state = 'live') linked
     where place > 1`,
    [place.connection, place.object, place.entity],
  );
}
