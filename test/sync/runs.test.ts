import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { TierlinkError } from '../../src/errors.ts';
import type { Logger } from '../../src/model/logger.ts';
import type { Store } from '../../src/store/store.ts';
import { closeDeadRuns, keepAlive } from '../../src/sync/records/run-life.ts';
import { finishRun, recordRun, requireBalance, startRun } from '../../src/sync/records/runs.ts';
import { emptyStore, openTestStore } from '../services/test-store.ts';

let store: Store;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store.close());
let logged: { level: string; data: Record<string, unknown> }[] = [];
beforeEach(async () => {
  logged = [];
  await emptyStore(store);
});

const levels = ['debug', 'info', 'warn', 'error'] as const;
const logger = Object.fromEntries(
  levels.map((level) => [level, (data: Record<string, unknown>) => logged.push({ level, data })]),
) as unknown as Logger;

const clock = { now: () => Date.parse('2026-03-02T10:00:00.000Z') };
const spec = { kind: 'pull', connection: 'north', object: 'Account', actor: 'tierlink' };
const stored = () => store.query('select * from tierlink.run order by id');
const run = (work: () => Promise<never>) => recordRun({ db: store.db, clock, logger, spec }, work);
const fails = (error: Error) => run(() => Promise.reject(error));

describe('a run', () => {
  it('has a number that people can read, its counts and its calls', async () => {
    const result = await recordRun({ db: store.db, clock, logger, spec, calls: () => 4 }, async () => ({
      value: 'done',
      state: 'partial',
      reason: '2 rejected',
      counts: { read: 5, invalid: 2 },
    }));
    expect(result).toEqual({
      id: 'r-000001',
      state: 'partial',
      reason: '2 rejected',
      until: null,
      value: 'done',
      stopped: null,
    });
    expect(await stored()).toEqual([
      expect.objectContaining({
        id: 'r-000001',
        counts: { read: 5, invalid: 2 },
        calls: 4,
        object: 'Account',
      }),
    ]);
  });

  it('keeps its calls also when it is interrupted or fails', async () => {
    const options = { db: store.db, clock, logger, spec, calls: () => 16 };
    await recordRun(options, () => Promise.reject(new TierlinkError('INTERRUPTED')));
    await expect(recordRun(options, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    expect(await stored()).toMatchObject([
      { state: 'cancelled', calls: 16 },
      { state: 'failed', calls: 16 },
    ]);
  });

  it.each([
    ['debug', { read: 5, unchanged: 5, created: 0 }, { read: 5, unchanged: 5 }],
    ['debug', { Account: { read: 2, unchanged: 2 } }, { Account: { read: 2, unchanged: 2 } }],
    ['info', { Account: { read: 2, updated: 1, held: 0 } }, { Account: { read: 2, updated: 1 } }],
  ])('is logged at level %s when it counted %j', async (level, counts, shown) => {
    await recordRun({ db: store.db, clock, logger, spec }, async () => ({
      value: 0,
      state: 'succeeded',
      counts,
    }));
    expect(logged).toMatchObject([
      { level, data: { run: 'r-000001', kind: 'pull', connection: 'north', state: 'succeeded' } },
    ]);
    expect(logged[0]!.data.counts).toEqual(shown);
  });

  it('that waits is told to whoever watches the log, one that another is at is not', async () => {
    await fails(new TierlinkError('CRM_BUDGET', { connection: 'north' }));
    await fails(new TierlinkError('LEASE_HELD', { key: 'k', since: 'now', holder: 'b' }));
    expect(logged.map(({ level, data }) => [level, data.state])).toEqual([
      ['info', 'waiting'],
      ['debug', 'skipped'],
    ]);
  });

  it('is skipped while another one is at work', async () => {
    const held = new TierlinkError('LEASE_HELD', { key: 'pull:north:Account', since: 'now', holder: 'b' });
    expect(await fails(held)).toMatchObject({ state: 'skipped', value: undefined, stopped: held });
  });

  it('waits when a budget or a limit stopped it, and says until when', async () => {
    const retryAt = Date.parse('2026-03-03T00:00:00.000Z');
    const budget = new TierlinkError('CRM_BUDGET', { connection: 'north' }, { retryAt });
    expect(await fails(budget)).toMatchObject({ state: 'waiting', until: retryAt, stopped: budget });
  });

  it('is cancelled by an interruption', async () => {
    expect(await fails(new TierlinkError('INTERRUPTED'))).toMatchObject({ state: 'cancelled' });
    expect(await fails(new DOMException('stopped', 'AbortError'))).toMatchObject({
      state: 'cancelled',
      reason: 'Interrupted. What was finished is kept; the next run goes on from there.',
      stopped: { code: 'INTERRUPTED' },
    });
  });

  it('fails with anything else, keeps the error and throws it', async () => {
    await expect(fails(new Error('broken'))).rejects.toThrow('broken');
    expect(await stored()).toEqual([
      expect.objectContaining({
        state: 'failed',
        error: { code: 'INTERNAL', message: 'broken' },
        finished_at: '2026-03-02T10:00:00.000Z',
      }),
    ]);
  });

  it('must account for every record that it read', () => {
    expect(() => requireBalance('Account', 5, { created: 3, held: 2 })).not.toThrow();
    expect(() => requireBalance('Account', 5, { created: 3, held: 1 })).toThrow(
      expect.objectContaining({ code: 'SYNC_INCOMPLETE', data: expect.objectContaining({ accounted: 4 }) }),
    );
  });
});

describe('an open run', () => {
  const close = () => closeDeadRuns({ db: store.db, clock, logger });
  const start = () => startRun(store.db, spec, clock.now());
  const fallSilent = (id: string) =>
    store.query('update tierlink.run set alive_until = clock_timestamp() where id = $1', [id]);

  it('whose process shows no sign of life is closed once, with the reason, and no other', async () => {
    const dead = await start();
    const living = await start();
    await fallSilent(dead);
    expect(await close()).toEqual([dead]);
    expect(await close()).toEqual([]);
    expect(await stored()).toEqual([
      expect.objectContaining({
        id: dead,
        state: 'cancelled',
        reason: expect.stringContaining('process ended before the run did'),
        finished_at: '2026-03-02T10:00:00.000Z',
      }),
      expect.objectContaining({ id: living, state: 'running', finished_at: null }),
    ]);
  });

  it('of a process that is gone is closed by the next run, whatever that does', async () => {
    const dead = await start();
    await fallSilent(dead);
    await recordRun({ db: store.db, clock, logger, spec: { kind: 'kpis', actor: 'tierlink' } }, async () => ({
      value: 0,
      state: 'succeeded',
    }));
    expect(await stored()).toMatchObject([{ id: dead, state: 'cancelled' }, { state: 'succeeded' }]);
  });

  it('that was taken for dead while its machine slept runs again with its next sign of life', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask', 'performance'] });
    try {
      const sleeper = await start();
      const stopBeating = keepAlive(store.db, sleeper);
      await fallSilent(sleeper);
      expect(await close()).toEqual([sleeper]);
      jest.advanceTimersByTime(20_000);
      await stopBeating();
      expect(await close()).toEqual([]);
      expect(await stored()).toMatchObject([{ state: 'running', reason: null, finished_at: null }]);
    } finally {
      jest.useRealTimers();
    }
  });

  it('that was taken for dead and comes to its end says what it did', async () => {
    const sleeper = await start();
    await fallSilent(sleeper);
    await close();
    await finishRun(store.db, sleeper, { state: 'succeeded', now: clock.now() });
    expect(await stored()).toMatchObject([{ state: 'succeeded', reason: null }]);
  });
});
