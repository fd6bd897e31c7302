import { entities } from '../model/entities.ts';
import type { Tx } from '../store/store.ts';
import type { ChangePage, CrmRecord } from './connector.ts';
import { healArrivals } from './holds.ts';
import type { MappingPlan } from './mapping-plan.ts';
import { applyRecords, type Batch } from './pull-batch.ts';
import { countsOf, type PullJob } from './pull-job.ts';
import { applyMerges, completeMerges } from './record-merges.ts';
import { applyDeletes, applyScopeExits } from './removals.ts';
import { requireBalance } from './runs.ts';

/** Rows in one statement; larger pages of a connector are taken in parts, in the same transaction. */
const rowsPerBatch = 2000;

export interface PageContext {
  job: PullJob;
  tx: Tx;
  now: string;
}

/** Takes the records of one page of a full read of one mapping. */
export async function applyReadPage(
  context: PageContext,
  plan: MappingPlan,
  records: readonly CrmRecord[],
): Promise<void> {
  const batch: Batch = { ...context, plan, full: true };
  const arrived = await applyAll(batch, records, 0);
  await healArrivals(batch, arrived);
}

/** Takes one page of changes: for each mapping of the object, what changed, merged, left its scope and was deleted. */
export async function applyChangePage(context: PageContext, page: ChangePage): Promise<void> {
  const arrived: string[] = [];
  for (const plan of context.job.plans) {
    const batch: Batch = { ...context, plan, full: false };
    const inScope = page.changed.filter((record) => record.scopes.includes(plan.name));
    const outside = page.changed.filter((record) => !record.scopes.includes(plan.name));
    arrived.push(...(await applyAll(batch, inScope, outside.length)));
    await applyScopeExits(
      batch,
      outside.map((record) => record.id),
    );
    arrived.push(...(await applyMerges(batch, page.merged)));
    const losers = new Set(page.merged.map((each) => each.loser));
    await applyDeletes(
      batch,
      page.deleted.filter((each) => !losers.has(each.id)),
    );
  }
  const [first] = context.job.plans;
  if (first !== undefined) await healArrivals({ ...context, plan: first, full: false }, arrived);
}

async function applyAll(batch: Batch, records: readonly CrmRecord[], outside: number): Promise<string[]> {
  const counts = countsOf(batch.job, batch.plan.entity);
  const arrived: string[] = [];
  for (let start = 0; start < records.length; start += rowsPerBatch) {
    const part = records.slice(start, start + rowsPerBatch);
    const tally = await applyRecords(batch, part);
    const { created, updated, unchanged, held, invalid, foreign } = tally;
    requireBalance(batch.job.object, part.length, { created, updated, unchanged, held, invalid, foreign });
    for (const name of ['created', 'updated', 'unchanged', 'held', 'invalid'] as const)
      counts[name] += tally[name];
    for (const name of ['restored', 'waiting', 'conflicts', 'drift'] as const) counts[name] += tally[name];
    counts.outOfScope += foreign;
    arrived.push(...tally.arrived);
  }
  counts.read += records.length + outside;
  counts.outOfScope += outside;
  await completeMerges(batch, arrivedIds(arrived));
  return entities[batch.plan.entity].origin === 'crm' ? arrived : [];
}

function arrivedIds(arrived: readonly string[]): string[] {
  return arrived.map((key) => key.slice(key.indexOf(':') + 1));
}
