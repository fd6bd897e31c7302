import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { manifest } from '../../connectors/salesforce/index.ts';
import type { Org } from '../../connectors/salesforce/simulator/org.ts';
import { type StandIn, startStandIn } from '../../connectors/salesforce/stand-in.ts';
import { engineOf } from '../../src/app/engine.ts';
import { findPartner } from '../../src/app/partners.ts';
import { sourceRequest } from '../../src/app/source.ts';
import { type App, openApp } from '../../src/app.ts';
import { connectDemoProject, demoAlias } from '../../src/demo/demo-project.ts';
import { readKpis } from '../../src/kpi/read.ts';
import type { KpiValue } from '../../src/kpi/types.ts';
import { fromPackageRoot } from '../../src/package-root.ts';
import { loadProgram } from '../../src/program/load.ts';
import { loadProject } from '../../src/project.ts';
import { initProject } from '../../src/project-init.ts';
import type { Store } from '../../src/store/store.ts';
import { setTierMode, setWriteBack } from '../../src/sync/links/connection-settings.ts';
import { loadMappings } from '../../src/sync/mapping/mapping.ts';
import type { SourceFile } from '../../src/sync/mapping/provision.ts';
import { type PassOptions, type PassResult, runPass } from '../../src/sync/pass/pass.ts';
import type { RunResult } from '../../src/sync/records/runs.ts';
import { explainTier, type TierExplanation } from '../../src/tier/explain/explain.ts';
import { emptyStore, openTestStore } from '../services/test-store.ts';
import { type Cast, castOf } from './cast.ts';

/**
 * Everything that a story needs: an org in the simulator, prepared as an admin would, a project as `tierlink init`
 * makes it, a store, and one clock for both sides.
 */
export interface Stage {
  standIn: StandIn;
  org: Org;
  app: App;
  store: Store;
  /** Folder of the project. */
  folder: string;
  /** Both sides live by it; it stands still until it is moved. */
  clock: StageClock;
  /** People and records of the org. */
  cast: Cast;
  /** Runs a pass some seconds later and throws what stopped the connection. */
  pass(options?: Partial<PassOptions>): Promise<RunResult<PassResult>>;
  /** As pass, but hands out what stopped the connection. */
  tryPass(options?: Partial<PassOptions>): Promise<RunResult<PassResult>>;
  /** Lets the program own the tiers and turns write-back on. */
  takeOver(): Promise<void>;
  /** Moves the clock to an instant and runs a pass. */
  passAt(instant: string): Promise<RunResult<PassResult>>;
  /** What `tier why` is made of, by name or id of either side. */
  why(partner: string): Promise<TierExplanation>;
  /** A partner's figure as of now. */
  figure(partner: string, kpi: string): Promise<KpiValue>;
  /** Decisions in the order in which they took effect. */
  decisions(partner: string): Promise<{ id: string; movement: string; on: string; to: string | null }[]>;
  /** Another org answers at the same address from now on; it has no records yet but those that `fill` copies. */
  exchangeOrg(orgId: string, fill: (from: Org, to: Org) => void): Promise<void>;
  /** Calls that change something, answered by the CRM so far. */
  writes(): number;
  close(): Promise<void>;
}

export interface StageClock {
  time: number;
  now(): number;
}

export interface StageOptions {
  /** When the story begins. (Default: 2026-03-02T10:00Z) */
  start?: string;
  /** A store that is open already; it is emptied and not closed with the stage. */
  store?: Store;
  /** A folder of CSV files for the org. (Default: an org without records) */
  data?: string;
  /** Puts the sample records into the org. */
  sample?: boolean;
  /** Changes the project's files before anything is read or generated from them. */
  edit?: (folder: string) => void;
  /** An org to play in instead of a new one. */
  standIn?: StandIn;
}

const secondsBetween = 10_000;
/** Record types and nothing else. */
const bareOrg = fromPackageRoot('test/scenario/bare-org');

export async function openStage(options: StageOptions = {}): Promise<Stage> {
  const clock: StageClock = {
    time: Date.parse(options.start ?? '2026-03-02T10:00:00Z'),
    now: () => clock.time,
  };
  const folder = mkdtempSync(join(tmpdir(), 'tierlink-stage-'));
  const source = await makeProject(folder, options.edit);
  const standIn = options.standIn ?? (await startOrg(options, clock, source));
  const store = options.store ?? (await openTestStore());
  if (options.store !== undefined) await emptyStore(store);
  const app = await openApp({
    ...connectDemoProject(folder, manifest, standIn),
    store,
    clock,
    random: () => 0.5,
    sleep: async () => {},
  });
  const tryPass: Stage['tryPass'] = async (more = {}) => {
    clock.time += secondsBetween;
    return await runPass({
      engine: engineOf(app, { actor: 'stage' }),
      connections: app.connections,
      ...more,
    });
  };
  const pass: Stage['pass'] = async (more) => {
    const run = await tryPass(more);
    const stopped = run.value?.connections.find(({ error }) => error !== null)?.error;
    const problem = run.value?.connections.flatMap((each) => each.pull?.problems ?? [])[0]?.error;
    if (stopped ?? problem) throw stopped ?? problem;
    return run;
  };
  const stage: Stage = {
    standIn,
    org: standIn.simulator.org,
    app,
    store,
    folder,
    clock,
    cast: castOf(standIn.simulator.org),
    pass,
    tryPass,
    takeOver: () => takeOver(app),
    passAt: async (instant) => {
      clock.time = Date.parse(instant) - secondsBetween;
      return await pass();
    },
    why: async (partner) => {
      const { id } = await findPartner(store, partner);
      return await explainTier(store, { program: app.program, partnerId: id, now: clock.now() });
    },
    figure: async (partner, kpi) => {
      const { id } = await findPartner(store, partner);
      const values = await readKpis(store, { program: app.program, partners: [id], now: clock.now() });
      return values.find((value) => value.kpi === kpi)!;
    },
    decisions: async (partner) => {
      const { history } = await stage.why(partner);
      return history
        .map(({ decisionId, movement, on, toTier }) => ({ id: decisionId, movement, on, to: toTier }))
        .reverse();
    },
    exchangeOrg: async (orgId, fill) => {
      const from = stage.standIn;
      await from.close();
      const port = Number(new URL(from.url).port);
      stage.standIn = await startStandIn({ data: bareOrg, now: clock.now, source, port }, { orgId });
      const { org } = stage.standIn.simulator;
      fill(stage.org, org);
      Object.assign(stage, { org, cast: castOf(org) });
    },
    writes: () => writesAnswered(stage.standIn),
    close: async () => {
      await app.close();
      if (options.store === undefined) await store.close();
      if (options.standIn === undefined) await stage.standIn.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return stage;
}

/** The project of `tierlink init`; returns what an admin deploys for it. */
async function makeProject(folder: string, edit: StageOptions['edit']): Promise<SourceFile[]> {
  initProject({ folder, connection: { manifest, alias: demoAlias }, program: 'starter.yaml' });
  edit?.(folder);
  const project = loadProject(folder);
  const program = loadProgram(resolve(folder, project.program));
  const mappings = loadMappings(resolve(folder, project.connections[demoAlias]!.mappings));
  return await manifest.source(sourceRequest(program, mappings));
}

async function startOrg(
  options: StageOptions,
  clock: StageClock,
  source: readonly SourceFile[],
): Promise<StandIn> {
  const data = options.sample === true ? {} : { data: options.data ?? bareOrg };
  return await startStandIn({ ...data, now: clock.now, source });
}

async function takeOver(app: App): Promise<void> {
  const { alias, mappings } = app.connection();
  const change = { store: app.store, clock: app.clock, id: alias, actor: 'admin', mappings: mappings() };
  await setTierMode({ ...change, mode: 'owned' });
  await setWriteBack({ ...change, on: true, confirm: alias });
}

/** Requests that changed records: not the reads among the POSTs, nor the jobs that query. */
function writesAnswered({ simulator }: StandIn): number {
  const changes =
    /^(PATCH|DELETE) |^POST .*\/v[\d.]+\/(sobjects\/[^/]+\/?|composite\/sobjects\/?|jobs\/ingest\/?)$/;
  return simulator.calls.log.filter((line) => changes.test(line)).length;
}
