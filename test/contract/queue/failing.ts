import { expect, it } from '@jest/globals';
import { TierlinkError } from '../../../src/errors.ts';
import { type At, countingJob } from './site.ts';

/** Retry classes and timeouts. */
export function testsOfFailing(at: At): void {
  const failingJob = (errors: unknown[]) =>
    countingJob({
      run: async ({ payload, services }) => {
        services.ran.push(payload.n);
        const error = errors.shift();
        if (error !== undefined) throw error;
        return {};
      },
    });

  it('tries again what heals by itself, as often as the job says', async () => {
    const queue = await at.started([failingJob([new Error('one'), new Error('two'), new Error('three')])]);
    await queue.add('count-things', { n: 1 });
    await at.finished('failed', 3);
    expect(at.events.filter((event) => event.type === 'failed').map((event) => event.isFinal)).toEqual([
      false,
      false,
      true,
    ]);
    expect(at.recorder.ran).toEqual([1, 1, 1]);
    expect((await queue.counts()).pull).toMatchObject({ failed: 1, waiting: 0, delayed: 0 });
  });

  it('does not repeat what only a person can fix', async () => {
    const queue = await at.started([failingJob([new TierlinkError('STORE_SCHEMA_NEWER')])]);
    await queue.add('count-things', { n: 1 });
    await at.finished('failed');
    expect(at.recorder.ran).toEqual([1]);
    expect((await queue.counts()).pull).toMatchObject({ failed: 1 });
  });

  it('waits until the time that the error names, without counting it as an attempt', async () => {
    const retryAt = Date.now() + 200;
    const error = Object.assign(new TierlinkError('STORE_UNREACHABLE', {}, { retryAt }), { retry: 'after' });
    const job = { ...failingJob([error]), retry: { class: 'never' as const } };
    const queue = await at.started([job]);
    await queue.add('count-things', { n: 1 });
    await at.finished('completed');
    expect(Date.now()).toBeGreaterThanOrEqual(retryAt);
    expect(at.recorder.ran).toEqual([1, 1]);
    expect(at.events.filter((event) => event.type === 'failed')).toEqual([]);
  });

  it('repeats once after a new sign-in, and ends when there is none', async () => {
    const signInError = () => Object.assign(new TierlinkError('STORE_UNREACHABLE'), { retry: 'signIn' });
    const answers = [true, false];
    const queue = await at.started([failingJob([signInError(), undefined, signInError()])], {
      signIn: async () => answers.shift() ?? false,
    });
    await queue.add('count-things', { n: 1 });
    await at.finished('completed');
    await queue.add('count-things', { n: 2 });
    await at.finished('failed');
    expect(at.recorder.ran).toEqual([1, 1, 2]);
  });

  it('aborts a run that takes too long, with the reason', async () => {
    const reasons: unknown[] = [];
    const job = countingJob({
      timeoutMs: 50,
      retry: { class: 'never' },
      run: ({ signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            reasons.push(signal.reason);
            reject(new Error('cut off'));
          });
        }),
    });
    const queue = await at.started([job]);
    await queue.add('count-things', { n: 1 });
    await at.finished('failed');
    expect(reasons).toEqual([expect.objectContaining({ code: 'JOB_TIMEOUT' })]);
    expect(at.events).toContainEqual(
      expect.objectContaining({ type: 'failed', reason: expect.stringContaining('50 ms') }),
    );
  });
}
