import { describe, expect, it } from '@jest/globals';
import { type RetryClass, TierlinkError } from '../../src/errors.ts';
import { attemptsOf, BUSY_RETRY_MS, backoffMs, verdictOn } from '../../src/queue/retry.ts';

const NOW = Date.UTC(2026, 2, 1);

function errorOf(retry: RetryClass, retryAt?: number): TierlinkError {
  const options = retryAt === undefined ? {} : { retryAt };
  return Object.assign(new TierlinkError('STORE_UNREACHABLE', {}, options), { retry });
}

describe('verdict on a failed run', () => {
  it('follows the retry class of the error', () => {
    expect(verdictOn(errorOf('never'), NOW)).toEqual({ kind: 'fail' });
    expect(verdictOn(errorOf('backoff'), NOW)).toEqual({ kind: 'backoff' });
    expect(verdictOn(errorOf('after', NOW + 5), NOW)).toEqual({ kind: 'wait', until: NOW + 5 });
    expect(verdictOn(errorOf('signIn'), NOW)).toMatchObject({ kind: 'signIn' });
  });

  it('waits a minute when no time is named, and shortly when another run holds the lease', () => {
    expect(verdictOn(errorOf('after'), NOW)).toEqual({ kind: 'wait', until: NOW + 60_000 });
    for (const code of ['LEASE_HELD', 'LEASE_LOST'] as const) {
      expect(verdictOn(new TierlinkError(code), NOW)).toEqual({ kind: 'wait', until: NOW + BUSY_RETRY_MS });
    }
  });

  it('tries anything unexpected again by the rule of the job', () => {
    expect(verdictOn(new TypeError('x'), NOW)).toEqual({ kind: 'backoff' });
    expect(verdictOn('text', NOW)).toEqual({ kind: 'backoff' });
  });
});

describe('back-off', () => {
  const rule = { class: 'backoff', attempts: 5, baseMs: 100, maxMs: 1000 } as const;

  it('doubles up to the longest wait', () => {
    expect([1, 2, 3, 4, 5, 9].map((failures) => backoffMs(rule, failures, () => 1))).toEqual([
      100, 200, 400, 800, 1000, 1000,
    ]);
  });

  it('takes a random part between half and all', () => {
    expect(backoffMs(rule, 2, () => 0)).toBe(100);
    expect(backoffMs(rule, 2, () => 0.5)).toBe(150);
  });

  it('does not apply to jobs that are never repeated', () => {
    expect(attemptsOf({ class: 'never' })).toBe(1);
    expect(attemptsOf(rule)).toBe(5);
    expect(backoffMs({ class: 'never' }, 1, () => 1)).toBe(0);
  });
});
