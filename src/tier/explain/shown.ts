import type { TierState } from '../types.ts';

/** Whether the fields that CRMs show differ. */
export function shownDiffers(before: TierState, after: TierState): boolean {
  const shown = ({ tier, since, nextReview, status, summary, decisionId, mode }: TierState) =>
    JSON.stringify([tier, since, nextReview, status, summary, decisionId, mode]);
  return shown(before) !== shown(after);
}
