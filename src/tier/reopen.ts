import type { Tx } from '../store/store.ts';
import { mergedReason } from './merge.ts';

/**
 * Gives a partner back the standing that it had when it was merged into another one, now that it was not one after all;
 * the next evaluation goes on from there. now: ISO instant.
 */
export async function reopenStates(
  tx: Tx,
  { partner, survivor, now }: { partner: string; survivor: string; now: string },
): Promise<void> {
  await tx.query(
    `update tierlink.tier_state set closed_at = null, closed_reason = null, mode = 'shadow',
       evaluate_at = $3::timestamptz, changed_at = $3::timestamptz
     where partner_id = $1 and closed_reason = $2`,
    [partner, mergedReason(survivor), now],
  );
}
