import { entities } from '../../model/entities.ts';
import type { Tx } from '../../store/store.ts';
import type { ChangePage } from '../connector.ts';
import { inReadOrder } from '../mapping/plan.ts';
import type { HeldDelete } from '../records/cursors.ts';
import { requireBalance } from '../records/runs.ts';
import { applyRecords, type Batch } from './batch.ts';
import { noteFate } from './fates.ts';
import { noteFollowers } from './follower-notes.ts';
import { healArrivals } from './holds.ts';
import { countsOf, type PullJob } from './job.ts';
import { type PreparedRecords, prepareRecords } from './prepare.ts';
import { applyMerges, completeMerges } from './record-merges.ts';
import { applyDeletes, applyScopeExits } from './removals.ts';

/** Rows in one statement; larger pages of a connector are taken in parts, in the same transaction. */
const rowsPerBatch = 2000;

export interface PageContext {
  job: PullJob;
  tx: Tx;
  now: string;
}

/** Takes the records of one page of a full read of one mapping. `force`: also those that are as they were. (Default: false) */
export async function applyReadPage(
  context: PageContext,
  prepared: PreparedRecords,
  { isFirst, force = false }: { isFirst: boolean; force?: boolean },
): Promise<void> {
  const batch: Batch = { ...context, plan: prepared.plan, full: true, isFirst };
  const arrived = await applyAll(batch, prepared, { force });
  await healArrivals(batch, arrived);
}

/** A page of changes, prepared for each mapping of the object. */
export interface PreparedChanges {
  page: ChangePage;
  parts: { inScope: PreparedRecords; outside: string[] }[];
}

/**
 * In the order in which entities are read, whatever order the mappings are in: pages of two connections then take what they
 * share in the same order, and none waits for one that waits for it.
 */
export function prepareChanges(job: PullJob, page: ChangePage): PreparedChanges {
  const parts = inReadOrder(job.plans).map((plan) => {
    const isIn = (record: ChangePage['changed'][number]) => record.scopes.includes(plan.name);
    return {
      inScope: prepareRecords(plan, page.changed.filter(isIn), job),
      outside: page.changed.filter((record) => !isIn(record)).map((record) => record.id),
    };
  });
  return { page, parts };
}

/**
 * Takes one page of changes: for each mapping of the object, what changed, merged and left its scope. `deletes`: those to
 * follow now; only the last page of a stream has any, so that very many of them are noticed before one is followed.
 */
export async function applyChangePage(
  context: PageContext,
  prepared: PreparedChanges,
  deletes: readonly HeldDelete[],
): Promise<void> {
  const { page, parts } = prepared;
  const arrived: string[] = [];
  for (const { inScope, outside } of parts) {
    const batch: Batch = { ...context, plan: inScope.plan, full: false };
    arrived.push(...(await applyAll(batch, inScope)));
    noteOutside(batch, { left: await applyScopeExits(batch, outside), all: outside });
    arrived.push(...(await applyMerges(batch, page.merged)));
    await applyDeletes(batch, deletes);
  }
  const [first] = context.job.plans;
  if (first !== undefined) await healArrivals({ ...context, plan: first, full: false }, arrived);
}

/** A changed record of a shared object that never was this mapping's, or left it before, has not gone anywhere. */
function noteOutside(batch: Batch, outside: { left: readonly string[]; all: readonly string[] }): void {
  const { job, plan } = batch;
  const left = new Set(outside.left);
  for (const crmId of outside.all) {
    const wasLive = left.has(crmId);
    const fate = wasLive ? 'outOfScope' : 'other';
    noteFate(job, { entity: plan.entity, crmId, fate, wasLive, full: false });
  }
}

/**
 * The deletes of a change stream so far, after one more page: what is changed again was restored, and what lost a merge
 * lives on in its winner.
 */
export function deletesAfter(held: readonly HeldDelete[], page: ChangePage): HeldDelete[] {
  if (held.length === 0 && page.deleted.length === 0) return [];
  const restored = new Set(page.changed.map((record) => record.id));
  const losers = new Set(page.merged.map((each) => each.loser));
  const deletes = new Map(held.filter(({ id }) => !restored.has(id)).map((each) => [each.id, each]));
  for (const each of page.deleted) deletes.set(each.id, each);
  return [...deletes.values()].filter(({ id }) => !losers.has(id));
}

async function applyAll(
  batch: Batch,
  prepared: PreparedRecords,
  options: { force?: boolean } = {},
): Promise<string[]> {
  const { records } = prepared;
  const counts = countsOf(batch.job, batch.plan.entity);
  const arrived: string[] = [];
  let mayHeal = false;
  let mayComplete = false;
  for (let start = 0; start < records.length; start += rowsPerBatch) {
    const part = records.slice(start, start + rowsPerBatch);
    const tally = await applyRecords(batch, part, options);
    const { created, updated, unchanged, held, invalid, other } = tally;
    requireBalance(batch.job.object, part.length, { created, updated, unchanged, held, invalid, other });
    for (const each of tally.fates)
      noteFate(batch.job, { entity: batch.plan.entity, ...each, full: batch.full });
    for (const name of ['restored', 'waiting', 'invalidValues', 'conflicts', 'drift'] as const)
      counts[name] += tally[name];
    arrived.push(...tally.arrived);
    mayHeal ||= tally.mayHeal;
    mayComplete ||= tally.mayComplete;
  }
  if (batch.isFirst !== true) await noteFollowers(batch, arrivedIds(arrived));
  if (mayComplete) await completeMerges(batch, arrivedIds(arrived));
  return mayHeal && entities[batch.plan.entity].origin === 'crm' ? arrived : [];
}

function arrivedIds(arrived: readonly string[]): string[] {
  return arrived.map((key) => key.slice(key.indexOf(':') + 1));
}
