import type { Executor } from '../../store/store.ts';

/**
 * Keeps the storing of references apart from the joining of records, until the transaction ends: a page that is just
 * storing a reference to a record must not miss that it is being joined into another one, in whichever connection.
 *
 * @param how shared: with other pages · alone: waits for the pages at work, and others wait
 */
export async function lockMerges(tx: Executor, how: 'shared' | 'alone'): Promise<void> {
  const lock = how === 'alone' ? 'pg_advisory_xact_lock' : 'pg_advisory_xact_lock_shared';
  await tx.query(`select ${lock}(hashtext('tierlink merges'))`);
}
