import type { MappingPlan } from '../mapping/plan.ts';
import { commit } from './commit.ts';
import type { PullJob } from './job.ts';
import { applyReadPage } from './page.ts';
import { prepareRecords } from './prepare.ts';

/** Ids asked for in one direct read. */
const idsPerRead = 1000;

/**
 * Reads the records by id whose links have come to decide something. Those that the CRM does not show wait for a change, and
 * so do those whose reading was tried and could not be taken.
 */
export async function readTakeovers(job: PullJob, plan: MappingPlan): Promise<void> {
  if (!job.takesOver.has(plan.entity) || plan.mapping.of !== undefined) return;
  for (;;) {
    const due = await job.store.query<{ crm_id: string; since: string }>(
      `select crm_id, since from tierlink.takeover where connection = $1 and object = $2 and entity = $3 and not tried
       order by crm_id limit ${idsPerRead}`,
      [job.connection, plan.object, plan.entity],
    );
    if (due.length === 0) return;
    await readDue(job, plan, due);
  }
}

async function readDue(
  job: PullJob,
  plan: MappingPlan,
  due: readonly { crm_id: string; since: string }[],
): Promise<void> {
  const pages = job.connector.read({
    object: plan.object,
    fields: plan.fields,
    scope: plan.scope,
    ids: due.map((row) => row.crm_id),
    inScope: true,
    ...(job.signal === undefined ? {} : { signal: job.signal }),
  });
  for await (const { records } of pages) {
    const prepared = prepareRecords(plan, records, { context: job.context });
    await commit(job, (tx, now) =>
      applyReadPage({ job, tx, now }, prepared, { isFirst: false, force: true }),
    );
  }
  await commit(job, async (tx) => {
    await tx.query(
      `delete from tierlink.takeover t using unnest($4::text[], $5::timestamptz[]) as done(crm_id, since)
       where t.connection = $1 and t.object = $2 and t.entity = $3 and t.crm_id = done.crm_id
         and t.since = done.since and not t.tried`,
      [job.connection, plan.object, plan.entity, due.map((row) => row.crm_id), due.map((row) => row.since)],
    );
  });
}
