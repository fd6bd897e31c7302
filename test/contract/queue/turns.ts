import { expect, it } from '@jest/globals';
import { acquireLease, releaseLease } from '../../../src/store/leases.ts';
import { until } from '../../services/until.ts';
import { type At, countingJob, gate } from './site.ts';

/** Concurrency keys and leases. */
export function testsOfTurns(at: At): void {
  it('lets runs of one concurrency key take turns, across queues', async () => {
    let running = 0;
    let most = 0;
    const job = countingJob({
      concurrencyKey: () => 'pull:north',
      run: async ({ payload, services, lease }) => {
        expect(lease?.key).toBe('pull:north');
        running += 1;
        most = Math.max(most, running);
        await at.site().store.query('select 1');
        running -= 1;
        services.ran.push(payload.n);
        return {};
      },
    });
    const [one, two] = [await at.open([job]), await at.open([job])];
    await Promise.all([one.start({ concurrency: 3 }), two.start({ concurrency: 3 })]);
    await Promise.all([1, 2, 3].map((n) => one.add('count-things', { n })));
    await at.finished('completed', 3);
    expect(most).toBe(1);
    expect([...at.recorder.ran].sort()).toEqual([1, 2, 3]);
  });

  it('waits for a lease that a command holds', async () => {
    const { store } = at.site();
    const lease = await acquireLease(store, { key: 'pull:south', holder: 'a command', ttlMs: 60_000 });
    const queue = await at.started([countingJob({ concurrencyKey: () => 'pull:south' })]);
    await queue.add('count-things', { n: 1 });
    await until(async () => (await queue.counts()).pull?.delayed === 1);
    expect(at.recorder.ran).toEqual([]);
    await releaseLease(store, lease!);
    await at.finished('completed');
    expect(at.recorder.ran).toEqual([1]);
  });
}

/** Graceful shutdown. */
export function testsOfStopping(at: At): void {
  it('waits for what runs and takes nothing more', async () => {
    const { opened, open } = gate();
    const job = countingJob({
      run: async ({ payload, services }) => {
        await opened;
        services.ran.push(payload.n);
        return {};
      },
    });
    const queue = await at.started([job]);
    await queue.add('count-things', { n: 1 });
    await queue.add('count-things', { n: 2 });
    await at.finished('active');
    const stopping = queue.stop({ graceMs: 60_000 });
    open();
    await stopping;
    expect(at.recorder.ran).toEqual([1]);
  });

  it('aborts after its patience and gives the job back for another worker', async () => {
    let attempts = 0;
    const job = countingJob({
      run: async ({ payload, services, signal }) => {
        attempts += 1;
        if (attempts === 1) await new Promise((resolve) => signal.addEventListener('abort', resolve));
        signal.throwIfAborted();
        services.ran.push(payload.n);
        return {};
      },
    });
    const [one, two] = [await at.started([job]), await at.open([job])];
    // The embedded queue begins empty whenever it is opened, so both are opened before the add.
    await one.add('count-things', { n: 1 });
    await at.finished('active');
    await one.stop({ graceMs: 10 });
    expect((await two.counts()).pull).toMatchObject({ waiting: 1, active: 0, failed: 0 });
    await two.start();
    await at.finished('completed');
    expect(at.recorder.ran).toEqual([1]);
  });
}
