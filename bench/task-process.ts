import { recomputeKpis } from '../src/kpi/recompute.ts';
import { makePlan } from '../src/plan/make.ts';
import { setTierMode, setWriteBack } from '../src/sync/links/connection-settings.ts';
import { runPass } from '../src/sync/pass/pass.ts';
import { prepareConnection } from '../src/sync/pass/prepare.ts';
import { pullConnection } from '../src/sync/pass/pull.ts';
import { runKpis, runPull, runPush, runTiers } from '../src/sync/pass/steps.ts';
import { markPartners } from '../src/sync/records/dirty.ts';
import type { RunResult } from '../src/sync/records/runs.ts';
import { runVerify } from '../src/verify/verify.ts';
import { serve } from './child.ts';
import { findCrm } from './crm/all.ts';
import { drainConnector, drainLibrary, measure, secondsSince } from './drain.ts';
import { type BenchProject, openProject, type ProjectStart, type StorePlace } from './project.ts';
import { measureQueue, type QueuePlace } from './queue-latency.ts';
import type { Loaded, Passed, PlannedDrift, Pushed, Recomputed, Verified } from './task.ts';
import { takeWatched, watchRefusals } from './watch.ts';

/** The process in which something is measured: one store, one connection, nothing else. */

let project: (BenchProject & { start: ProjectStart }) | undefined;

function here(): BenchProject & { start: ProjectStart } {
  if (project === undefined) throw new Error('no store is open');
  return project;
}

/** What a run came to; one that was skipped measured nothing. */
function outcomeOf<T>({ value }: RunResult<T | string | null>): T {
  if (value === undefined || value === null || typeof value === 'string')
    throw new Error(`skipped: ${value}`);
  return value;
}

/** Most memory that this process ever held, MB. */
function peakMb(): number {
  return Math.round(process.resourceUsage().maxRSS / 1024);
}

async function open(start: ProjectStart & { place: StorePlace }): Promise<void> {
  project = { ...(await openProject(start)), start };
}

async function close(): Promise<void> {
  await here().store.close();
  project = undefined;
}

/** The first load of accounts and opportunities. */
async function load(): Promise<Loaded> {
  const { engine, connection, start } = here();
  const prepared = await prepareConnection(engine, connection);
  const startMb = Math.round(process.memoryUsage().rss / 1024 / 1024);
  const objects: Loaded['objects'] = [];
  for (const object of Object.values(findCrm(start.crm).objects)) {
    const taken = measure();
    const pulled = await pullConnection(engine, connection, { only: object, prepared, runId: null });
    const [problem] = pulled.problems;
    if (problem !== undefined) throw problem.error;
    const counts = pulled.objects.flatMap((each) => Object.values(each.counts));
    const created = counts.reduce((sum, each) => sum + each.created, 0);
    objects.push({ object, rows: created, ...taken() });
  }
  return { objects, startMb, peakMb: peakMb() };
}

/** All other objects, not measured. */
async function loadRest(): Promise<void> {
  const [problem] = outcomeOf(await runPull(here().engine, here().connection)).problems;
  if (problem !== undefined) throw problem.error;
}

async function recomputeAll(): Promise<Recomputed> {
  const from = performance.now();
  const { partners, values } = outcomeOf(await runKpis(here().engine));
  return { partners, values, seconds: secondsSince(from) };
}

/** Marks every hundredth partner as a changed deal would, and recomputes those. */
async function recomputeSome(): Promise<Recomputed> {
  const { store, engine, clock } = here();
  const rows = await store.query<{ id: string }>(
    `select id from (select id, row_number() over (order by id) as n from tierlink.partner) p where n % 100 = 1`,
  );
  const now = new Date(clock.now()).toISOString();
  const ids = new Set(rows.map((row) => row.id));
  await store.transaction((tx) => markPartners({ tx, now }, 'deal', ids));
  const from = performance.now();
  const result = await recomputeKpis(store, { program: engine.program, now: clock.now(), only: 'dirty' });
  return { partners: result.partners, values: result.values, seconds: secondsSince(from) };
}

/** Lets the program write tiers, and decides every partner's first one. */
async function decide(): Promise<{ evaluated: number; seconds: number }> {
  const { store, clock, engine, connection } = here();
  const change = { store, clock, id: connection.alias, actor: 'bench', mappings: connection.mappings() };
  await setWriteBack({ ...change, on: true });
  await setTierMode({ ...change, mode: 'owned' });
  const from = performance.now();
  const { evaluated } = outcomeOf(await runTiers(engine, [connection]));
  return { evaluated, seconds: secondsSince(from) };
}

async function push(only: string | null): Promise<Pushed> {
  const { engine, connection, takeBooked } = here();
  takeBooked();
  const from = performance.now();
  const pushed = outcomeOf(await runPush(engine, connection, only === null ? {} : { only }));
  const { created, updated, rejected } = pushed.total;
  const objects = pushed.objects.map(({ object, counts }) => ({
    object,
    rows: counts.created + counts.updated,
  }));
  const seconds = secondsSince(from);
  return { objects, written: created + updated, rejected, booked: takeBooked(), seconds };
}

async function pass(): Promise<Passed> {
  const { engine, connection } = here();
  const marks = new Map<string, number>();
  const from = performance.now();
  const watched = {
    ...engine,
    onProgress: ({ step, state }: { step: string; state: string }) => {
      if (state === 'started' && !marks.has(step)) marks.set(step, secondsSince(from));
    },
  };
  const result = outcomeOf(await runPass({ engine: watched, connections: [connection] }));
  const seconds = secondsSince(from);
  const [done] = result.connections;
  if (done === undefined || done.error !== null) throw done?.error ?? new Error('no connection');
  const counts = (done.pull?.objects ?? []).flatMap((each) => Object.values(each.counts));
  const sum = (name: 'read' | 'created' | 'updated' | 'unchanged') =>
    counts.reduce((total, each) => total + each[name], 0);
  const pulled = (marks.get('kpis') ?? seconds) - (marks.get('pull') ?? 0);
  return {
    read: sum('read'),
    changed: sum('created') + sum('updated'),
    partners: result.kpis?.partners ?? 0,
    evaluated: result.tiers?.evaluated ?? 0,
    calls: done.calls.total,
    written: (done.push?.total.created ?? 0) + (done.push?.total.updated ?? 0),
    pullSeconds: pulled,
    seconds,
  };
}

async function verify(full: boolean): Promise<Verified> {
  const { engine, connection } = here();
  const from = performance.now();
  const feeds = outcomeOf(await runVerify(engine, connection, { days: 28, full }));
  const sum = (of: 'compared' | 'mismatches') => feeds.reduce((total, each) => total + each[of], 0);
  return { compared: sum('compared'), found: sum('mismatches'), seconds: secondsSince(from) };
}

/** A third of them lose their link, in a third a value moved in the CRM without a stamp, in a third one moved here. */
async function drift(): Promise<number> {
  const { store } = here();
  const chosen = (which: number) => `select connection, object, crm_id, entity, record_id from (
      select l.*, row_number() over (partition by entity order by crm_id) as n from tierlink.link l
      where entity in ('customer', 'deal') and state = 'live') numbered where n % 3000 = ${which}`;
  const ofLink =
    'l.connection = c.connection and l.object = c.object and l.crm_id = c.crm_id and l.entity = c.entity';
  // Which are chosen must not depend on those that were lost before.
  await store.query(`create table public.bench_drift as
    select 0 as way, c.* from (${chosen(0)}) c union all select 1, c.* from (${chosen(1)}) c
    union all select 2, c.* from (${chosen(2)}) c`);
  await store.query(`delete from tierlink.link l using public.bench_drift c where ${ofLink} and c.way = 0`);
  await store.query(
    `update tierlink.link l set seen_hash = 'moved' from public.bench_drift c where ${ofLink} and c.way = 1`,
  );
  for (const entity of ['customer', 'deal'])
    await store.query(
      `update tierlink.${entity} r set name = 'Moved' from public.bench_drift c where r.id = c.record_id and c.way = 2`,
    );
  const [row] = await store.query<{ records: number }>(
    'select count(*)::integer as records from public.bench_drift',
  );
  return row!.records;
}

async function plan(): Promise<PlannedDrift> {
  const { engine, connection } = here();
  const from = performance.now();
  const { head } = outcomeOf(await makePlan({ engine, connections: [connection], configured: [connection] }));
  const compared = head.connections.reduce((sum, each) => sum + each.compared, 0);
  return { compared, items: head.items, seconds: secondsSince(from) };
}

serve({
  drain: drainConnector,
  drainLibrary,
  open,
  close,
  load,
  loadRest,
  recomputeAll,
  recomputeSome,
  decide,
  push,
  pass,
  verify,
  drift,
  plan,
  advance: async (ms: number) => here().clock.advance(ms),
  vacuum: async () => await here().store.vacuum(),
  queue: (place: QueuePlace) => measureQueue(place),
  watch: async (origin: string) => watchRefusals(origin),
  takeWatched: async () => takeWatched(),
  peak: async () => peakMb(),
});
