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

/**
 * One transaction of a pull: checks the lease, does the work, commits. In a dry run the same work is rolled back. `now`
 * is the instant from which what it changes is known.
 */
export async function commit<T>(job: PullJob, work: (tx: Tx, now: string) => Promise<T>): Promise<T> {
  job.signal?.throwIfAborted();
  try {
    return await job.store.transaction(async (tx) => {
      if (job.lease !== null) await assertLease(tx, job.lease);
      const result = await work(tx, instantOf(job.clock.now()));
      if (job.dryRun === true) throw new RolledBack(result);
      return result;
    });
  } catch (error) {
    if (error instanceof RolledBack) return error.result as T;
    throw error;
  }
}
