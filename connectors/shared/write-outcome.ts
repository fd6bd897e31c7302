import {
  type ErrorCode,
  errorRegistry,
  notSignedIn,
  type RetryClass,
  TierlinkError,
} from '../../src/errors.ts';
import type { WriteResult } from '../../src/sync/connector.ts';
import { faultOf, type VendorFault } from './call-failed.ts';

/** Faults that say something about the call or the org, not about the record in it. */
const WHOLE_CALL = new Set<ErrorCode>([
  'CRM_SESSION_EXPIRED',
  ...notSignedIn,
  'CRM_UNREACHABLE',
  'CRM_BUSY',
  'CRM_SIGN_IN_BUSY',
  'CRM_QUOTA',
  'CRM_BUDGET',
  'CRM_VERSION',
  'CRM_OUTCOME_UNKNOWN',
]);

/** Whether an error of a call that carried one record is that record's own. */
export function isRowError(error: unknown): error is TierlinkError {
  return error instanceof TierlinkError && faultOf(error) !== undefined && !WHOLE_CALL.has(error.code);
}

/** The outcome of a record that the platform (or a rule of ours) refused. */
export function rejected(ref: string, why: { error: TierlinkError; id?: string | undefined }): WriteResult {
  const fault = faultOf(why.error);
  const field =
    fault?.fields[0] ?? (typeof why.error.data.field === 'string' ? why.error.data.field : undefined);
  return {
    ref,
    ...(why.id === undefined ? {} : { id: why.id }),
    outcome: 'rejected',
    code: why.error.code,
    vendorCode: fault?.code ?? '',
    message: why.error.message,
    ...(field === undefined ? {} : { field }),
    retry: why.error.retry,
  };
}

/**
 * A record of which nobody knows whether it was kept.
 * @param fault what the platform answered instead of a result, or what became of the line
 */
export function unknownOutcome(ref: string, connection: string, fault: VendorFault | undefined): WriteResult {
  if (fault === undefined) return { ref, outcome: 'unknown' };
  const code = fault.status === 500 ? 'CRM_FAULT' : 'CRM_UNREACHABLE';
  const { message } = new TierlinkError(code, { connection, reason: fault.message });
  return { ref, outcome: 'unknown', cause: { code, vendorCode: fault.code, message } };
}

/** A record that was not sent because the call before it failed as a whole: as if it had been refused for that. */
export function notSent(ref: string, error: unknown): WriteResult {
  const known = error instanceof TierlinkError ? error : undefined;
  const code = known?.code ?? 'INTERRUPTED';
  const retry: RetryClass = known === undefined ? 'backoff' : errorRegistry[code].retry;
  return {
    ref,
    outcome: 'rejected',
    code,
    vendorCode: faultOf(error)?.code ?? '',
    message: known?.message ?? 'Interrupted before the record was sent.',
    retry,
  };
}

/** A row to update that says nothing: no call is made for it. */
export function unchanged(row: { ref: string; id?: string }): WriteResult {
  return { ref: row.ref, ...(row.id === undefined ? {} : { id: row.id }), outcome: 'unchanged' };
}
