import { entities } from '../model/entities.ts';
import type { Tx } from '../store/store.ts';
import type { ChangePage } from './connector.ts';
import { healArrivals } from './holds.ts';
import { applyRecords, type Batch } from './pull-batch.ts';
import { countsOf, type PullJob } from './pull-job.ts';
import { type PreparedRecords, prepareRecords } from './pull-prepare.ts';
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
  prepared: PreparedRecords,
  options: { isFirst: boolean },
): Promise<void> {
  const batch: Batch = { ...context, plan: prepared.plan, full: true, ...options };
  const arrived = await applyAll(batch, prepared, 0);
  await healArrivals(batch, arrived);
}

/** A page of changes, prepared for each mapping of the object. */
export interface PreparedChanges {
  page: ChangePage;
  parts: { inScope: PreparedRecords; outside: string[] }[];
}

export function prepareChanges(job: PullJob, page: ChangePage): PreparedChanges {
  const parts = job.plans.map((plan) => {
    const isIn = (record: ChangePage['changed'][number]) => record.scopes.includes(plan.name);
    return {
      inScope: prepareRecords(plan, page.changed.filter(isIn), job),
      outside: page.changed.filter((record) => !isIn(record)).map((record) => record.id),
    };
  });
  return { page, parts };
}

/** Takes one page of changes: for each mapping of the object, what changed, merged, left its scope and was deleted. */
export async function applyChangePage(context: PageContext, prepared: PreparedChanges): Promise<void> {
  const { page, parts } = prepared;
  const arrived: string[] = [];
  for (const { inScope, outside } of parts) {
    const batch: Batch = { ...context, plan: inScope.plan, full: false };
    arrived.push(...(await applyAll(batch, inScope, outside.length)));
    await applyScopeExits(batch, outside);
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

async function applyAll(batch: Batch, prepared: PreparedRecords, outside: number): Promise<string[]> {
  const { records, repeated } = prepared;
  const counts = countsOf(batch.job, batch.plan.entity);
  const arrived: string[] = [];
  let mayHeal = false;
  let mayComplete = false;
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
    mayHeal ||= tally.mayHeal;
    mayComplete ||= tally.mayComplete;
  }
  counts.read += records.length + repeated + outside;
  counts.unchanged += repeated;
  counts.outOfScope += outside;
  if (mayComplete) await completeMerges(batch, arrivedIds(arrived));
  return mayHeal && entities[batch.plan.entity].origin === 'crm' ? arrived : [];
}

function arrivedIds(arrived: readonly string[]): string[] {
  return arrived.map((key) => key.slice(key.indexOf(':') + 1));
}
