import type { Executor, Tx } from '../../store/store.ts';
import type { ChangePage, RecordPage } from '../connector.ts';
import type { MappingPlan } from '../mapping/plan.ts';
import {
  type ChangesPosition,
  dropCursor,
  loadCursor,
  type ReadPosition,
  saveCursor,
} from '../records/cursors.ts';
import { demandRead, freezeFeeds, loadFeeds, noteRead, thawFeeds } from '../records/feed.ts';
import { inScopeSql } from '../records/links.ts';
import type { Batch } from './batch.ts';
import { commit } from './commit.ts';
import { askSight } from './connection-check.ts';
import { noteReadWhole } from './fates.ts';
import { healArrivals } from './holds.ts';
import type { PullJob } from './job.ts';
import { applyReadPage } from './page.ts';
import { readAhead } from './prefetch.ts';
import { prepareInTurns } from './prepare.ts';
import { applyMerges } from './record-merges.ts';
import { applyDeletes, applyScopeExits } from './removals.ts';

/** Purpose of the cursor of an object's change stream. */
export const changesPurpose = 'changes';

/** Purpose of the cursor of a mapping's unfinished full read. */
export function readPurpose(plan: MappingPlan): string {
  return `read:${plan.name}`;
}

/**
 * Reads everything in a mapping's scope, page by page, each in a transaction of its own; a read that was cut off goes on
 * after its last page. Where links exist already it is a comparison: what the read did not meet is looked up by id, and
 * has left scope or is gone.
 */
export async function readEverything(job: PullJob, plan: MappingPlan): Promise<void> {
  let position = await startOrResume(job, plan);
  noteReadWhole(job, plan.entity, position);
  const pages = job.connector.read({
    object: plan.object,
    fields: plan.fields,
    scope: plan.scope,
    ...(position.resume === null ? {} : { resume: position.resume }),
    ...(position.follows ? { noCursor: true } : {}),
    ...(job.signal === undefined ? {} : { signal: job.signal }),
  });
  const mostAreKnown = position.compare;
  const prepare = async (page: RecordPage) => ({
    page,
    prepared: await prepareInTurns(plan, page.records, { context: job.context, mostAreKnown }),
  });
  for await (const { page, prepared } of readAhead(pages, prepare)) {
    const next = { ...position, resume: page.resume ?? null, cursor: position.cursor ?? page.cursor ?? null };
    await commit(job, async (tx, now) => {
      await applyReadPage({ job, tx, now }, prepared, { isFirst: !position.compare });
      if (position.compare) await noteSeen(tx, job, { plan, page });
      await saveCursor(tx, keyOf(job, plan), { position: next, now });
    });
    position = next;
  }
  const absent = position.compare ? await findAbsent(job, plan, position.beganAt) : nothingAbsent;
  await finish(job, plan, { position, absent });
}

function keyOf(job: PullJob, plan: MappingPlan): { connection: string; object: string; purpose: string } {
  return { connection: job.connection, object: plan.object, purpose: readPurpose(plan) };
}

function changesKey(job: PullJob): { connection: string; object: string; purpose: string } {
  return { connection: job.connection, object: job.object, purpose: changesPurpose };
}

/** CRM records that wait or are kept aside. */
const asideSql = `select crm_id from tierlink.held where connection = $1 and object = $2 and entity = $3
  union all select crm_id from tierlink.reject
    where connection = $1 and object = $2 and entity = $3 and direction = 'in'`;

async function startOrResume(job: PullJob, plan: MappingPlan): Promise<ReadPosition> {
  const stored = await loadCursor<ReadPosition>(job.store, keyOf(job, plan));
  const follows = (await loadCursor<ChangesPosition>(job.store, changesKey(job))) !== undefined;
  if (
    stored !== undefined &&
    stored.hash === plan.hash &&
    (follows || !stored.follows) &&
    !(await wasBlind(job.store, job, { plan, position: stored }))
  )
    return stored;
  return await commit(job, async (tx, now) => {
    await clearSeen(tx, job, plan);
    const [known] = await tx.query(
      `select 1 from (select crm_id from tierlink.link where connection = $1 and object = $2 and entity = $3
         union all ${asideSql}) known limit 1`,
      [job.connection, plan.object, plan.entity],
    );
    const position: ReadPosition = {
      resume: null,
      cursor: null,
      follows,
      compare: known !== undefined,
      hash: plan.hash,
      beganAt: now,
    };
    await saveCursor(tx, keyOf(job, plan), { position, now });
    return position;
  });
}

/** Whether records were shown only after the read had begun, so that it may have missed them. */
async function wasBlind(
  executor: Executor,
  job: PullJob,
  { plan, position }: { plan: MappingPlan; position: ReadPosition },
): Promise<boolean> {
  const feed = (await loadFeeds(executor, job.connection, plan.object)).get(plan.entity);
  if (feed?.frozenReason !== 'shown_again' || feed.frozenSince === null) return false;
  return Date.parse(position.beganAt) < Date.parse(feed.frozenSince);
}

async function noteSeen(
  tx: Executor,
  job: PullJob,
  seen: { plan: MappingPlan; page: RecordPage },
): Promise<void> {
  await tx.query(
    `insert into tierlink.compare_seen (connection, object, entity, crm_id)
     select $1, $2, $3, id from unnest($4::text[]) as id on conflict do nothing`,
    [job.connection, seen.plan.object, seen.plan.entity, seen.page.records.map((record) => record.id)],
  );
}

/** Gives up an unfinished read, so that the next one starts from its first page. */
export async function giveUpRead(tx: Executor, job: PullJob, plan: MappingPlan): Promise<void> {
  await clearSeen(tx, job, plan);
  await dropCursor(tx, keyOf(job, plan));
}

async function clearSeen(tx: Executor, job: PullJob, plan: MappingPlan): Promise<void> {
  await tx.query('delete from tierlink.compare_seen where connection = $1 and object = $2 and entity = $3', [
    job.connection,
    plan.object,
    plan.entity,
  ]);
}

interface Absent {
  /** Still there, but no longer in scope. */
  outside: string[];
  /**
   * Whether some are in scope after all, though nobody has changed them since the read began: they were hidden when it
   * came by, and perhaps others that nobody knows yet.
   */
  isMissed: boolean;
  /** Merged away: the stream of changes that would have told it is lost. */
  merged: ChangePage['merged'];
  /** A direct read does not find them either. */
  gone: string[];
  /** Whether the user sees every record, so that what it does not find is really gone. */
  isProven: boolean;
}

const nothingAbsent: Absent = { outside: [], isMissed: false, merged: [], gone: [], isProven: true };

/** Ids asked for in one direct read. */
const idsPerRead = 1000;

/** Looks directly for known records that the read did not meet. */
async function findAbsent(job: PullJob, plan: MappingPlan, beganAt: string): Promise<Absent> {
  const rows = await job.store.query<{ crm_id: string }>(
    `select distinct crm_id from (select crm_id from tierlink.link l
         where connection = $1 and object = $2 and entity = $3 and ${inScopeSql('l')} union all ${asideSql}) known
     where not exists (select 1 from tierlink.compare_seen s where s.connection = $1 and s.object = $2
       and s.entity = $3 and s.crm_id = known.crm_id)
     order by crm_id`,
    [job.connection, plan.object, plan.entity],
  );
  const ids = rows.map((row) => row.crm_id);
  const { found, merged } = await findDirectly(job, plan, { ids, tellsMerges: true });
  const losers = new Set(merged.map(({ loser }) => loser));
  const gone = ids.filter((id) => !found.has(id) && !losers.has(id));
  const there = ids.filter((id) => found.has(id));
  const { found: inScope } = await findDirectly(job, plan, { ids: there, inScope: true });
  const began = Date.parse(beganAt);
  return {
    outside: there.filter((id) => !inScope.has(id)),
    isMissed: [...inScope.values()].some((modifiedAt) => Date.parse(modifiedAt) < began),
    merged,
    gone,
    isProven: await areGone(job, plan, gone),
  };
}

/** When those of the ids were changed that a direct read finds, in scope or not, and which were merged away. */
async function findDirectly(
  job: PullJob,
  plan: MappingPlan,
  { ids, ...how }: { ids: readonly string[]; inScope?: boolean; tellsMerges?: boolean },
): Promise<{ found: Map<string, string>; merged: ChangePage['merged'] }> {
  const found = new Map<string, string>();
  const merged: ChangePage['merged'] = [];
  for (let start = 0; start < ids.length; start += idsPerRead) {
    const pages = job.connector.read({
      object: plan.object,
      fields: plan.fields,
      scope: plan.scope,
      ids: ids.slice(start, start + idsPerRead),
      ...how,
    });
    for await (const page of pages) {
      for (const record of page.records) found.set(record.id, record.modifiedAt);
      merged.push(...(page.merged ?? []));
    }
  }
  return { found, merged };
}

/** What was not found may have been hidden until just before the user was said to see everything: it is looked for again. */
async function areGone(job: PullJob, plan: MappingPlan, ids: readonly string[]): Promise<boolean> {
  if (ids.length === 0) return true;
  if ((await askSight(job))(job.object) !== true) return false;
  return (await findDirectly(job, plan, { ids })).found.size === 0;
}

async function finish(
  job: PullJob,
  plan: MappingPlan,
  read: { position: ReadPosition; absent: Absent },
): Promise<void> {
  const { position, absent } = read;
  const store = async (tx: Tx, now: string) => {
    const batch: Batch = { job, plan, tx, now, full: true };
    const feed = { connection: job.connection, object: plan.object, entities: [plan.entity] };
    if (absent.isMissed) await demandRead(tx, { ...feed, now, evenIfUnnoticed: true });
    const isBlind = absent.isMissed || (await wasBlind(tx, job, { plan, position }));
    if (!isBlind) await applyScopeExits(batch, absent.outside);
    await healArrivals(batch, await applyMerges(batch, absent.merged));
    if (absent.isProven && !isBlind) {
      await applyDeletes(
        batch,
        absent.gone.map((id) => ({ id, at: now })),
      );
    }
    await giveUpRead(tx, job, plan);
    await startChanges(tx, job, { position, now });
    if (!isBlind) {
      await noteRead(tx, job.connection, plan);
      await thawFeeds(tx, { ...feed, reasons: ['shown_again'] });
    }
    await thawFeeds(tx, { ...feed, reasons: ['changes_lost', 'mass_delete', 'unmapped'] });
    if (!absent.isProven) await freezeFeeds(tx, { ...feed, reason: 'not_all_visible', now });
  };
  await commit(job, store, { merges: absent.merged.length > 0 });
}

/** The change stream starts where the first read of the object began; one that runs already goes on. */
async function startChanges(
  tx: Executor,
  job: PullJob,
  from: { position: ReadPosition; now: string },
): Promise<void> {
  const key = changesKey(job);
  const stored = await loadCursor<ChangesPosition>(tx, key);
  // Without a beginning there is no stream: the next pull reads everything again.
  if (stored === undefined && !from.position.follows) {
    await saveCursor(tx, key, { position: { cursor: from.position.cursor }, now: from.now });
  }
}
