import type { RecomputeResult } from '../../kpi/recompute.ts';
import type { EvaluateResult } from '../../tier/run.ts';
import { type CallMeter, newMeter } from '../budget.ts';
import type { Engine, PassConnection } from '../engine.ts';
import { joinFilePeople } from '../import/join-file-people.ts';
import { requireNamedObject } from '../mapping/named-object.ts';
import { matchStep } from '../match/step.ts';
import { type Metadata, refreshMetadata } from '../pull/metadata.ts';
import type { PushResult } from '../push/plan.ts';
import { isPaused, loadConnection, noteFailure } from '../records/connections.ts';
import {
  addCounts,
  type RunOptions,
  type RunOutcome,
  type RunResult,
  type RunSpec,
  recordRun,
} from '../records/runs.ts';
import { followOwners } from './ownership.ts';
import { evaluateStep, recomputeStep } from './pass.ts';
import { type Prepared, prepareConnection } from './prepare.ts';
import { tierNamesOf } from './program-words.ts';
import { type PruneCounts, pruneHistory, type RetentionDays } from './prune.ts';
import { type ConnectionPull, type PullOptions, pullConnection } from './pull.ts';
import { isHeldBack, type NotWritten, pushStep, settleStep } from './push.ts';
import { busyReason, noteReading } from './reading.ts';

/**
 * The steps of a pass as runs of their own, for jobs. Each says what it did in its run row and returns how it ended:
 * skipped while another run is at it, waiting when a budget, a limit or an outage stopped it. Throws what failed.
 */

/** Throws USAGE for an object or entity that the connection does not map. */
function objectOf(connection: PassConnection, { only }: Pick<PullOptions, 'only'>): string | undefined {
  return only === undefined ? undefined : requireNamedObject([connection], only);
}

/** Reads what changed in a connection. Throws USAGE for an unknown object. */
export async function runPull(
  engine: Engine,
  connection: PassConnection,
  options: PullOptions = {},
): Promise<RunResult<ConnectionPull | 'paused'>> {
  const only = objectOf(connection, options);
  return await runForConnection(engine, connection, { kind: 'pull', object: only }, async (run) => {
    const { pull: value, isPartial } = await pullStep(engine, connection, { ...options, only, ...run });
    const counts: Record<string, number> = {};
    for (const { counts: byEntity } of value.objects) {
      for (const each of Object.values(byEntity)) addCounts(counts, { ...each });
    }
    const reason = busyReason(connection.alias, value);
    const isIdle = value.objects.length + value.problems.length === 0 && reason !== undefined;
    return { value, counts, reason, state: isIdle ? 'skipped' : isPartial ? 'partial' : 'succeeded' };
  });
}

/** Reads what changed in a connection, as a part of a run. */
export async function pullStep(
  engine: Engine,
  connection: PassConnection,
  { runId, meter, ...options }: PullOptions & { runId: string; meter: CallMeter },
): Promise<{ pull: ConnectionPull; prepared: Prepared; isPartial: boolean }> {
  await followOwners(engine);
  const prepared = await prepareConnection(engine, connection);
  await settleStep(engine, connection, { prepared, runId, meter });
  const pull = await pullConnection(engine, connection, { ...options, prepared, runId });
  const { isPartial } = await noteReading(engine, { connection, prepared, pull });
  return { pull, prepared, isPartial };
}

/** Writes what a connection should be told. Throws USAGE for an unknown object. */
export async function runPush(
  engine: Engine,
  connection: PassConnection,
  options: { only?: string | undefined } = {},
): Promise<RunResult<PushResult | NotWritten>> {
  const only = objectOf(connection, options);
  const spec = { kind: 'push', object: only };
  return await runForConnection<PushResult | NotWritten>(engine, connection, spec, async (run) => {
    const record = await loadConnection(engine.store.db, connection.alias);
    if (!record.write_back) {
      return { value: 'write_back_off', state: 'skipped', reason: 'Write-back is off.' };
    }
    // Tiers may still go out when reading has used up its share, so what has to be asked first is paid from theirs.
    const prepared = await connection.budget.inLane('tier', () => prepareConnection(engine, connection));
    // A record with a write in flight is not compared, so what a dead process left is settled before that.
    await settleStep(engine, connection, { prepared, ...run, only });
    const value = await pushStep(engine, connection, { prepared, ...run, only });
    if (typeof value === 'string') return { value, state: 'skipped', reason: value };
    return { value, counts: { ...value.total }, state: isHeldBack(value) ? 'partial' : 'succeeded' };
  });
}

/** Asks the CRM how it describes the mapped objects and compares the mappings with it. */
export async function runMetadataCheck(
  engine: Engine,
  connection: PassConnection,
): Promise<RunResult<Metadata | 'paused'>> {
  return await runForConnection(engine, connection, { kind: 'metadata' }, async () => {
    const value = await refreshMetadata({
      store: engine.store,
      clock: engine.clock,
      connector: connection.connector(),
      connection: connection.alias,
      mappings: connection.mappings(),
      tiers: tierNamesOf(engine.program),
    });
    const errors = value.findings.filter((finding) => finding.level === 'error').length;
    const counts = { findings: value.findings.length, errors };
    return { value, counts, state: errors > 0 ? 'partial' : 'succeeded' };
  });
}

/**
 * Recomputes the KPIs that changes or time have made old; skipped while another run does. What several connections hold is
 * matched before, so that no figure is computed of half a partner.
 */
export async function runKpis(engine: Engine): Promise<RunResult<RecomputeResult | null>> {
  return await recordRun(runOf(engine, { kind: 'kpis' }), async (runId) => {
    const matching = await matchStep(engine, { runId });
    await joinFilePeople(engine, runId);
    const value = await recomputeStep(engine);
    if (value === null) return { value, state: 'skipped', reason: alreadyAtWork };
    const { partners, values, changed, periodsChanged } = value;
    const counts: Record<string, number> = { partners, values, changed, periodsChanged };
    if (matching !== null) counts.matched = matching.joined.length;
    return { value, counts, state: 'succeeded' };
  });
}

/**
 * Evaluates the partners whose turn it is; skipped while another run does. `connections`: all that are configured; they
 * are asked whether everything is seen before somebody is warned or demoted.
 */
export async function runTiers(
  engine: Engine,
  connections: readonly PassConnection[],
): Promise<RunResult<EvaluateResult | null>> {
  const meter = newMeter();
  const run = { ...runOf(engine, { kind: 'tiers' }), calls: () => meter.calls };
  return await recordRun(run, async (runId) => {
    const asked = connections.map((connection) => ({ connection, meter }));
    const value = await evaluateStep(engine, { runId, asked }).finally(async () => {
      for (const { budget } of connections) await budget.flush();
    });
    if (value === null) return { value, state: 'skipped', reason: alreadyAtWork };
    const { evaluated, frozen, movements } = value;
    return { value, counts: { evaluated, frozen, ...movements }, state: 'succeeded' };
  });
}

const alreadyAtWork = 'Another run is at it.';

/** Deletes what is older than it has to be kept. */
export async function runPrune(engine: Engine, retention: RetentionDays): Promise<RunResult<PruneCounts>> {
  const { store, clock } = engine;
  return await recordRun(runOf(engine, { kind: 'prune' }), async () => {
    const value = await pruneHistory({ store, clock, retention });
    return { value, counts: { ...value }, state: 'succeeded' };
  });
}

function runOf(engine: Engine, spec: Omit<RunSpec, 'actor'>): RunOptions {
  const { store, clock, logger, actor } = engine;
  return { db: store.db, clock, logger, spec: { ...spec, actor } };
}

type Work<T> = (run: { runId: string; meter: CallMeter }) => Promise<{ value: T } & RunOutcome>;

/** One run over one connection: paused ones are skipped, calls are counted, failures are noted on the connection. */
export async function runForConnection<T>(
  engine: Engine,
  connection: PassConnection,
  of: { kind: string; object?: string | undefined },
  work: Work<T>,
): Promise<RunResult<T | 'paused'>> {
  const { store } = engine;
  const meter = newMeter();
  const spec = { ...of, connection: connection.alias };
  const run = { ...runOf(engine, spec), calls: () => meter.calls };
  return await recordRun<T | 'paused'>(run, async (runId) => {
    if (isPaused(await loadConnection(store.db, connection.alias))) {
      return { value: 'paused', state: 'skipped', reason: `${connection.alias} is paused.` };
    }
    try {
      return await connection.budget.inRun(meter, () => work({ runId, meter }));
    } catch (error) {
      await noteFailure(store.db, connection.alias, error);
      throw error;
    } finally {
      await connection.budget.flush();
    }
  });
}
