import { instantOf } from '../model/clock.ts';
import { entities } from '../model/entities.ts';
import { type FreezeReason, freezeFeeds, thawFeeds } from './feed.ts';
import type { MappingPlan } from './mapping-plan.ts';
import type { PullJob } from './pull-job.ts';
import { seesAll } from './pull-read.ts';

const sizeReasons: readonly FreezeReason[] = ['scope_shrank', 'not_all_visible', 'records_missing'];

interface Sizes {
  /** Live links. */
  linked: number;
  /** Records that were read and are held or invalid. */
  aside: number;
  /** What the CRM counts in scope. */
  counted: number;
}

/**
 * Compares how many records the CRM counts in scope with how many are linked. A gap that changes do not explain freezes
 * the feed with its cause: what the user cannot see is not absent. The freeze ends when the figures meet again.
 */
export async function compareScopeSize(job: PullJob, plan: MappingPlan): Promise<FreezeReason | null> {
  if (entities[plan.entity].origin === 'program') return null;
  const counted = await job.connector.count({ object: plan.object, scope: plan.scope });
  const sizes = { ...(await countOurs(job, plan)), counted };
  const reason = await reasonOf(job, sizes);
  await keep(job, plan, { reason, records: sizes.linked });
  if (reason !== null) {
    job.logger.warn(
      { connection: job.connection, object: plan.object, entity: plan.entity, reason, ...sizes },
      'the scope is not complete; what is computed from it is provisional',
    );
  }
  return reason;
}

async function countOurs(job: PullJob, plan: MappingPlan): Promise<{ linked: number; aside: number }> {
  const place = [job.connection, plan.object, plan.entity];
  const [row] = await job.store.query<{ linked: number; aside: number }>(
    `select (select count(*) from tierlink.link
         where connection = $1 and object = $2 and entity = $3 and state = 'live')::integer as linked,
       (select count(distinct crm_id) from (
         select crm_id from tierlink.held where connection = $1 and object = $2 and entity = $3 and whole_record
         union all
         select crm_id from tierlink.reject where connection = $1 and object = $2 and entity = $3 and direction = 'in'
       ) a where not exists (select 1 from tierlink.link l where l.connection = $1 and l.object = $2 and l.entity = $3
         and l.crm_id = a.crm_id))::integer as aside`,
    place,
  );
  return row!;
}

async function reasonOf(job: PullJob, sizes: Sizes): Promise<FreezeReason | null> {
  if (isGap(job, sizes.linked - sizes.counted, sizes.linked)) {
    return (await seesAll(job)) ? 'scope_shrank' : 'not_all_visible';
  }
  return isGap(job, sizes.counted - sizes.linked - sizes.aside, sizes.counted) ? 'records_missing' : null;
}

function isGap(job: PullJob, gap: number, of: number): boolean {
  return gap >= job.limits.shrinkCount && gap > of * job.limits.shrinkShare;
}

async function keep(
  job: PullJob,
  plan: MappingPlan,
  found: { reason: FreezeReason | null; records: number },
): Promise<void> {
  if (job.dryRun === true) return;
  const now = instantOf(job.clock.now());
  const feed = { connection: job.connection, object: plan.object, entities: [plan.entity] };
  await job.store.query(
    `update tierlink.feed set records = $4 where connection = $1 and object = $2 and entity = $3 and records <> $4`,
    [job.connection, plan.object, plan.entity, found.records],
  );
  if (found.reason === null) await thawFeeds(job.store, { ...feed, reasons: sizeReasons });
  else await freezeFeeds(job.store, { ...feed, reason: found.reason, now });
}
