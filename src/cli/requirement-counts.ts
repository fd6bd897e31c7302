import type { Standing } from '../app/standings.ts';
import { text } from './messages.ts';

/** "2 met, 1 not, 1 pending", "7 not met", "top tier", nothing on no ladder, or where they are asked: "see Acme Holding". */
export function requirementCounts({
  requirements,
  tier,
  against,
  company,
}: Pick<Standing, 'requirements' | 'tier' | 'against' | 'company'>): string {
  if (company !== null) return text.seeCompany(company);
  if (against === null) return tier === null ? '' : text.topTier;
  const { met, not_met: notMet, pending, waived } = requirements;
  return [
    met > 0 ? text.met(met) : '',
    notMet > 0 ? (met > 0 ? text.notMet(notMet) : text.noneMet(notMet)) : '',
    pending > 0 ? text.pending(pending) : '',
    waived > 0 ? text.waived(waived) : '',
  ]
    .filter((part) => part !== '')
    .join(', ');
}
