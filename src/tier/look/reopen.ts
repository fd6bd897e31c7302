import type { Tx } from '../../store/store.ts';
import { writeBack } from '../ladder-changes.ts';
import { mergedReason } from '../merge.ts';

/**
 * Gives a partner back the standing that it had when it was merged into another one, now that it was not one after all;
 * the next evaluation goes on from there. now: ISO instant.
 */
export async function reopenStates(
  tx: Tx,
  { partner, survivor, now }: { partner: string; survivor: string; now: string },
): Promise<void> {
  const closed = await tx.query<{ program: string; ladder: string; tier: string | null }>(
    'select program, ladder, tier from tierlink.tier_state where partner_id = $1 and closed_reason = $2',
    [partner, mergedReason(survivor)],
  );
  for (const { program, ...own } of closed)
    await writeBack(tx, { program, now }, [{ partnerId: partner, ...own }]);
  await tx.query(
    `update tierlink.tier_state set closed_at = null, closed_reason = null, mode = 'shadow',
       evaluate_at = $3::timestamptz, changed_at = $3::timestamptz
     where partner_id = $1 and closed_reason = $2`,
    [partner, mergedReason(survivor), now],
  );
}
