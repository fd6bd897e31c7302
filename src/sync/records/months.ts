import { canonicalInstant } from '../../model/values.ts';
import type { CrmRecord } from '../connector.ts';

/** Day of UTC on which the CRM's record was made; null where it does not tell. */
export function createdOn({ createdAt }: Pick<CrmRecord, 'createdAt'>): string | null {
  return createdAt === null ? null : (canonicalInstant(createdAt)?.slice(0, 10) ?? null);
}
