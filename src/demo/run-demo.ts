import { checkAppConnection } from '../app/check.ts';
import { engineOf } from '../app/engine.ts';
import { listPartners } from '../app/partners.ts';
import { headlineKpi, readStandings, type Standing } from '../app/standings.ts';
import { type App, openApp } from '../app.ts';
import { dayOf } from '../program/civil-date.ts';
import { setTierMode, setWriteBack } from '../sync/connection-settings.ts';
import type { ConnectorManifest, RunningSimulator } from '../sync/connector-manifest.ts';
import type { PassProgress } from '../sync/engine.ts';
import { type PassResult, runPass } from '../sync/pass.ts';
import { connectDemoProject, makeDemoProject } from './demo-project.ts';
import { disagreements, kpiMoves, lookNow, type Moment, tierMoves, writtenSince } from './observe.ts';
import type { DemoSection, PartnerLine, PassLine, ReadLine } from './sections.ts';

export interface DemoOptions {
  manifest: ConnectorManifest;
  /** Folder of the demo's project. */
  folder: string;
  port: number | undefined;
  signal: AbortSignal;
  /** How values are shown. */
  words: DemoWords;
  /** Called with each part as soon as it is known. */
  tell(section: DemoSection): void;
  onProgress(event: PassProgress): void;
}

/** Values as people read them; the command line owns these words. */
export interface DemoWords {
  figure(value: NonNullable<Standing['headline']>): string;
  requirements(standing: Pick<Standing, 'requirements' | 'against'>): string;
}

export interface Demo {
  simulator: RunningSimulator;
  app: App;
}

/** Runs the whole job against a simulator: read, measure, decide, write back, live through a quarter, and again. */
export async function runDemo(options: DemoOptions): Promise<Demo> {
  const { manifest, folder } = options;
  const source = await makeDemoProject(folder, manifest);
  const simulator = await manifest.startSimulator({
    source,
    ...(options.port === undefined ? {} : { port: options.port }),
  });
  const app = await openApp({
    ...connectDemoProject(folder, manifest, simulator),
    command: 'tierlink demo',
  });
  const demo = { simulator, app };
  try {
    await play(demo, options);
    return demo;
  } catch (error) {
    await closeDemo(demo);
    throw error;
  }
}

export async function closeDemo({ app, simulator }: Demo): Promise<void> {
  await app.close();
  await simulator.close();
}

async function play(demo: Demo, options: DemoOptions): Promise<void> {
  const { app, simulator } = demo;
  const { tell } = options;
  const report = await checkAppConnection(app, app.connection());
  tell({ kind: 'started', crm: report.label, url: simulator.url, org: report.org.name, user: report.user });
  const first = await pass(demo, options);
  tell({ kind: 'read', ...readOf(first.result), calls: first.line.calls, tookMs: first.line.tookMs });
  tell(await partnersSection(app, options));
  await takeOver(app);
  tell({ kind: 'owned', pass: (await pass(demo, options)).line });
  tell({ kind: 'happened', sentences: await simulator.act('quarter') });
  const second = await pass(demo, options);
  tell({ kind: 'changed', ...(await changesOf(app, options, second)), pass: second.line });
  const open = await disagreements(app, second.after);
  if (open.length > 0) tell({ kind: 'disagreements', list: open });
  tell({ kind: 'quiet', pass: (await pass(demo, options)).line });
}

/** What an admin does once the comparison looks right. */
async function takeOver(app: App): Promise<void> {
  const connection = app.connection();
  const change = {
    store: app.store,
    clock: app.clock,
    id: connection.alias,
    actor: 'demo',
    mappings: connection.mappings(),
  };
  await setTierMode({ ...change, mode: 'owned' });
  await setWriteBack({ ...change, on: true });
}

interface PlayedPass {
  result: PassResult;
  before: Moment;
  after: Moment;
  line: PassLine;
}

async function pass({ app, simulator }: Demo, options: DemoOptions): Promise<PlayedPass> {
  const before = await lookNow(app);
  const callsBefore = simulator.calls().total;
  const began = performance.now();
  const { signal } = options;
  const writing = meterOfWriting(simulator);
  const onProgress = (event: PassProgress) => {
    writing.note(event);
    options.onProgress(event);
  };
  const run = await runPass({
    engine: engineOf(app, { actor: 'demo', signal, onProgress }),
    connections: app.connections,
  });
  const failure = run.value?.connections.find(({ error }) => error !== null)?.error;
  if (failure) throw failure;
  signal.throwIfAborted();
  const result = run.value!;
  return {
    result,
    before,
    after: await lookNow(app),
    line: {
      written: await writtenSince(app, before),
      calls: simulator.calls().total - callsBefore,
      writeCalls: writing.calls(),
      tookMs: Math.round(performance.now() - began),
    },
  };
}

/** Counts the calls that arrive while the pass writes; the others read. */
function meterOfWriting(simulator: RunningSimulator) {
  let began: number | null = null;
  let calls = 0;
  return {
    note: ({ step, state }: PassProgress) => {
      if (step !== 'push') return;
      if (state === 'started') began = simulator.calls().total;
      else if (state === 'done' && began !== null) calls += simulator.calls().total - began;
    },
    calls: () => calls,
  };
}

function readOf(result: PassResult): { read: ReadLine[]; held: number; invalid: number } {
  const lines = result.connections.flatMap(({ pull }) =>
    (pull?.objects ?? []).flatMap(({ object, counts }) =>
      Object.entries(counts).map(([entity, each]) => ({ object, entity, counts: each })),
    ),
  );
  const sum = (name: 'held' | 'invalid') => lines.reduce((total, { counts }) => total + counts[name], 0);
  return {
    read: lines.map(({ object, entity, counts }) => ({
      object,
      entity,
      records: counts.read - counts.outOfScope,
    })),
    held: sum('held'),
    invalid: sum('invalid'),
  };
}

async function partnersSection(app: App, { words }: DemoOptions): Promise<DemoSection> {
  const { store, program, clock } = app;
  const now = clock.now();
  const asOf = dayOf(now, program.timeZone);
  const rows = await listPartners(store);
  const standings = await readStandings(store, { program, partners: rows.map(({ id }) => id), now, asOf });
  const ranks = program.ladders.flatMap((ladder) => ladder.tiers.map((tier) => tier.key));
  const ranked = rows.flatMap((row) => {
    const standing = standings.get(row.id);
    return standing === undefined ? [] : [{ row, standing, rank: ranks.indexOf(standing.tierKey ?? '') }];
  });
  const partners: PartnerLine[] = ranked
    .sort((a, b) => b.rank - a.rank)
    .map(({ row, standing }) => ({
      name: row.name,
      tier: standing.tier,
      headline: standing.headline === null ? '-' : words.figure(standing.headline),
      requirements: words.requirements(standing),
      next: standing.against,
      asOf,
    }));
  const kpi = headlineKpi(program);
  return { kind: 'partners', headline: kpi === undefined ? '' : program.kpis[kpi]!.label, partners };
}

async function changesOf(app: App, { words }: DemoOptions, { result, before, after }: PlayedPass) {
  const counts = result.connections
    .flatMap(({ pull }) => pull?.objects ?? [])
    .flatMap((each) => Object.values(each.counts));
  const merged = counts.reduce((sum, each) => sum + each.merged, 0);
  const changed = counts.reduce((sum, each) => sum + each.created + each.updated + each.deleted, merged);
  const kpis = kpiMoves(app, before, after).map((move) => ({
    partner: move.partner,
    label: app.program.kpis[move.kpi]!.label,
    before: move.before === null ? '-' : words.figure(move.before),
    after: words.figure(move.after),
  }));
  return { changed, merged, kpis, tiers: await tierMoves(app, before) };
}
