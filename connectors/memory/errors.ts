import { type ErrorCode, errorRegistry, TierlinkError } from '../../src/errors.ts';
import type { WriteResult } from '../../src/sync/connector.ts';
import type { FaultSwitches } from './faults.ts';

const QUOTA_WAIT_MS = 15 * 60_000;

const callFaults = [
  ['sessionExpired', 'CRM_SESSION_EXPIRED'],
  ['quota', 'CRM_QUOTA'],
  ['busy', 'CRM_BUSY'],
  ['unreachable', 'CRM_UNREACHABLE'],
] as const;

/** The error with which a whole call fails, when a fault of that kind is on. */
export function callFault(
  faults: FaultSwitches,
  at: { connection: string; call: string; object: string | undefined; now: number },
): TierlinkError | undefined {
  for (const [kind, code] of callFaults) {
    const struck = faults.take(kind, {
      call: at.call,
      ...(at.object === undefined ? {} : { object: at.object }),
    });
    if (struck === undefined) continue;
    const retryAt = code === 'CRM_QUOTA' ? at.now + QUOTA_WAIT_MS : undefined;
    const data = { connection: at.connection, reason: struck.message ?? `the fault ${kind} is on` };
    const until = retryAt === undefined ? {} : { until: new Date(retryAt).toISOString() };
    return new TierlinkError(code, { ...data, ...until }, retryAt === undefined ? {} : { retryAt });
  }
  return undefined;
}

/** A refused row. Codes that are not registered are handed on as CRM_UNKNOWN with the raw code kept. */
export function refused(ref: string, why: { code: string; message: string; field?: string }): WriteResult {
  const code = (why.code in errorRegistry ? why.code : 'CRM_UNKNOWN') as ErrorCode;
  return {
    ref,
    outcome: 'rejected',
    code,
    vendorCode: why.code,
    message: why.message,
    ...(why.field === undefined ? {} : { field: why.field }),
    retry: errorRegistry[code].retry,
  };
}
