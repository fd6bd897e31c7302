import { isTierlinkError, TierlinkError } from '../../errors.ts';
import { type RecomputeResult, recomputeKpis } from '../../kpi/recompute.ts';
import type { RunState } from '../../model/states.ts';
import { sealAudit } from '../../store/audit-chain.ts';
import { type EvaluateResult, evaluateTiers } from '../../tier/run.ts';
import { newMeter } from '../budget.ts';
import { type Engine, type PassConnection, report, requireGoing, unlessAtWork } from '../engine.ts';
import { joinFilePeople } from '../import/join-file-people.ts';
import { type AdoptedRegistration, adoptRegistrations } from '../links/adopt-registrations.ts';
import { namedObject, requireNamedObject } from '../mapping/named-object.ts';
import { type MatchResult, matchStep } from '../match/step.ts';
import type { PushResult } from '../push/plan.ts';
import type { PlannedWrites } from '../push/planned-writes.ts';
import type { PushPreview } from '../push/preview.ts';
import { isPaused, loadConnection, noteFailure } from '../records/connections.ts';
import { outcomeOfError, type RunCounts, type RunResult, recordRun } from '../records/runs.ts';
import { type Asked, confirmInputs } from './confirm-inputs.ts';
import { followOwners } from './ownership.ts';
import { expectFeeds, type Prepared, prepareConnection } from './prepare.ts';
import { type ConnectionPull, type PullOptions, pullConnection } from './pull.ts';
import { isHeldBack, type NotWritten, previewStep, pushStep, settleStep } from './push.ts';
import { busyReason, noteReading } from './reading.ts';
import { followRemovedConnections } from './removed.ts';

/** What a pass did with one connection. */
export interface ConnectionPass {
  connection: string;
  state: 'succeeded' | 'partial' | 'waiting' | 'failed' | 'paused';
  /** What stopped it; the connection's state says so too. */
  error: TierlinkError | null;
  pull: ConnectionPull | null;
  push: PushResult | null;
  notWritten: NotWritten | 'dry_run' | null;
  /** For a dry run: what would be written. */
  preview: PushPreview | null;
  /** API calls, in all and by kind. */
  calls: { total: number; byKind: Record<string, number> };
}

export interface PassResult {
  connections: ConnectionPass[];
  /** null: nothing was matched, because there is one connection or another run is at it. */
  matching: MatchResult | null;
  /** Deals and leads of ours that were found in a CRM before they were created there. */
  adopted: AdoptedRegistration[];
  /** null: nothing was recomputed, because another run does. */
  kpis: RecomputeResult | null;
  tiers: EvaluateResult | null;
}

export interface PassOptions extends PullOptions {
  engine: Engine;
  /** Does all of it but the writing, and keeps nothing. (Default: false) */
  dryRun?: boolean | undefined;
  connections: readonly PassConnection[];
  /** What the run is for, as its row says. (Default: dry-run where nothing is kept, otherwise pass) */
  kind?: 'plan' | 'apply';
  /** By connection, what a reviewed plan writes there: nothing else is written, whether or not write-back is on. */
  planned?: ReadonlyMap<string, PlannedWrites> | undefined;
  /** Called once everything is read and computed, before the writing. */
  beforeWriting?: (runId: string) => Promise<void>;
  /**
   * Called for each connection that is written to, before its push and under the guards of one: not for a connection that
   * stopped or is paused, its calls are counted, and what it throws stops this connection alone.
   */
  beforePush?: (of: { connection: PassConnection; runId: string }) => Promise<void>;
  /** Called at the end of a dry run, before what it did is taken back: the store shows what the pass would leave. */
  onRehearsed?: (rehearsed: Rehearsed) => Promise<void>;
  /** All that are configured: before somebody goes down each is asked what it shows. (Default: connections) */
  configured?: readonly PassConnection[];
}

export interface Rehearsed {
  runId: string;
  connections: readonly ConnectionPass[];
  /** Deals and leads of ours that were found in a CRM. */
  adopted: readonly AdoptedRegistration[];
}

/**
 * The whole pass: for each connection check and pull, then match what several hold, recompute KPIs and evaluate tiers,
 * then push. A connection that fails does not stop the others; what it had read is kept. A dry run is the same pass on a store that keeps nothing, and
 * tells at the end what it would write. With `only` no other object is read or written; what follows for others
 * (a deal read may move the tier on an account) is decided, and waits for a push of theirs. Throws USAGE for an object or
 * entity that no connection maps, and what nobody expects; everything else is in the result.
 */
export async function runPass(options: PassOptions): Promise<RunResult<PassResult>> {
  const { engine, only } = options;
  const { store, clock, logger, actor } = engine;
  const object = only === undefined ? undefined : requireNamedObject(options.connections, only);
  const spec = { kind: options.kind ?? (options.dryRun === true ? 'dry-run' : 'pass'), object, actor };
  const passes = options.connections.map((each) =>
    newPass(options.dryRun === true ? onlyReading(each) : each),
  );
  const others = (options.configured ?? [])
    .filter(({ alias }) => passes.every(({ connection }) => connection.alias !== alias))
    .map((connection) => ({ connection, meter: newMeter() }));
  const asked = [...passes, ...others];
  const calls = () => asked.reduce((sum, { meter }) => sum + meter.calls, 0);
  const run = await recordRun({ db: store.db, clock, logger, spec, calls }, async (runId) => {
    const removed: ConnectionPass[] = [];
    const stages = async () => {
      await expectFeeds(
        store,
        asked.map(({ connection }) => connection),
      );
      await followOwners(engine);
      removed.push(...(await removedStage(options, runId)));
      for (const pass of passes) await readStage(options, pass, runId);
      const matching = await matchStep(engine, { runId, all: options.full === true });
      await joinFilePeople(engine, runId);
      const adopted = await adoptRegistrations(engine, { connections: passes.flatMap(whenRead), runId });
      const computed = { matching, adopted, ...(await computeStage(engine, { runId, asked })) };
      await options.beforeWriting?.(runId);
      for (const pass of passes) await writeStage(options, pass, runId);
      if (options.dryRun === true)
        await options.onRehearsed?.({ runId, connections: passes.map(({ result }) => result), adopted });
      return computed;
    };
    const computed = await (options.dryRun === true ? store.rehearse(stages) : stages()).finally(async () => {
      for (const { connection } of asked) await connection.budget.flush();
    });
    const connections = [...passes.map((pass) => pass.result), ...removed];
    const result = { connections, ...computed };
    return { value: result, counts: countsOf(result), ...stateOf(connections) };
  });
  if (options.dryRun !== true) await sealAudit(store);
  return run;
}

/** The connection, where it was read without a stop. */
function whenRead({ connection, prepared, result }: PassAtWork): PassConnection[] {
  return prepared !== null && result.error === null ? [connection] : [];
}

interface PassAtWork {
  connection: PassConnection;
  meter: ReturnType<typeof newMeter>;
  prepared: Prepared | null;
  result: ConnectionPass;
}

/** A dry run plans what it would write; that nothing does is not left to the plan. */
function onlyReading(connection: PassConnection): PassConnection {
  const write = async () => {
    throw new TierlinkError('INTERNAL', { reason: 'a dry run was about to write' });
  };
  return { ...connection, connector: () => ({ ...connection.connector(), write }) };
}

function newPass(connection: PassConnection): PassAtWork {
  return {
    connection,
    meter: newMeter(),
    prepared: null,
    result: resultOf(connection.alias),
  };
}

function resultOf(connection: string): ConnectionPass {
  return {
    connection,
    state: 'succeeded',
    error: null,
    pull: null,
    push: null,
    notWritten: null,
    preview: null,
    calls: { total: 0, byKind: {} },
  };
}

/** Only a pass that knows all connections knows which were removed. */
async function removedStage(options: PassOptions, runId: string): Promise<ConnectionPass[]> {
  const { engine, connections, configured, only, acceptDeletes } = options;
  if (configured === undefined) return [];
  // A word for one object or connection is not meant for another one that is gone.
  const isForAll = only === undefined && connections.length === configured.length;
  const mayGiveUp = acceptDeletes === true && isForAll;
  const found = await followRemovedConnections(engine, { configured, mayGiveUp, runId });
  return found.map(({ alias, objects, error }) => ({
    ...resultOf(alias),
    state: error === null ? 'succeeded' : 'failed',
    error,
    pull: { objects: objects.map((each) => ({ ...each, frozen: [] })), skipped: [], problems: [] },
  }));
}

async function readStage(options: PassOptions, pass: PassAtWork, runId: string): Promise<void> {
  const { engine } = options;
  await guarded(engine, pass, async () => {
    const { connection, result, meter } = pass;
    if (isPaused(await loadConnection(engine.store.db, connection.alias))) {
      result.state = 'paused';
      return;
    }
    const prepared = await connection.budget.inLane('tier', () => prepareConnection(engine, connection));
    pass.prepared = prepared;
    await settleStep(engine, connection, { prepared, runId, meter, isReading: options.dryRun === true });
    const only = objectIn(connection, options.only);
    result.pull = await pullConnection(engine, connection, { ...options, only, prepared, runId });
    const { isPartial } = await noteReading(engine, { connection, prepared, pull: result.pull });
    if (isPartial) result.state = 'partial';
  });
}

/** What a name means in one connection; one that only the others know stays as it is, and finds nothing here. */
function objectIn(connection: PassConnection, only: string | undefined): string | undefined {
  return only === undefined ? undefined : (namedObject(connection.mappings(), only) ?? only);
}

/** Brings KPIs and tiers up to date; one run at a time does. */
async function computeStage(
  engine: Engine,
  of: { runId: string; asked: readonly Asked[] },
): Promise<{ kpis: RecomputeResult | null; tiers: EvaluateResult | null }> {
  const kpis = await recomputeStep(engine);
  const tiers = await evaluateStep(engine, of);
  return { kpis, tiers };
}

/** Recomputes what changes or time have made old; null while another run does. */
export async function recomputeStep(engine: Engine): Promise<RecomputeResult | null> {
  requireGoing(engine);
  const { store, program, logger } = engine;
  report(engine, { connection: null, step: 'kpis', state: 'started' });
  const result = await unlessAtWork(engine, `kpis:${program.name}`, ({ lease }) =>
    recomputeKpis(store, {
      program,
      lease,
      now: engine.clock.now(),
      logger,
      onPage: ({ partners }) => {
        report(engine, { connection: null, step: 'kpis', state: 'going', done: partners });
        requireGoing(engine);
      },
    }),
  );
  report(engine, { connection: null, step: 'kpis', state: result === undefined ? 'skipped' : 'done' });
  return result ?? null;
}

/**
 * Evaluates the partners whose turn it is; null while another run does. Before somebody is warned or demoted, the
 * connections given are asked whether everything is seen.
 */
export async function evaluateStep(
  engine: Engine,
  { runId, asked }: { runId: string; asked: readonly Asked[] },
): Promise<EvaluateResult | null> {
  requireGoing(engine);
  const { store, program, logger } = engine;
  report(engine, { connection: null, step: 'tiers', state: 'started' });
  const result = await unlessAtWork(engine, `tiers:${program.name}`, () =>
    evaluateTiers(store, {
      program,
      now: engine.clock.now(),
      confirmInputs: () => confirmInputs(engine, asked),
      runId,
      logger,
      onPage: ({ evaluated }) => {
        report(engine, { connection: null, step: 'tiers', state: 'going', done: evaluated });
        requireGoing(engine);
      },
    }),
  );
  report(engine, { connection: null, step: 'tiers', state: result === undefined ? 'skipped' : 'done' });
  return result ?? null;
}

async function writeStage(options: PassOptions, pass: PassAtWork, runId: string): Promise<void> {
  const { engine } = options;
  const { prepared, result, connection, meter } = pass;
  if (prepared !== null && mayWrite(result)) {
    await guarded(engine, pass, async () => {
      const only = objectIn(connection, options.only);
      if (options.dryRun === true) {
        result.notWritten = 'dry_run';
        result.preview = await previewStep(engine, connection, { prepared, runId, meter, only });
        return;
      }
      const planned = options.planned?.get(connection.alias);
      if (options.planned !== undefined && planned === undefined) return;
      await options.beforePush?.({ connection, runId });
      const pushed = await pushStep(engine, connection, { prepared, runId, meter, only, planned });
      if (typeof pushed === 'string') result.notWritten = pushed;
      else result.push = pushed;
      if (result.push !== null && isHeldBack(result.push) && result.error === null) result.state = 'partial';
    });
  }
  result.calls = { total: meter.calls, byKind: meter.byKind };
}

/** What stopped the reading stops the writing too, except that reading has used up its share of the calls. */
function mayWrite({ error }: ConnectionPass): boolean {
  return error === null || isTierlinkError(error, 'CRM_BUDGET');
}

/** Runs one connection's work; what stops it is noted on the connection, an interruption stops everything. */
async function guarded(engine: Engine, pass: PassAtWork, work: () => Promise<void>): Promise<void> {
  const { connection, result, meter } = pass;
  try {
    requireGoing(engine);
    await connection.budget.inRun(meter, work);
  } catch (error) {
    if (!isTierlinkError(error) || error.code === 'INTERRUPTED') throw error;
    result.error = error;
    result.state = outcomeOfError(error).state === 'waiting' ? 'waiting' : 'failed';
    await noteFailure(engine.store.db, connection.alias, error);
    const { alias } = connection;
    engine.logger.warn(
      { connection: alias, code: error.code, reason: error.message },
      'the connection stopped',
    );
  }
}

function stateOf(passes: readonly ConnectionPass[]): {
  state: RunState;
  reason?: string;
  error?: TierlinkError;
} {
  const states = passes.map((pass) => pass.state);
  const error = passes.find((pass) => pass.error !== null)?.error ?? undefined;
  const busy = passes.flatMap(({ connection, pull }) => busyReason(connection, pull) ?? [])[0];
  const said = error === undefined ? { ...(busy && { reason: busy }) } : { reason: error.message, error };
  if (states.length > 0 && states.every((state) => state === 'failed')) return { state: 'failed', ...said };
  if (states.includes('failed') || states.includes('partial')) return { state: 'partial', ...said };
  return states.includes('waiting') ? { state: 'waiting', ...said } : { state: 'succeeded' };
}

function countsOf(result: PassResult): RunCounts {
  const counts: RunCounts = {};
  for (const { connection, pull, push } of result.connections) {
    for (const { object, counts: byEntity } of pull?.objects ?? []) {
      for (const [entity, each] of Object.entries(byEntity)) {
        counts[`${connection} ${object} ${entity}`] = { ...each };
      }
    }
    if (push !== null) counts[`${connection} push`] = { ...push.total };
  }
  if (result.matching !== null) counts.matched = result.matching.joined.length;
  if (result.kpis !== null) counts.kpisChanged = result.kpis.changed;
  if (result.tiers !== null) counts.tiersEvaluated = result.tiers.evaluated;
  return counts;
}
