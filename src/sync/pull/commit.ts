import { instantOf } from '../../model/clock.ts';
import { conflictAttempts, isConflict } from '../../store/conflicts.ts';
import { assertLease } from '../../store/leases.ts';
import type { Tx } from '../../store/store.ts';
import { lockMerges } from '../records/merges-lock.ts';
import { countFates } from './fates.ts';
import type { PullJob } from './job.ts';

type Work<T> = (tx: Tx, now: string) => Promise<T>;

export interface CommitOptions {
  /**
   * The work joins merged records: no other page of any connection may be storing references at that moment, or one to a
   * record that is just being merged away would be left behind. (Default: false)
   */
  merges?: boolean;
}

/**
 * One transaction of a pull: checks the lease, does the work, commits. `now` is the instant from which what it changes is
 * known. Rows that were expected to be new and are not make it start once
 * more, carefully; so does a deadlock with another page.
 */
export async function commit<T>(job: PullJob, work: Work<T>, options: CommitOptions = {}): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    const counts = structuredClone(job.counts);
    const deletedSoFar = new Map(job.deletedSoFar);
    job.noted = [];
    try {
      const result = await runOnce(job, work, options);
      countFates(job);
      return result;
    } catch (error) {
      if (!mayRepeat(job, error, attempt)) throw error;
      job.counts = counts;
      job.deletedSoFar = deletedSoFar;
      job.knownReferences.clear();
    }
  }
}

/** PostgreSQL's code for a key that exists already. */
const uniqueViolation = '23505';

/** Whether the transaction was rolled back for a reason that the next attempt does not meet. */
function mayRepeat(job: PullJob, error: unknown, attempt: number): boolean {
  const code = error instanceof Error ? (error as { code?: unknown }).code : undefined;
  if (code === uniqueViolation && !job.isCareful) {
    job.isCareful = true;
    return true;
  }
  return isConflict(error) && attempt < conflictAttempts;
}

async function runOnce<T>(job: PullJob, work: Work<T>, options: CommitOptions): Promise<T> {
  job.signal?.throwIfAborted();
  return await job.store.transaction(async (tx) => {
    if (job.lease !== null) await assertLease(tx, job.lease);
    await lockMerges(tx, options.merges === true ? 'alone' : 'shared');
    return await work(tx, instantOf(job.clock.now()));
  });
}
