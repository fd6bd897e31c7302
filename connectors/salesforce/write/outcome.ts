import type { WriteResult } from '../../../src/sync/connector.ts';
import type { VendorFault } from '../../shared/call-failed.ts';
import { rejected } from '../../shared/write-outcome.ts';
import { faultError, meaningOf } from '../errors.ts';

/** The outcome of a record inside a collection or a bulk job. */
export function rejectedBy(
  ref: string,
  fault: VendorFault,
  place: { connection: string; now: number; object: string },
): WriteResult {
  return rejected(ref, { error: faultError(fault, place) });
}

export function isLocked(fault: VendorFault): boolean {
  const { code } = meaningOf(fault);
  return code === 'CRM_LOCKED' || code === 'CRM_COLLATERAL';
}
