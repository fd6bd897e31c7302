import type { Executor } from '../store/store.ts';
import { listDifferences } from '../sync/push/differences.ts';
import type { TierSetByHand } from '../tier/look/compare.ts';

/**
 * The tiers that people changed in a CRM where the program had set or met another one, by partner; nothing overwrites them.
 * @param partnerIds Only of these. (Default: all)
 */
export async function tiersSetByHand(
  executor: Executor,
  partnerIds?: readonly string[],
): Promise<Map<string, TierSetByHand[]>> {
  const found = await listDifferences(executor, {
    attribute: 'tier',
    kind: 'drift',
    recordIds: partnerIds,
  });
  const byPartner = new Map<string, TierSetByHand[]>();
  for (const {
    record_id: id,
    connection,
    theirs,
    their_user: by,
    their_user_name: byName,
    their_at: at,
  } of found) {
    const tier = typeof theirs === 'string' ? theirs : null;
    byPartner.set(id, [...(byPartner.get(id) ?? []), { connection, tier, by, byName, at }]);
  }
  return byPartner;
}
