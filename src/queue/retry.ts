import { isTierlinkError, type TierlinkError } from '../errors.ts';
import type { RetryRule } from './define-job.ts';

/** What happens to a job whose run failed. */
export type Verdict =
  /** It ends; only a person can help. */
  | { kind: 'fail' }
  /** It is tried again by its rule, as long as attempts are left. */
  | { kind: 'backoff' }
  /** It waits until an instant (epoch ms); that is no attempt. */
  | { kind: 'wait'; until: number }
  /** It is repeated at once when a new sign-in succeeds. */
  | { kind: 'signIn'; error: TierlinkError };

/** A job that cannot start now, because another run holds its key, looks again after this long. */
export const BUSY_RETRY_MS = 1_000;
/** Errors that name no time although their class promises one. */
const UNNAMED_WAIT_MS = 60_000;

export function verdictOn(error: unknown, now: number): Verdict {
  if (!isTierlinkError(error)) return { kind: 'backoff' };
  if (error.code === 'LEASE_HELD' || error.code === 'LEASE_LOST')
    return { kind: 'wait', until: now + BUSY_RETRY_MS };
  if (error.retry === 'after') return { kind: 'wait', until: error.retryAt ?? now + UNNAMED_WAIT_MS };
  if (error.retry === 'signIn') return { kind: 'signIn', error };
  return { kind: error.retry === 'never' ? 'fail' : 'backoff' };
}

/** Runs in all. */
export function attemptsOf(rule: RetryRule): number {
  return rule.class === 'never' ? 1 : rule.attempts;
}

/**
 * Wait before the next run: doubled each time up to the longest, of which a random part between half and all is
 * taken, so that jobs that failed together do not come back together.
 * @param failures Runs that have failed so far, from 1.
 * @param random Gives 0 (included) to 1 (excluded).
 */
export function backoffMs(rule: RetryRule, failures: number, random: () => number): number {
  if (rule.class === 'never') return 0;
  const full = Math.min(rule.maxMs, rule.baseMs * 2 ** (failures - 1));
  return Math.round(full / 2 + (full / 2) * random());
}
