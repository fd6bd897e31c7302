import type { MappingPlan } from '../mapping/plan.ts';
import { commit } from './commit.ts';
import type { PullJob } from './job.ts';
import { applyReadPage } from './page.ts';
import { prepareRecords } from './prepare.ts';

/** Ids asked for in one direct read. */
const idsPerRead = 1000;

/**
 * Reads the records named in `again` once more, if they are still invalid after all changes were read; what changed or
 * left its scope meanwhile is settled by then. What the CRM does not show is left to the change stream.
 */
export async function readAgain(job: PullJob, plan: MappingPlan): Promise<void> {
  const ids = await stillInvalid(job, plan);
  for (let start = 0; start < ids.length; start += idsPerRead) {
    const pages = job.connector.read({
      object: plan.object,
      fields: plan.fields,
      scope: plan.scope,
      ids: ids.slice(start, start + idsPerRead),
      ...(job.signal === undefined ? {} : { signal: job.signal }),
    });
    for await (const { records } of pages) {
      const prepared = prepareRecords(plan, records, { context: job.context });
      await commit(job, (tx, now) => applyReadPage({ job, tx, now }, prepared, { isFirst: false }));
    }
  }
}

async function stillInvalid(job: PullJob, plan: MappingPlan): Promise<string[]> {
  if (job.again === undefined || job.again.length === 0) return [];
  const rows = await job.store.query<{ crm_id: string }>(
    `select distinct crm_id from tierlink.reject
     where connection = $1 and object = $2 and entity = $3 and direction = 'in' and crm_id = any($4::text[])
     order by crm_id`,
    [job.connection, plan.object, plan.entity, [...job.again]],
  );
  return rows.map((row) => row.crm_id);
}
