import { type Kysely, sql } from 'kysely';
import { type Clock, instantOf } from '../../model/clock.ts';
import type { Logger } from '../../model/logger.ts';
import type { Database } from '../../store/tables.ts';

/**
 * Whether an open run is still at work, also where its process cannot be asked: on another machine, or beside the owner of
 * an embedded store. Each run says so itself, by the clock of the database, which all processes share.
 */

/** As long as a lease of the same work: what it held is free by the time it is taken for dead. */
const lifeMs = 60_000;

const whenDead = 'The process ended before the run did; what it had finished is kept.';

/** The instant until which a run that shows a sign of life now counts as alive. */
export const nextSign = sql<string>`clock_timestamp() + ${lifeMs}::integer * interval '1 millisecond'`;

/**
 * Shows signs of life of a run, three times as often as it needs to, until the function that it returns has resolved. One
 * that had been taken for dead, because its machine slept, is running again.
 */
export function keepAlive(db: Kysely<Database>, id: string): () => Promise<void> {
  let pending: Promise<unknown> = Promise.resolve();
  let isPending = false;
  const beat = () =>
    db
      .updateTable('tierlink.run')
      .set({ alive_until: nextSign, state: 'running', reason: null, finished_at: null })
      .where('id', '=', id)
      .execute()
      // The next one may succeed, and so may the end of the run.
      .catch(() => undefined);
  const timer = setInterval(() => {
    if (isPending) return;
    isPending = true;
    pending = beat().finally(() => {
      isPending = false;
    });
  }, lifeMs / 3);
  return async () => {
    clearInterval(timer);
    await pending;
  };
}

/**
 * Closes the open runs that show no sign of life any more, whichever process left them. Returns their ids.
 */
export async function closeDeadRuns(of: {
  db: Kysely<Database>;
  clock: Clock;
  logger: Logger;
}): Promise<string[]> {
  const { db, clock, logger } = of;
  // Looked at first, so that signs of life which waited for the same long statement as this one come before the closing.
  const silent = await silentRuns(db).select('id').execute();
  if (silent.length === 0) return [];
  const closed = await db
    .updateTable('tierlink.run')
    .set({ state: 'cancelled', reason: whenDead, finished_at: instantOf(clock.now()) })
    .where('id', 'in', silentRuns(db).select('id'))
    .returning('id')
    .execute();
  const runs = closed.map((run) => run.id).sort();
  if (runs.length > 0) logger.info({ runs }, 'runs of processes that are gone were closed');
  return runs;
}

/** A run that is at work, as people name it. */
export interface OpenRun {
  id: string;
  kind: string;
  connection: string | null;
  object: string | null;
}

/** The runs at work, the oldest first. */
export async function listOpenRuns(db: Kysely<Database>): Promise<OpenRun[]> {
  return await db
    .selectFrom('tierlink.run')
    .select(['id', 'kind', 'connection', 'object'])
    .where('state', '=', 'running')
    .orderBy('id')
    .execute();
}

function silentRuns(db: Kysely<Database>) {
  return db
    .selectFrom('tierlink.run')
    .where('state', '=', 'running')
    .where('alive_until', '<=', sql<string>`clock_timestamp()`);
}
