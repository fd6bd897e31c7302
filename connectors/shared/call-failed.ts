import { TierlinkError } from '../../src/errors.ts';

/** A refusal as a platform words it, or what can be known of an answer without words. */
export interface VendorFault {
  code: string;
  message: string;
  fields: readonly string[];
  /** HTTP status; 0 when there was no answer. */
  status: number;
}

/** A call that was not answered with success; status 0 when there was no answer at all. */
export class CallFailed extends Error {
  readonly fault: VendorFault;
  readonly retryAfterMs: number | undefined;
  constructor(fault: VendorFault, retryAfterMs?: number, cause?: unknown) {
    super(fault.message, { cause });
    this.name = 'CallFailed';
    this.fault = fault;
    this.retryAfterMs = retryAfterMs;
  }
}

/** The platform's own fault behind an error, if it gave one. */
export function faultOf(error: unknown): VendorFault | undefined {
  const cause = error instanceof TierlinkError ? error.cause : undefined;
  return typeof cause === 'object' && cause !== null && 'code' in cause && 'status' in cause
    ? (cause as VendorFault)
    : undefined;
}

/** Milliseconds of a Retry-After header that is given in seconds. */
export function retryAfterMs(header: string | undefined): number | undefined {
  const seconds = Number(header);
  return header !== undefined && Number.isFinite(seconds) ? seconds * 1_000 : undefined;
}

/** The body of an answer as JSON; undefined where it is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
