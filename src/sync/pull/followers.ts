import { columnOf } from '../../model/entities.ts';
import type { CrmRecord } from '../connector.ts';
import type { MappingPlan } from '../mapping/plan.ts';
import { tableOf } from '../records/record-rows.ts';
import { placeOf } from './batch.ts';
import { commit } from './commit.ts';
import { type Following, followingsOf } from './follower-notes.ts';
import type { PullJob } from './job.ts';
import { applyReadPage } from './page.ts';
import { prepareRecords } from './prepare.ts';
import { applyScopeExits } from './removals.ts';

/** Parents asked about in one query. */
const parentsPerRead = 100;

/** Asks for the followers of all parents that were remembered for this object, and takes or leaves them. */
export async function readFollowers(job: PullJob): Promise<void> {
  for (const following of followingsOf(job.plans)) {
    for (;;) {
      const parents = await nextParents(job, following);
      if (parents.length === 0) break;
      await rescope(job, following, parents);
    }
  }
}

function keyOf(job: PullJob, { plan, reference }: Following): string[] {
  return [job.connection, plan.object, plan.name, reference.attribute];
}

interface NotedParent {
  id: string;
  /** ISO instant of the note. */
  since: string;
}

async function nextParents(job: PullJob, following: Following): Promise<NotedParent[]> {
  return await job.store.query<NotedParent & Record<string, unknown>>(
    `select parent_id as id, since from tierlink.rescope where connection = $1 and object = $2 and mapping = $3 and attribute = $4
     order by parent_id collate "C" limit $5`,
    [...keyOf(job, following), parentsPerRead],
  );
}

async function rescope(job: PullJob, following: Following, noted: readonly NotedParent[]): Promise<void> {
  const { plan } = following;
  const parents = noted.map(({ id }) => id);
  const inside = await readInside(job, following, parents);
  const outside = await readOutside(job, following, { parents, inside: new Set(inside.map(({ id }) => id)) });
  await commit(job, async (tx, now) => {
    const prepared = prepareRecords(plan, inside, { context: job.context });
    await applyReadPage({ job, tx, now }, prepared, { isFirst: false });
    await applyScopeExits({ job, plan, tx, now, full: true }, outside);
    await tx.query(
      `delete from tierlink.rescope r using unnest($5::text[], $6::timestamptz[]) as done(id, since)
       where r.connection = $1 and r.object = $2 and r.mapping = $3 and r.attribute = $4
         and r.parent_id = done.id and r.since = done.since`,
      [...keyOf(job, following), parents, noted.map(({ since }) => since)],
    );
  });
}

/** The followers that are in scope now. */
async function readInside(
  job: PullJob,
  { plan, reference }: Following,
  parents: readonly string[],
): Promise<CrmRecord[]> {
  const where = { ...plan.scope.where, [reference.field]: parents };
  return await readAll(job, plan, { scope: { ...plan.scope, where } });
}

/** The followers that we have, that still belong to these parents, and that the scope no longer holds. */
async function readOutside(
  job: PullJob,
  { plan, reference }: Following,
  of: { parents: readonly string[]; inside: ReadonlySet<string> },
): Promise<string[]> {
  const { connection, object, entity } = placeOf({ job, plan });
  const rows = await job.store.query<{ crm_id: string }>(
    `select l.crm_id from tierlink.link l join ${tableOf(entity)} t on t.id = l.record_id
     join tierlink.link p on p.record_id = t.${columnOf(reference.attribute)} and p.entity = $4
     where l.connection = $1 and l.object = $2 and l.entity = $3 and l.state = 'live'
       and p.connection = $1 and p.crm_id = any($5::text[])`,
    [connection, object, entity, reference.to, [...of.parents]],
  );
  const ids = rows.map((row) => row.crm_id).filter((id) => !of.inside.has(id));
  if (ids.length === 0) return [];
  const found = await readAll(job, plan, { scope: plan.scope, ids });
  // One that was moved or deleted meanwhile comes with the changes.
  const parents = new Set<unknown>(of.parents);
  return found.filter(({ fields }) => parents.has(fields[reference.field])).map(({ id }) => id);
}

async function readAll(
  job: PullJob,
  plan: MappingPlan,
  which: Pick<Parameters<PullJob['connector']['read']>[0], 'scope' | 'ids'>,
): Promise<CrmRecord[]> {
  const records: CrmRecord[] = [];
  const pages = job.connector.read({
    object: plan.object,
    fields: plan.fields,
    ...which,
    ...(job.signal === undefined ? {} : { signal: job.signal }),
  });
  for await (const page of pages) records.push(...page.records);
  return records;
}
