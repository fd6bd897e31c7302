import { expect, it } from '@jest/globals';
import { z } from 'zod';
import { type At, countingJob, gate } from './site.ts';

/** What add takes, refuses and reports. */
export function testsOfAdding(at: At): void {
  it('runs what is added, with its payload, and tells progress and result', async () => {
    const job = countingJob({
      run: async ({ payload, progress, services }) => {
        await progress(50);
        services.ran.push(payload.n);
        return { seen: payload.n };
      },
    });
    const queue = await at.started([job]);
    const { id } = await queue.add('count-things', { n: 7 });
    await at.finished('completed');
    expect(at.recorder.ran).toEqual([7]);
    expect(at.events).toContainEqual({ type: 'progress', job: 'count-things', id, percent: 50 });
    expect(at.events).toContainEqual({ type: 'completed', job: 'count-things', id, result: { seen: 7 } });
  });

  it('keeps what is added before anybody works', async () => {
    const queue = await at.open([countingJob()]);
    await queue.add('count-things', { n: 1 });
    expect((await queue.counts()).pull).toMatchObject({ waiting: 1, active: 0 });
    await queue.start();
    await at.finished('completed');
    expect(at.recorder.ran).toEqual([1]);
  });

  it('refuses unknown jobs and bad payloads when they are added', async () => {
    const queue = await at.open([countingJob()]);
    await expect(queue.add('paint-things', {})).rejects.toMatchObject({ code: 'JOB_UNKNOWN' });
    await expect(queue.add('count-things', { n: 'x' })).rejects.toMatchObject({
      code: 'JOB_PAYLOAD_INVALID',
      data: { reason: expect.stringContaining('n:') },
    });
  });

  it('fails for good on a payload that another version queued', async () => {
    const job = countingJob();
    const older = await at.open([{ ...job, payload: z.object({ m: z.string() }) }]);
    const newer = await at.open([job]);
    await older.add('count-things', { m: 'x' });
    await newer.start();
    await at.finished('failed');
    expect(at.events.filter((event) => event.type === 'failed')).toEqual([
      expect.objectContaining({ isFinal: true, reason: expect.stringContaining('JOB_PAYLOAD_INVALID') }),
    ]);
  });

  it('refuses to queue inside an open transaction, at once', async () => {
    const queue = await at.open([countingJob()]);
    const attempt = at.site().store.transaction(async () => {
      await queue.add('count-things', { n: 1 });
    });
    await expect(attempt).rejects.toMatchObject({ code: 'QUEUE_ADD_IN_TRANSACTION' });
    expect((await queue.counts()).pull).toMatchObject({ waiting: 0 });
  });

  it('queues after the commit', async () => {
    const queue = await at.started([countingJob()]);
    await at.site().store.transaction(async (tx) => {
      tx.afterCommit(() => queue.add('count-things', { n: 3 }));
    });
    await at.finished('completed');
    expect(at.recorder.ran).toEqual([3]);
  });
}

/** Dedupe keys, times and promotion. */
export function testsOfJoining(at: At): void {
  it('joins adds of one key while one waits, and keeps the last one made while it runs', async () => {
    const { opened, open } = gate();
    const job = countingJob({
      dedupeKey: () => 'north',
      run: async ({ payload, services }) => {
        services.ran.push(payload.n);
        if (payload.n === 1) await opened;
        return {};
      },
    });
    const queue = await at.open([job]);
    await queue.add('count-things', { n: 1 });
    await queue.add('count-things', { n: 2 });
    await queue.start();
    await at.finished('active');
    for (const n of [3, 4, 5]) await queue.add('count-things', { n });
    open();
    await at.finished('completed', 2);
    expect(at.recorder.ran).toEqual([1, 5]);
    expect((await queue.counts()).pull).toMatchObject({ waiting: 0, active: 0, delayed: 0 });
    await queue.add('count-things', { n: 6 });
    await at.finished('completed', 3);
    expect(at.recorder.ran).toEqual([1, 5, 6]);
  });

  it('runs a delayed job at its time, or at once when it is promoted', async () => {
    const queue = await at.started([countingJob({ dedupeKey: ({ n }) => String(n) })]);
    const soon = Date.now() + 150;
    await queue.add('count-things', { n: 1 }, { at: soon });
    await queue.add('count-things', { n: 2 }, { at: Date.now() + 3_600_000 });
    await at.finished('completed');
    expect(Date.now()).toBeGreaterThanOrEqual(soon);
    expect(at.recorder.ran).toEqual([1]);
    await queue.add('count-things', { n: 2 }, { promote: true });
    await at.finished('completed', 2);
    expect(at.recorder.ran).toEqual([1, 2]);
  });
}
