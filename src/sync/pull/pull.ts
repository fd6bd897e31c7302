import { isTierlinkError, TierlinkError } from '../../errors.ts';
import { instantOf } from '../../model/clock.ts';
import type { EntityName } from '../../model/entities.ts';
import { manyNewRows } from '../../store/store.ts';
import type { ChangesRequest } from '../connector.ts';
import type { ObjectDescription } from '../crm-description.ts';
import { inReadOrder, type MappingPlan } from '../mapping/plan.ts';
import { type ChangesPosition, loadCursor, storedPurposes } from '../records/cursors.ts';
import { completeFeeds, freezeFeeds, loadFeeds, noteMapped } from '../records/feed.ts';
import { readAgain } from './again.ts';
import { changesRequest, readChanges } from './changes.ts';
import { commit } from './commit.ts';
import { readFollowers } from './followers.ts';
import { healRaced } from './holds.ts';
import { makeJob, type PullCounts, type PullJob, type PullRequest } from './job.ts';
import { changesPurpose, giveUpRead, readEverything, readPurpose } from './read.ts';
import { readTakeovers } from './takeovers.ts';

export type { PullCounts, PullRequest } from './job.ts';

export interface PullResult {
  object: string;
  /** What became of the records, by entity. */
  counts: Partial<Record<EntityName, PullCounts>>;
  /** Mappings of which everything was read, by name. */
  fullyRead: string[];
  /** Fields that mappings name and the CRM does not show to the user; their attributes stay as they are. */
  missingFields: string[];
  /** The CRM does not have the object, and every mapping of it is optional. */
  isAbsent: boolean;
}

/**
 * Brings one CRM object into the program model: at first everything in scope, later what changed; with `full`, after a lost
 * cursor and after a change of the mapping, everything again, compared. Interrupted anywhere, the next call goes on after
 * the last page kept. Throws what the connector throws, LEASE_LOST, SYNC_MASS_DELETE and CRM_OBJECT_MISSING.
 */
export async function pullObject(request: PullRequest): Promise<PullResult> {
  const description = request.description ?? (await describe(request));
  if (description === undefined) return absentObject(request);
  const job = makeJob(request, description);
  const plans = inReadOrder(job.plans);
  const feeds = await loadFeeds(job.store, job.connection, job.object);
  for (const feed of feeds.values()) if (feed.takesOver) job.takesOver.add(feed.entity);
  await noteMapped(job.store, job.connection, plans, [...feeds.values()]);
  let fullyRead: string[];
  try {
    fullyRead = description.tracksChanges
      ? await followChanges(job, plans, feeds)
      : await readUntracked(job, plans);
  } catch (error) {
    if (isTierlinkError(error, 'SYNC_MASS_DELETE')) await stopForDelete(job, error);
    throw error;
  }
  for (const plan of plans) await readAgain(job, plan);
  for (const plan of plans) await readTakeovers(job, plan);
  await healRaced(job);
  const created = [...job.counts.values()].reduce((sum, counts) => sum + counts.created, 0);
  if (created >= manyNewRows) await job.store.analyze();
  return {
    object: job.object,
    counts: Object.fromEntries(job.counts),
    fullyRead,
    missingFields: [...job.missingFields],
    isAbsent: false,
  };
}

/**
 * What the pull of the object will ask for, when that is only what changed since its stored cursor; undefined when there
 * is more to do. Makes no call.
 */
export async function changesToAsk(request: PullRequest): Promise<ChangesRequest | undefined> {
  const { description } = request;
  if (description?.tracksChanges !== true) return undefined;
  const job = makeJob(request, description);
  const feeds = await loadFeeds(job.store, job.connection, job.object);
  if ((await plansToRead(job, job.plans, feeds)).length > 0) return undefined;
  const key = { connection: job.connection, object: job.object, purpose: changesPurpose };
  const stored = await loadCursor<ChangesPosition>(job.store, key);
  return stored === undefined ? undefined : changesRequest(job, stored.cursor);
}

/** Reads what has to be read as a whole, then what changed. Returns the mappings that were read as a whole. */
async function followChanges(job: PullJob, plans: readonly MappingPlan[], feeds: Feeds): Promise<string[]> {
  const fullyRead = new Set<string>();
  for (const plan of await plansToRead(job, plans, feeds)) {
    await readEverything(job, plan);
    fullyRead.add(plan.name);
  }
  await readFollowers(job);
  const isStopped = [...feeds.values()].some(({ frozenReason }) => frozenReason === 'mass_delete');
  if (!(await readChanges(job, { isStopped }))) {
    for (const plan of plans) {
      await readEverything(job, plan);
      fullyRead.add(plan.name);
    }
    await readChanges(job, { isStopped: false });
  }
  return [...fullyRead];
}

/** Clocks are not the same everywhere; without an instant of the CRM's own, ours counts only after this. */
const clockMarginMs = 60_000;

/** An object that does not report its changes is read and compared as a whole each time. */
async function readUntracked(job: PullJob, plans: readonly MappingPlan[]): Promise<string[]> {
  const to = instantOf(job.clock.now() - clockMarginMs);
  for (const plan of plans) await readEverything(job, plan);
  await readFollowers(job);
  const feed = {
    connection: job.connection,
    object: job.object,
    entities: plans.map(({ entity }) => entity),
  };
  await commit(job, (tx) => completeFeeds(tx, { ...feed, to }));
  return plans.map((plan) => plan.name);
}

type Feeds = Awaited<ReturnType<typeof loadFeeds>>;

async function describe(request: PullRequest): Promise<ObjectDescription | undefined> {
  const described = await request.connector.describe([request.object]);
  return described.find((each) => each.name === request.object);
}

function absentObject(request: PullRequest): PullResult {
  const { object, mappings } = request;
  const isOptional = mappings
    .filter((mapping) => mapping.object === object)
    .every((mapping) => mapping.optional);
  if (!isOptional) throw new TierlinkError('CRM_OBJECT_MISSING', { object, connection: request.connection });
  return { object, counts: {}, fullyRead: [], missingFields: [], isAbsent: true };
}

/** Mappings that have to be read as a whole: asked for, never finished, or read with another meaning. */
async function plansToRead(
  job: PullJob,
  plans: readonly MappingPlan[],
  feeds: Feeds,
): Promise<MappingPlan[]> {
  const stored = await storedPurposes(job.store, { connection: job.connection, object: job.object });
  return plans.filter((plan) => {
    const isCurrent = stored.has(changesPurpose) && feeds.get(plan.entity)?.fieldsHash === plan.hash;
    return job.full === true || !isCurrent || stored.has(readPurpose(plan));
  });
}

/** What an unfinished comparison has met is stale by the time somebody has looked: the next one starts again. */
async function stopForDelete(job: PullJob, error: TierlinkError): Promise<void> {
  const entity = error.data.entity as EntityName;
  await commit(job, async (tx) => {
    for (const plan of job.plans) await giveUpRead(tx, job, plan);
    await freezeFeeds(tx, {
      connection: job.connection,
      object: job.object,
      entities: [entity],
      reason: 'mass_delete',
      now: instantOf(job.clock.now()),
    });
  });
}
