import { instantOf } from '../../model/clock.ts';
import type { EntityName } from '../../model/entities.ts';
import type { CrmRecord } from '../connector.ts';
import { inReadOrder, type MappingPlan } from '../mapping/plan.ts';
import { applyRecords, type Batch, placeOf } from './batch.ts';
import { commit } from './commit.ts';
import { arrivalKey, countsOf, type PullJob } from './job.ts';
import { prepareRecords } from './prepare.ts';
import type { Outcome, WaitingReference } from './store.ts';

/** Makes the holds of these records those of this reading. A hold keeps the record as read, so that it heals by itself. */
export async function replaceHolds(
  batch: Batch,
  outcomes: readonly Outcome[],
  known: { held: boolean },
): Promise<void> {
  const rows = outcomes.flatMap((outcome) =>
    waitsOf(outcome).map((wait) => ({
      crm_id: outcome.item.record.id,
      attribute: wait.attribute,
      waits_for: arrivalKey(wait.entity, wait.crmId),
      whole_record: outcome.kind === 'held',
      payload: { record: outcome.item.record },
    })),
  );
  const crmIds = outcomes.map((outcome) => outcome.item.record.id);
  if (known.held) await dropHolds(batch, crmIds);
  if (rows.length === 0) return;
  const { connection, object, entity } = placeOf(batch);
  await batch.tx.query(
    `insert into tierlink.held (connection, object, crm_id, entity, attribute, waits_for, whole_record, payload, since)
     select $1, $2, r.crm_id, $3, r.attribute, r.waits_for, r.whole_record, r.payload, $4::timestamptz
     from jsonb_to_recordset($5::jsonb) as r(crm_id text, attribute text, waits_for text, whole_record boolean,
       payload jsonb)`,
    [connection, object, entity, batch.now, JSON.stringify(rows)],
  );
}

function waitsOf(outcome: Outcome): readonly WaitingReference[] {
  if (outcome.kind === 'held') return [outcome.waits];
  return outcome.kind === 'applied' ? outcome.waiting : [];
}

/** Forgets what was held of these CRM records. */
export async function dropHolds(batch: Batch, crmIds: readonly string[]): Promise<void> {
  const { connection, object, entity } = placeOf(batch);
  await batch.tx.query(
    `delete from tierlink.held
     where connection = $1 and object = $2 and entity = $3 and crm_id = any($4::text[])`,
    [connection, object, entity, [...crmIds]],
  );
}

interface HeldRow {
  object: string;
  entity: EntityName;
  payload: { record: CrmRecord };
}

/**
 * Takes again what waited for records that have arrived, in the same transaction; what arrives by that heals further
 * records, and so on. Ends because each round makes links that did not exist.
 */
export async function healArrivals(batch: Batch, arrived: readonly string[]): Promise<void> {
  let keys: readonly string[] = arrived;
  while (keys.length > 0) {
    const waiting = await findWaiting(batch, keys);
    const next: string[] = [];
    for (const { plan, records } of groupByPlan(batch, waiting)) {
      const { records: prepared } = prepareRecords(plan, records, batch.job);
      const tally = await applyRecords({ ...batch, plan, isFirst: false }, prepared, { force: true });
      countsOf(batch.job, plan.entity).healed += tally.created + tally.updated;
      next.push(...tally.arrived);
    }
    keys = next;
  }
}

/** Locks what it finds: a page that has just read one of these records anew is waited for, and what it says counts. */
async function findWaiting(batch: Batch, keys: readonly string[]): Promise<HeldRow[]> {
  return await batch.tx.query<HeldRow>(
    `select distinct on (object, entity, crm_id) object, entity, payload
     from (select * from tierlink.held where connection = $1 and waits_for = any($2::text[])
       order by object, entity, crm_id, attribute for update) h
     order by object, entity, crm_id`,
    [batch.job.connection, [...keys]],
  );
}

/** Parents before children, so that a chain heals in one round; what is no longer mapped stays held. */
function groupByPlan(
  batch: Batch,
  waiting: readonly HeldRow[],
): { plan: MappingPlan; records: CrmRecord[] }[] {
  return inReadOrder(batch.job.allPlans)
    .map((plan) => ({
      plan,
      records: waiting
        .filter((row) => row.object === plan.object && row.entity === plan.entity)
        .map((row) => row.payload.record),
    }))
    .filter(({ records }) => records.length > 0);
}

/** How far back a page of another process may have been stored at the same time as one of ours. */
const raceMs = 600_000;

/**
 * Heals what was held while its record was just being stored by another page: neither transaction could see the other.
 * Call it once at the end of a pull.
 */
export async function healRaced(job: PullJob): Promise<void> {
  const [plan] = job.plans;
  if (plan === undefined) return;
  const objects = [...new Set(job.allPlans.map(({ object }) => object))];
  const rows = await job.store.query<{ waits_for: string }>(
    `select distinct h.waits_for from tierlink.held h
     join tierlink.link l on l.connection = h.connection and l.object = any($2::text[])
       and l.crm_id = substr(h.waits_for, strpos(h.waits_for, ':') + 1)
       and l.entity = split_part(h.waits_for, ':', 1) and l.state not in ('deleted', 'broken')
     where h.connection = $1 and h.since >= $3::timestamptz`,
    [job.connection, objects, instantOf(job.clock.now() - raceMs)],
  );
  const arrived = rows.map((row) => row.waits_for);
  if (arrived.length === 0) return;
  await commit(job, (tx, now) => healArrivals({ job, plan, tx, now, full: false }, arrived));
}
