import { AsyncLocalStorage } from 'node:async_hooks';
import { type Kysely, sql } from 'kysely';
import { TierlinkError } from '../errors.ts';
import { type Clock, instantOf } from '../model/clock.ts';
import type { Database } from '../store/tables.ts';
import { isInRehearsal } from '../store/transaction-context.ts';

/**
 * The API calls that one connection may use. Work goes by lanes; a lane stops while those above it still have some
 * left, so a first load can never use up what the tier push of the same day needs.
 */
export type Lane = 'tier' | 'deals' | 'reconcile' | 'backfill';

/** The part of the day's share that must not be exceeded for a lane to go on; what is above is kept for the lanes before it. */
export const laneShares: Readonly<Record<Lane, number>> = {
  tier: 1,
  deals: 0.9,
  reconcile: 0.8,
  backfill: 0.7,
};

export interface BudgetLimits {
  /** Calls per UTC day, all lanes together. */
  dailyCalls: number;
  /** Calls of one run. (Default: no limit of its own) */
  runCalls?: number | undefined;
}

/** Counts the calls of one run. */
export interface CallMeter {
  calls: number;
  byKind: Record<string, number>;
}

export interface Budget {
  /** What the connector awaits before each call. Throws CRM_BUDGET once the share of the lane or of the run is used up. */
  spend(calls: number, kind: string): Promise<void>;
  /** Runs work in a lane; calls made in it, however deep, are counted there. (Default lane: deals) */
  inLane<T>(lane: Lane, work: () => Promise<T>): Promise<T>;
  /** Runs work as one run with a share of its own; the meter counts while the work goes on and after it failed. */
  inRun<T>(meter: CallMeter, work: () => Promise<T>): Promise<T>;
  /** Calls made today as far as known here, by lane and in all. */
  today(): Promise<{ total: number; byLane: Record<Lane, number> }>;
  /** Records what was spent since the last time. Await it at the end of a run. */
  flush(): Promise<void>;
}

export function newMeter(): CallMeter {
  return { calls: 0, byKind: {} };
}

/** Spends are written to the store when so many are not recorded yet; a crash forgets at most these. */
const recordEvery = 25;

interface Context {
  lane: Lane;
  meter?: CallMeter | undefined;
}

interface Day {
  day: string;
  /** As the store has it, this process's recorded calls included. */
  recorded: Record<Lane, number>;
  unrecorded: Record<Lane, number>;
}

/** Opens the budget of a connection. Makes no call and touches the store at the first spend only. */
export function openBudget(options: {
  db: Kysely<Database>;
  clock: Clock;
  connection: string;
  limits: BudgetLimits;
}): Budget {
  const { db, clock, connection, limits } = options;
  const contexts = new AsyncLocalStorage<Context>();
  let current: Day | undefined;
  let opening: { day: string; opened: Promise<Day> } | undefined;
  let recording: Promise<void> = Promise.resolve();

  function dayNow(): Promise<Day> {
    // What was spent on a day that ends meanwhile cannot be recorded yet.
    if (current !== undefined && isInRehearsal()) return Promise.resolve(current);
    const day = instantOf(clock.now()).slice(0, 10);
    if (opening?.day === day) return opening.opened;
    const opened = openDay(day);
    opening = { day, opened };
    // A failure is told to who asked and tried anew by the next one: it must not stand for the rest of the day.
    opened.catch(() => {
      if (opening?.opened === opened) opening = undefined;
    });
    return opened;
  }

  async function openDay(day: string): Promise<Day> {
    if (current !== undefined) await flush();
    current = { day, recorded: await readDay(db, connection, day), unrecorded: emptyLanes() };
    return current;
  }

  async function record(): Promise<void> {
    const day = current;
    // Calls are made for good, so they are not recorded where nothing is kept.
    if (day === undefined || isInRehearsal()) return;
    const spent = day.unrecorded;
    if (sumOf(spent) === 0) return;
    day.unrecorded = emptyLanes();
    for (const lane of lanesOf(spent)) day.recorded[lane] += spent[lane];
    try {
      await writeDay(db, { connection, day: day.day, spent });
      if (current === day) day.recorded = await readDay(db, connection, day.day);
    } catch (error) {
      for (const lane of lanesOf(spent)) {
        day.unrecorded[lane] += spent[lane];
        day.recorded[lane] -= spent[lane];
      }
      throw error;
    }
  }

  function flush(): Promise<void> {
    const next = recording.catch(() => {}).then(record);
    recording = next;
    return next;
  }

  async function spend(calls: number, kind: string): Promise<void> {
    const { lane, meter } = contexts.getStore() ?? { lane: 'deals' as const };
    const day = await dayNow();
    requireRunShare({ connection, limits, meter, calls, now: clock.now() });
    requireDailyShare({ connection, limits, lane, spent: totalOf(day), calls, now: clock.now() });
    day.unrecorded[lane] += calls;
    if (meter !== undefined) {
      meter.calls += calls;
      meter.byKind[kind] = (meter.byKind[kind] ?? 0) + calls;
    }
    // In the background: the counts are kept here until the store has them, so a failure is made good by the next flush.
    if (sumOf(day.unrecorded) >= recordEvery) flush().catch(() => {});
  }

  return {
    spend,
    flush,
    inLane: (lane, work) => contexts.run({ ...contexts.getStore(), lane }, work),
    inRun: (meter, work) => contexts.run({ lane: 'deals', ...contexts.getStore(), meter }, work),
    today: async () => {
      const day = await dayNow();
      const byLane = emptyLanes();
      for (const lane of lanesOf(byLane)) byLane[lane] = day.recorded[lane] + day.unrecorded[lane];
      return { total: sumOf(byLane), byLane };
    },
  };
}

type ShareRequest = { connection: string; limits: BudgetLimits; calls: number; now: number };

function requireRunShare(request: ShareRequest & { meter: CallMeter | undefined }): void {
  const { limits, meter } = request;
  if (limits.runCalls === undefined || meter === undefined) return;
  if (meter.calls + request.calls <= limits.runCalls) return;
  throw new TierlinkError(
    'CRM_BUDGET',
    { period: 'run', limit: limits.runCalls, connection: request.connection, until: 'the next run' },
    { retryAt: request.now },
  );
}

function requireDailyShare(request: ShareRequest & { lane: Lane; spent: number }): void {
  const allowed = Math.floor(request.limits.dailyCalls * laneShares[request.lane]);
  if (request.spent + request.calls <= allowed) return;
  const retryAt = nextDay(request.now);
  throw new TierlinkError(
    'CRM_BUDGET',
    {
      period: 'daily',
      limit: allowed,
      connection: request.connection,
      lane: request.lane,
      until: instantOf(retryAt),
    },
    { retryAt },
  );
}

/** Start of the next UTC day, epoch ms. */
function nextDay(now: number): number {
  const dayMs = 86_400_000;
  return Math.floor(now / dayMs) * dayMs + dayMs;
}

async function readDay(db: Kysely<Database>, connection: string, day: string): Promise<Record<Lane, number>> {
  const rows = await db
    .selectFrom('tierlink.budget')
    .select(['lane', 'calls'])
    .where('connection', '=', connection)
    .where('day', '=', day)
    .execute();
  const lanes = emptyLanes();
  for (const row of rows) lanes[row.lane as Lane] = row.calls;
  return lanes;
}

async function writeDay(
  db: Kysely<Database>,
  spent: { connection: string; day: string; spent: Record<Lane, number> },
): Promise<void> {
  const rows = lanesOf(spent.spent)
    .filter((lane) => spent.spent[lane] > 0)
    .map((lane) => ({ connection: spent.connection, day: spent.day, lane, calls: spent.spent[lane] }));
  await db
    .insertInto('tierlink.budget')
    .values(rows)
    .onConflict((conflict) =>
      conflict
        .columns(['connection', 'day', 'lane'])
        .doUpdateSet({ calls: sql`tierlink.budget.calls + excluded.calls` }),
    )
    .execute();
}

function emptyLanes(): Record<Lane, number> {
  return { tier: 0, deals: 0, reconcile: 0, backfill: 0 };
}

function lanesOf(lanes: Record<Lane, number>): Lane[] {
  return Object.keys(lanes) as Lane[];
}

function sumOf(lanes: Record<Lane, number>): number {
  return lanesOf(lanes).reduce((sum, lane) => sum + lanes[lane], 0);
}

function totalOf(day: Day): number {
  return sumOf(day.recorded) + sumOf(day.unrecorded);
}
