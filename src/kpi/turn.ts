import { despiteConflicts } from '../store/conflicts.ts';
import { assertLease, type Lease } from '../store/leases.ts';
import type { Store, Tx } from '../store/store.ts';

/** Runs one transaction of a recomputation. */
export type InTurn = <T>(work: (tx: Tx) => Promise<T>) => Promise<T>;

/**
 * The transactions of all recomputations of a program come one after the other, whoever runs them: what one has written of
 * groups and their marks the next one reads. One whose lease was taken over ends with LEASE_LOST, and keeps nothing.
 */
export function inTurn(store: Store, { program, lease }: { program: string; lease?: Lease }): InTurn {
  return async (work) =>
    await despiteConflicts(() =>
      store.transaction(async (tx) => {
        await tx.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`tierlink kpis ${program}`]);
        // After the wait: the check keeps the lease as it is, and meanwhile it could be neither renewed nor taken over.
        if (lease !== undefined) await assertLease(tx, lease);
        return await work(tx);
      }),
    );
}
