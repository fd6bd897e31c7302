import type { Kysely } from 'kysely';
import { sql } from 'kysely';
import { isTierlinkError, TierlinkError } from '../../errors.ts';
import { type Clock, instantOf } from '../../model/clock.ts';
import type { Logger } from '../../model/logger.ts';
import type { RunState } from '../../model/states.ts';
import type { Database } from '../../store/tables.ts';
import { closeDeadRuns, keepAlive, nextSign } from './run-life.ts';

/** A run: one execution of a job or command, kept as a row with its counts. */
export interface RunSpec {
  /** What ran, such as pass, pull or push. */
  kind: string;
  connection?: string | undefined;
  object?: string | undefined;
  /** On whose word: a person, or tierlink. */
  actor: string;
}

/** Counts by name; whole numbers, or one level of them by object. */
export type RunCounts = Record<string, number | Record<string, number>>;

export interface RunOutcome {
  state: RunState;
  reason?: string | undefined;
  counts?: RunCounts | undefined;
  error?: unknown;
}

/** How a run ended, and what its work returned; value is undefined unless the work came to its end. */
export interface RunResult<T> {
  id: string;
  state: RunState;
  reason: string | null;
  /** For waiting: the instant (epoch ms) from which it goes on, when one is known. */
  until: number | null;
  value: T | undefined;
  /** What ended it before its work came to its end, for whoever has nothing else to show; null where it did. */
  stopped: TierlinkError | null;
}

/** Writes the row of a run that starts now. Returns its id, such as r-000123. */
export async function startRun(db: Kysely<Database>, spec: RunSpec, now: number): Promise<string> {
  const { rows } = await sql<{ number: string }>`
    select nextval('tierlink.run_number')::text as number`.execute(db);
  const id = `r-${rows[0]!.number.padStart(6, '0')}`;
  await db
    .insertInto('tierlink.run')
    .values({
      id,
      kind: spec.kind,
      connection: spec.connection ?? null,
      object: spec.object ?? null,
      state: 'running',
      actor: spec.actor,
      started_at: instantOf(now),
      alive_until: nextSign,
    })
    .execute();
  return id;
}

/** Writes how a run ended, also where it had been taken for dead meanwhile. calls: API calls that it made. (Default: none) */
export async function finishRun(
  db: Kysely<Database>,
  id: string,
  outcome: RunOutcome & { calls?: number; now: number },
): Promise<void> {
  await db
    .updateTable('tierlink.run')
    .set({
      state: outcome.state,
      reason: outcome.reason ?? null,
      counts: JSON.stringify(outcome.counts ?? {}),
      calls: outcome.calls ?? 0,
      error: outcome.error === undefined ? null : JSON.stringify(describeError(outcome.error)),
      finished_at: instantOf(outcome.now),
    })
    .where('id', '=', id)
    .execute();
}

export interface RunOptions {
  db: Kysely<Database>;
  clock: Clock;
  logger: Logger;
  spec: RunSpec;
  /** API calls made so far; asked when the run ends, also where its work failed or was interrupted. (Default: none) */
  calls?: () => number;
}

/**
 * Runs work inside a run, which shows signs of life meanwhile; runs of processes that are gone are closed before. What is
 * expected to happen (another run at work, the budget used up, an interruption) ends in the run's state; anything else is
 * kept in the run and thrown.
 */
export async function recordRun<T>(
  options: RunOptions,
  work: (runId: string) => Promise<{ value: T } & RunOutcome>,
): Promise<RunResult<T>> {
  const { db, clock, calls = () => 0 } = options;
  await closeDeadRuns(options);
  const startedAt = clock.now();
  const id = await startRun(db, options.spec, startedAt);
  const stopBeating = keepAlive(db, id);
  const end = async (outcome: RunOutcome) => {
    await finishRun(db, id, { ...outcome, calls: calls(), now: clock.now() });
  };
  const log = (outcome: RunOutcome) => logRun(options, { id, ms: clock.now() - startedAt, outcome });
  try {
    const { value, ...outcome } = await work(id).finally(stopBeating);
    await end(outcome);
    log(outcome);
    return { id, state: outcome.state, reason: outcome.reason ?? null, until: null, value, stopped: null };
  } catch (error) {
    const outcome = outcomeOfError(error);
    await end({ ...outcome, error });
    // Who catches a failure logs it.
    if (outcome.state === 'failed') throw error;
    log(outcome);
    return { id, ...outcome, until: retryAtOf(error), value: undefined, stopped: stopOf(error) };
  }
}

/** What a run did, for whoever watches the log; one that found nothing to do is told only to those who look for it. */
function logRun(
  { logger, spec, calls }: RunOptions,
  { id, ms, outcome }: { id: string; ms: number; outcome: RunOutcome },
): void {
  const { state, reason, counts = {} } = outcome;
  const done = withoutZeros(counts);
  const isIdle = namesOf(done).every((name) => name === 'read' || name === 'unchanged');
  const isQuiet = state === 'skipped' || (state === 'succeeded' && isIdle);
  const said = {
    run: id,
    ...spec,
    state,
    ...(reason === undefined ? {} : { reason }),
    calls: calls?.() ?? 0,
    ms,
    counts: done,
  };
  logger[isQuiet ? 'debug' : 'info'](said, 'run ended');
}

function namesOf(counts: RunCounts): string[] {
  return Object.entries(counts).flatMap(([name, count]) =>
    typeof count === 'number' ? [name] : Object.keys(count),
  );
}

function withoutZeros(counts: RunCounts): RunCounts {
  const kept: RunCounts = {};
  for (const [name, count] of Object.entries(counts)) {
    const value = typeof count === 'number' ? count : (withoutZeros(count) as Record<string, number>);
    if (typeof value === 'number' ? value !== 0 : Object.keys(value).length > 0) kept[name] = value;
  }
  return kept;
}

/** The state that an error gives to the run it ended. */
export function outcomeOfError(error: unknown): { state: RunState; reason: string } {
  const reason = messageOf(error);
  if (isTierlinkError(error, 'LEASE_HELD')) return { state: 'skipped', reason };
  if (isTierlinkError(error, 'INTERRUPTED')) return { state: 'cancelled', reason };
  // The signal's own words mean nothing to who reads the list of runs.
  if (isAbort(error)) return { state: 'cancelled', reason: new TierlinkError('INTERRUPTED').message };
  if (isTierlinkError(error) && isWaiting(error)) return { state: 'waiting', reason };
  return { state: 'failed', reason };
}

/** Whether the failure heals by itself: a budget, a limit, a lock or an outage. */
export function isWaiting(error: TierlinkError): boolean {
  return error.retry === 'after' || error.retry === 'backoff';
}

/** An interruption is told as one, whatever the signal's own words are. */
function stopOf(error: unknown): TierlinkError {
  return error instanceof TierlinkError ? error : new TierlinkError('INTERRUPTED');
}

function retryAtOf(error: unknown): number | null {
  return (error instanceof TierlinkError ? error.retryAt : undefined) ?? null;
}

/** Whether a signal ended the work. Such an error can come from another realm, so its name decides. */
export function isAbort(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'name' in error && error.name === 'AbortError';
}

function describeError(error: unknown): Record<string, unknown> {
  if (error instanceof TierlinkError) {
    return { code: error.code, message: error.message, actions: error.actions, data: error.data };
  }
  return { code: 'INTERNAL', message: messageOf(error) };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/**
 * Throws SYNC_INCOMPLETE unless every record is accounted for: read = the sum of the parts.
 * A page that does not balance must not be kept, so call it before the commit.
 */
export function requireBalance(object: string, read: number, parts: Readonly<Record<string, number>>): void {
  const accounted = Object.values(parts).reduce((sum, part) => sum + part, 0);
  if (accounted !== read) throw new TierlinkError('SYNC_INCOMPLETE', { object, read, accounted, parts });
}

/** Adds counts name by name. */
export function addCounts(
  into: Record<string, number>,
  more: Readonly<Record<string, number>>,
): Record<string, number> {
  for (const [name, count] of Object.entries(more)) into[name] = (into[name] ?? 0) + count;
  return into;
}
