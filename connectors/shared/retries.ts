import { TierlinkError } from '../../src/errors.ts';
import type { ConnectorHost } from '../../src/sync/connector-manifest.ts';
import { CallFailed, type VendorFault } from './call-failed.ts';

/** What a loop of attempts has to know of a call. */
export interface RetriedCall {
  method: string;
  path: string;
  /** Whether doing it twice is the same as once. (Default: only GET) */
  repeatable?: boolean | undefined;
  signal?: AbortSignal | undefined;
}

export interface RetryRules {
  host: ConnectorHost;
  /** Attempts after the first one. */
  retries: number;
  /** Whether the platform turned the request away without executing it, so that it may be repeated whatever it is. */
  turnedAway(fault: VendorFault): boolean;
  /** Whether the platform undid all that it had done, so that an inner error leaves no doubt. */
  isUndone(fault: VendorFault): boolean;
  /** Faults that are the caller's to deal with, however often it might be repeated. */
  isFinal(fault: VendorFault, retryAfterMs: number | undefined): boolean;
  /** The error to throw in the end. */
  errorOf(failed: CallFailed): TierlinkError;
  /** Waits before the next attempt. (Default: host.sleep) */
  wait?: (ms: number, signal: AbortSignal | undefined) => Promise<void>;
}

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;
const NEVER_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'ENETUNREACH', 'EHOSTUNREACH']);

/** Doubling waits with jitter over their upper half, so that many clients do not come back at once. */
export function backOff(tries: number, random: number): number {
  const full = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** tries);
  return Math.round(full * (0.5 + random / 2));
}

/**
 * Attempts a call until it succeeds, cannot, or may not be repeated.
 * @throws CRM_OUTCOME_UNKNOWN when an answer was lost that must not be asked for twice; else what errorOf makes
 */
export async function withRetries<T>(
  call: RetriedCall,
  attempt: () => Promise<T>,
  rules: RetryRules,
): Promise<T> {
  const { host } = rules;
  const wait = rules.wait ?? (async (ms, signal) => await host.sleep(ms, signal));
  for (let tries = 0; ; tries += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (error instanceof TierlinkError || call.signal?.aborted === true) throw error;
      const failed = asCallFailed(error);
      const verdict = judge(call, failed, rules);
      if (verdict === 'unknown') throw lostAnswer(failed, host);
      if (verdict === 'give-up' || tries >= rules.retries) throw rules.errorOf(failed);
      const waitMs = failed.retryAfterMs ?? backOff(tries, host.random());
      host.log('debug', 'a call is tried again', { code: failed.fault.code, path: call.path, waitMs });
      await wait(waitMs, call.signal);
    }
  }
}

function asCallFailed(error: unknown): CallFailed {
  if (error instanceof CallFailed) return error;
  const { code, message } = error as { code?: string; message?: string };
  const fault = { code: code ?? 'NO_ANSWER', message: message ?? String(error), fields: [], status: 0 };
  return new CallFailed(fault, undefined, error);
}

/** What to do after a failed attempt. */
type Verdict = 'again' | 'give-up' | 'unknown';

/**
 * A request that never reached the platform, or that it turned away, was not executed and may be repeated whatever it
 * is. After a broken connection or an inner error of the platform nobody knows; only what is harmless to do twice is
 * repeated then.
 */
function judge(call: RetriedCall, { fault, retryAfterMs }: CallFailed, rules: RetryRules): Verdict {
  if (rules.isFinal(fault, retryAfterMs)) return 'give-up';
  const isInDoubt = fault.status === 0 ? !NEVER_SENT.has(fault.code) : [500, 502, 504].includes(fault.status);
  if (isInDoubt && !rules.isUndone(fault))
    return (call.repeatable ?? call.method === 'GET') ? 'again' : 'unknown';
  return rules.turnedAway(fault) || fault.status === 0 ? 'again' : 'give-up';
}

function lostAnswer({ fault }: CallFailed, host: ConnectorHost): TierlinkError {
  return new TierlinkError('CRM_OUTCOME_UNKNOWN', { connection: host.connection }, { cause: fault });
}
