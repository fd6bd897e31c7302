import type { Executor } from '../store/store.ts';

/**
 * Whoever evaluates partners, or makes them due, holds their states from before it reads what it decides by: a mark that
 * is set meanwhile then comes after what was decided. All take them in one order, so that nobody waits in a circle.
 */
export async function lockStates(executor: Executor, partners: readonly string[]): Promise<void> {
  await executor.query(
    `select from tierlink.tier_state where partner_id = any($1::text[]) and closed_at is null
     order by partner_id, program, ladder for update`,
    [[...partners]],
  );
}
