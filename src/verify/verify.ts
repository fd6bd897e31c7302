import { isTierlinkError } from '../errors.ts';
import { instantOf } from '../model/clock.ts';
import { type EntityName, entities } from '../model/entities.ts';
import { mismatchCauses } from '../model/mismatch-causes.ts';
import type { CallMeter } from '../sync/budget.ts';
import type { Counted } from '../sync/connector.ts';
import { type Engine, type PassConnection, report, requireGoing, unlessAtWork } from '../sync/engine.ts';
import { requireNamedObject } from '../sync/mapping/named-object.ts';
import { type MappingPlan, planMapping } from '../sync/mapping/plan.ts';
import type { Prepared } from '../sync/pass/prepare.ts';
import { type ConnectionPull, pullConnection, pullRequestOf } from '../sync/pass/pull.ts';
import { pullStep, runForConnection } from '../sync/pass/steps.ts';
import { askSight, type Sight } from '../sync/pull/connection-check.ts';
import { makeJob, type PullJob } from '../sync/pull/job.ts';
import { descriptionsByName, objectsOf } from '../sync/pull/metadata.ts';
import { loadFeeds } from '../sync/records/feed.ts';
import type { RunResult } from '../sync/records/runs.ts';
import { asideOf, type Compared, compareRange, hereIn } from './compare.ts';
import { lookedUpCauses, lookUpKnown } from './known-causes.ts';
import { countOurs, countTheirs, isEqual, joinCounts, type MonthCount } from './months.ts';
import { type Obstacle, obstacleOf, refusedCount } from './obstacle.ts';
import { type MonthRange, rangesOf } from './ranges.ts';
import type { SuspectGroup, Suspicion } from './read-again.ts';
import {
  type FoundState,
  forgetUnmapped,
  type Known,
  loadKnown,
  saveUnknown,
  saveVerified,
  type Verified,
} from './save.ts';
import { type Mismatch, settle } from './settle.ts';
import { monthsToCompare } from './slice.ts';

export interface VerifyOptions {
  /** Only this CRM object, or what is read as this entity. */
  only?: string | undefined;
  /** Compares the values of every month, not only of those whose turn it is. (Default: false) */
  full?: boolean | undefined;
  /** Within how many daily verifications the values of all months are compared. */
  days: number;
}

/** What a verification found about one mapping. */
export interface VerifiedFeed {
  object: string;
  entity: EntityName;
  state: FoundState | 'unknown';
  months: number;
  /** Records of which the values were compared. */
  compared: number;
  mismatches: number;
}

/**
 * Proves that everything that the CRM has in scope is here: reads what changed, counts both sides by month of creation, and
 * reads the months that differ and those whose turn it is, record by record. What differs gets a cause. Everything is kept
 * mapping by mapping, so a run that was cut off is run again. Writes nothing to the CRM. Throws USAGE for an unknown object,
 * and what stops the whole connection.
 */
export async function runVerify(
  engine: Engine,
  connection: PassConnection,
  options: VerifyOptions,
): Promise<RunResult<VerifiedFeed[] | 'paused' | null>> {
  const only = options.only === undefined ? undefined : requireNamedObject([connection], options.only);
  return await runForConnection<VerifiedFeed[] | null>(
    engine,
    connection,
    { kind: 'verify', object: only },
    async ({ runId, meter }) => {
      const value = await unlessAtWork(engine, `verify:${connection.alias}`, () =>
        verifyConnection(engine, connection, { ...options, only, runId, meter }),
      );
      if (value === undefined)
        return {
          value: null,
          state: 'skipped',
          reason: `${connection.alias} is being verified by another run.`,
        };
      return { value, counts: countsOf(value), state: value.every(isProven) ? 'succeeded' : 'partial' };
    },
  );
}

function isProven({ state }: VerifiedFeed): boolean {
  return state === 'verified';
}

function countsOf(feeds: readonly VerifiedFeed[]): Record<string, Record<string, number>> {
  return Object.fromEntries(
    feeds.map(({ object, entity, months, compared, mismatches }) => [
      `${object} ${entity}`,
      { months, compared, mismatches },
    ]),
  );
}

/** A verification at work. */
interface Work {
  engine: Engine;
  connection: PassConnection;
  options: VerifyOptions;
  runId: string;
  prepared: Prepared;
}

async function verifyConnection(
  engine: Engine,
  connection: PassConnection,
  { runId, meter, ...options }: VerifyOptions & { runId: string; meter: CallMeter },
): Promise<VerifiedFeed[]> {
  const { only } = options;
  const { pull, prepared } = await pullStep(engine, connection, { only, runId, meter });
  const work: Work = { engine, connection, options, runId, prepared };
  return await connection.budget.inLane('reconcile', async () => {
    const { open, blocked } = await openFeeds(work, pull);
    const found: VerifiedFeed[] = [];
    for (const each of blocked) found.push(await noteBlocked(work, each));
    const countedAt = instantOf(engine.clock.now());
    const plans = open.map(({ plan }) => plan);
    const counts = await countTheirs(connection.connector(), plans);
    for (const each of open) {
      requireGoing(engine);
      found.push(await verifyFeed(work, { ...each, counted: counts.get(each.plan)!, countedAt }));
    }
    return found;
  });
}

interface OpenFeed {
  job: PullJob;
  plan: MappingPlan;
  /** ISO instant of the CRM up to which everything was read before the counts were taken. */
  completeTo: string;
}

interface BlockedFeed {
  plan: MappingPlan;
  obstacle: Obstacle;
}

/** What is read of the CRM, each with what is in the way of looking at it. What may be absent and always was is left out. */
async function openFeeds(
  work: Work,
  pull: ConnectionPull,
): Promise<{ open: OpenFeed[]; blocked: BlockedFeed[] }> {
  const { engine, connection, options, prepared } = work;
  const { store } = engine;
  const mappings = connection.mappings();
  const sees = await sightOf(work);
  const read = mappings.filter(({ entity }) => entities[entity].origin === 'crm');
  await forgetUnmapped(store, connection.alias, read);
  const open: OpenFeed[] = [];
  const blocked: BlockedFeed[] = [];
  const described = descriptionsByName(prepared.metadata);
  for (const object of objectsOf(read)) {
    if (options.only !== undefined && object !== options.only) continue;
    const feeds = await loadFeeds(store, connection.alias, object);
    const job = described.has(object) ? jobOf(work, object) : null;
    // What may be absent and never was read has no feed.
    const expected = read.filter((mapping) => mapping.object === object && feeds.has(mapping.entity));
    const plans = job?.plans ?? expected.map((mapping) => planMapping(mapping));
    for (const plan of plans.filter(({ entity }) => entities[entity].origin === 'crm')) {
      const feed = feeds.get(plan.entity);
      const seen = { feed, seesAll: sees(object), isDescribed: job !== null };
      const obstacle = obstacleOf({ connection: connection.alias, plan, pull, ...seen });
      if (obstacle === null) open.push({ job: job!, plan, completeTo: feed!.completeTo! });
      else blocked.push({ plan, obstacle });
    }
  }
  return { open, blocked };
}

/** What the user sees, asked now. */
async function sightOf({ engine, connection }: Work): Promise<Sight> {
  const { store, clock } = engine;
  const { alias } = connection;
  const of = {
    store,
    clock,
    connection: alias,
    connector: connection.connector(),
    mappings: connection.mappings(),
  };
  return await askSight(of);
}

function jobOf({ engine, connection, prepared, runId }: Work, object: string): PullJob {
  const description = descriptionsByName(prepared.metadata).get(object)!;
  const run = { prepared, runId, object };
  return makeJob(pullRequestOf(engine, connection, { run, lease: null, signal: engine.signal }), description);
}

async function noteBlocked(
  { engine, connection, runId }: Work,
  { plan, obstacle }: BlockedFeed,
): Promise<VerifiedFeed> {
  const { object, entity } = plan;
  const place = { connection: connection.alias, object, entity };
  await saveUnknown(engine.store, { place, runId, now: instantOf(engine.clock.now()), obstacle });
  return { object, entity, state: 'unknown', months: 0, compared: 0, mismatches: 0 };
}

type CountedFeed = OpenFeed & { counted: Counted; countedAt: string };

async function verifyFeed(work: Work, feed: CountedFeed): Promise<VerifiedFeed> {
  const { engine, connection, options, runId } = work;
  const { job, plan, counted, countedAt } = feed;
  const refusal = refusedCount(counted);
  if (refusal !== null) return await noteBlocked(work, { plan, obstacle: refusal });
  const { object, entity } = plan;
  const place = { connection: connection.alias, object, entity };
  const event = { connection: connection.alias, step: 'verify', object } as const;
  report(engine, { ...event, state: 'started' });
  const known = await loadKnown(engine.store, place, lookedUpCauses);
  const counts = joinCounts(
    counted as Exclude<Counted, number | Error>,
    await countOurs(engine.store, place.connection, plan),
  );
  const wanted = monthsToCompare({
    counts,
    known: known.months,
    found: new Set([...known.mismatches.values()].map(({ month }) => month)),
    meaning: plan.hash,
    days: options.full === true ? 1 : options.days,
  });
  const ranges = rangesOf(counts, wanted, connection.manifest.capabilities.reads);
  const compared = await compareMonths(work, feed, { counts, ranges, known });
  const now = instantOf(engine.clock.now());
  const listed = new Set(compared.mismatches.map(({ crmId }) => crmId));
  const explained = await lookUpKnown(engine.store, place, { plan, now, listed });
  const mismatches = [...compared.mismatches, ...explained];
  const judged = await judge(work, plan, { counts, mismatches, unclaimed: compared.unclaimed });
  const looked = new Set(ranges.flatMap(({ months }) => months));
  const sums = new Map([...looked].map((month) => [month, compared.sums.get(month)]));
  const result = {
    place,
    runId,
    countedAt,
    now: instantOf(engine.clock.now()),
    to: feed.completeTo,
    ...judged,
    meaning: plan.hash,
    mismatches,
  };
  await saveVerified(job.store, { ...result, compared: sums });
  const records = [...compared.sums.values()].reduce((sum, { theirs }) => sum + theirs.records, 0);
  report(engine, { ...event, state: 'done', done: records });
  return {
    object,
    entity,
    state: judged.state,
    months: counts.length,
    compared: records,
    mismatches: mismatches.length,
  };
}

function stateOf(mismatches: readonly Mismatch[]): FoundState {
  const open = mismatches.filter(({ cause }) => !mismatchCauses[cause].isKnown);
  if (open.some(({ settled }) => settled)) return 'different';
  return open.length > 0 ? 'unsettled' : 'verified';
}

/**
 * How the mapping is, and the counts that say so. Months whose counts differ although everything that was read of them is
 * here are counted once more, for what was on its way: nothing is verified against a count.
 */
async function judge(
  work: Work,
  plan: MappingPlan,
  found: { counts: readonly MonthCount[]; mismatches: readonly Mismatch[]; unclaimed: Compared['unclaimed'] },
): Promise<Pick<Verified, 'state' | 'counts' | 'unsettled' | 'refused'>> {
  const { engine, connection } = work;
  const state = stateOf(found.mismatches);
  const isOpen = (count: MonthCount) => !isEqual(count, found.unclaimed.get(count.month));
  const open = found.counts.filter(isOpen).map(({ month }) => month);
  if (state !== 'verified' || open.length === 0)
    return { state, counts: found.counts, unsettled: new Set(), refused: null };
  await readMeanwhile(work, plan);
  const counted = (await countTheirs(connection.connector(), [plan])).get(plan);
  const refused = refusedCount(counted);
  if (refused !== null)
    return { state: 'unsettled', counts: found.counts, unsettled: new Set(open), refused };
  const ours = await countOurs(engine.store, connection.alias, plan);
  const counts = joinCounts(counted as Exclude<Counted, number | Error>, ours);
  const unsettled = counts
    .filter((count) => open.includes(count.month) && isOpen(count))
    .map(({ month }) => month);
  return {
    state: unsettled.length > 0 ? 'unsettled' : state,
    counts,
    unsettled: new Set(unsettled),
    refused: null,
  };
}

/** Reads the months, then once more what changed meanwhile, and names the causes of what still differs. */
async function compareMonths(
  work: Work,
  { job, plan }: CountedFeed,
  { counts, ranges, known }: { counts: readonly MonthCount[]; ranges: readonly MonthRange[]; known: Known },
): Promise<Omit<Compared, 'suspects'> & { mismatches: Mismatch[] }> {
  const sums: Compared['sums'] = new Map();
  const unclaimed: Compared['unclaimed'] = new Map();
  const groups: SuspectGroup[] = [];
  const aside = await asideOf(job, plan);
  for (const range of ranges) {
    if (range.created === undefined && !counts.some(({ month, counted }) => month === '' && counted > 0)) {
      // What we made and have not read back is looked for by its ids.
      const here = await hereIn(job, plan, { range, aside });
      groups.push({ range: undefined, suspects: new Map([...here].map((crmId) => [crmId, 'present'])) });
      continue;
    }
    requireGoing(work.engine);
    const compared = await compareRange(job, plan, { range, aside });
    for (const [month, sum] of compared.sums) sums.set(month, sum);
    for (const [month, records] of compared.unclaimed) unclaimed.set(month, records);
    groups.push({ range, suspects: compared.suspects });
  }
  const metAt = crmNow(work);
  if (groups.every(({ suspects }) => suspects.size === 0)) return { sums, unclaimed, mismatches: [] };
  const completeTo = await readMeanwhile(work, plan);
  const { write_back: writesBack } = work.prepared.record;
  const before = known.mismatches;
  // What was kept aside may have gone its way meanwhile.
  const { reads } = work.connection.manifest.capabilities;
  const of = {
    groups: suspected(groups),
    metAt,
    completeTo,
    before,
    aside: await asideOf(job, plan),
    writesBack,
    reads,
  };
  const settled = await settle(jobOf(work, plan.object), plan, of);
  const mismatches = settled.filter(({ cause }) => !lookedUpCauses.includes(cause));
  const isGone = ({ cause }: Mismatch) => cause === 'missed_delete';
  // What was not found may have been hidden since the user was last said to see everything.
  if (!mismatches.some(isGone) || (await sightOf(work))(plan.object) === true)
    return { sums, unclaimed, mismatches };
  return {
    sums,
    unclaimed,
    mismatches: mismatches.map((each) => (isGone(each) ? { ...each, settled: false } : each)),
  };
}

/**
 * Each record once, where it was read, or else where it was met first: one of a day that we do not know is looked for by its
 * id, and may be read in its month too, as one whose day has moved may be missing in one month and read in another.
 */
function suspected(groups: readonly SuspectGroup[]): SuspectGroup[] {
  const known = new Map<string, { group: SuspectGroup; suspicion: Suspicion }>();
  const isRead = ({ range }: SuspectGroup, suspicion: Suspicion) =>
    range !== undefined && suspicion === 'present';
  for (const group of groups)
    for (const [crmId, suspicion] of group.suspects) {
      const before = known.get(crmId);
      if (before === undefined || isRead(group, suspicion)) known.set(crmId, { group, suspicion });
    }
  return groups.map((group) => ({
    range: group.range,
    suspects: new Map([...group.suspects].filter(([crmId]) => known.get(crmId)?.group === group)),
  }));
}

/** Now, by the CRM's clock as far as it is known. */
function crmNow({ engine, prepared }: Work): string {
  return instantOf(engine.clock.now() + prepared.clockSkewMs);
}

/** Reads what changed in the object, and returns up to when everything is known then. */
async function readMeanwhile(
  { engine, connection, prepared, runId }: Work,
  plan: MappingPlan,
): Promise<string> {
  const { object, entity } = plan;
  const { problems } = await pullConnection(engine, connection, { only: object, prepared, runId });
  const [problem] = problems;
  if (problem !== undefined && isTierlinkError(problem.error)) throw problem.error;
  const feed = (await loadFeeds(engine.store, connection.alias, object)).get(entity);
  return feed?.completeTo ?? instantOf(0);
}
