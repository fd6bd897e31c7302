import { instantOf } from '../model/clock.ts';
import { assertLease } from '../store/leases.ts';
import type { Tx } from '../store/store.ts';
import type { PullJob } from './pull-job.ts';

/** Ends a transaction of a dry run: its result is wanted, its changes are not. */
class RolledBack extends Error {
  readonly result: unknown;

  constructor(result: unknown) {
    super('dry run');
    this.result = result;
  }
}

type Work<T> = (tx: Tx, now: string) => Promise<T>;

export interface CommitOptions {
  /**
   * The work joins merged records: no other page of the connection may be storing references at that moment, or one to a
   * record that is just being merged away would be left behind. (Default: false)
   */
  merges?: boolean;
}

/**
 * One transaction of a pull: checks the lease, does the work, commits. In a dry run the same work is rolled back. `now`
 * is the instant from which what it changes is known. Rows that were expected to be new and are not make it start once
 * more, carefully.
 */
export async function commit<T>(job: PullJob, work: Work<T>, options: CommitOptions = {}): Promise<T> {
  const counts = structuredClone(job.counts);
  const deletedSoFar = new Map(job.deletedSoFar);
  try {
    return await runOnce(job, work, options);
  } catch (error) {
    if (job.isCareful || !isUniqueViolation(error)) throw error;
    job.isCareful = true;
    job.counts = counts;
    job.deletedSoFar = deletedSoFar;
    job.knownReferences.clear();
    return await runOnce(job, work, options);
  }
}

async function runOnce<T>(job: PullJob, work: Work<T>, options: CommitOptions): Promise<T> {
  job.signal?.throwIfAborted();
  try {
    return await job.store.transaction(async (tx) => {
      if (job.lease !== null) await assertLease(tx, job.lease);
      const lock = options.merges === true ? 'pg_advisory_xact_lock' : 'pg_advisory_xact_lock_shared';
      await tx.query(`select ${lock}(hashtext($1))`, [`tierlink merges ${job.connection}`]);
      const result = await work(tx, instantOf(job.clock.now()));
      if (job.dryRun === true) throw new RolledBack(result);
      return result;
    });
  } catch (error) {
    if (error instanceof RolledBack) return error.result as T;
    throw error;
  }
}

/** PostgreSQL's code for a key that exists already. */
function isUniqueViolation(error: unknown): boolean {
  return error instanceof Error && (error as { code?: unknown }).code === '23505';
}
