import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { TierlinkError } from '../../src/errors.ts';
import { silentLogger } from '../../src/model/logger.ts';
import { type AnyJob, defineJob, type JobContext, type JobResult } from '../../src/queue/define-job.ts';
import { type JobEvent, openQueue, type Queue, type QueueOptions } from '../../src/queue/open-queue.ts';
import { acquireLease, releaseLease } from '../../src/store/leases.ts';
import type { Store } from '../../src/store/open-store.ts';
import { until } from '../services/until.ts';

export interface QueueContract {
  name: string;
  make: () => Promise<QueueSite>;
  describe?: typeof describe | typeof describe.skip;
}

/** One place where jobs are kept. */
export interface QueueSite {
  store: Store;
  addresses: Pick<QueueOptions<unknown>, 'databaseUrl' | 'redisUrl'>;
  /** Makes it forget everything behind the queue's back. */
  empty: () => Promise<void>;
  close: () => Promise<void>;
}

type Payload = { n: number };
type Run = (context: JobContext<Payload, Recorder>) => Promise<JobResult>;
/** What the jobs of these tests share: the numbers in the order in which they ran. */
interface Recorder {
  ran: number[];
}

const BACKOFF = { class: 'backoff', attempts: 3, baseMs: 10, maxMs: 20 } as const;

/** A job that records its number; anything about it can be replaced. */
function countingJob(overrides: Partial<ReturnType<typeof baseJob>> & { run?: Run } = {}): AnyJob<Recorder> {
  return { ...baseJob(), ...overrides } as AnyJob<Recorder>;
}

function baseJob() {
  return defineJob<Payload, Recorder>({
    name: 'count-things',
    description: 'Records its number.',
    payload: z.strictObject({ n: z.number() }),
    lane: 'pull',
    retry: BACKOFF,
    timeoutMs: 30_000,
    run: async ({ payload, services }) => {
      services.ran.push(payload.n);
      return { ran: 1 };
    },
  });
}

/** A run that ends when the test says so. */
function gate() {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

/** What every size of the queue does alike. */
export function runQueueContract(contract: QueueContract): void {
  (contract.describe ?? describe)(`queue: ${contract.name}`, () => {
    const site: { current?: QueueSite } = {};
    const opened: Queue<Recorder>[] = [];
    const recorder: Recorder = { ran: [] };
    const events: JobEvent[] = [];

    const open = async (jobs: AnyJob<Recorder>[], options: Partial<QueueOptions<Recorder>> = {}) => {
      const { store, addresses } = site.current as QueueSite;
      const base = { store, ...addresses, jobs, services: recorder, clock: { now: () => Date.now() } };
      const queue = await openQueue<Recorder>({ ...base, logger: silentLogger, random: () => 0, ...options });
      queue.onEvent((event) => events.push(event));
      opened.push(queue);
      return queue;
    };
    const started = async (jobs: AnyJob<Recorder>[], options: Partial<QueueOptions<Recorder>> = {}) => {
      const queue = await open(jobs, options);
      await queue.start();
      return queue;
    };
    const finished = (type: JobEvent['type'], count = 1) =>
      until(() => events.filter((event) => event.type === type).length >= count);

    beforeAll(async () => {
      site.current = await contract.make();
    });
    afterEach(async () => {
      for (const queue of opened.splice(0)) await queue.stop({ graceMs: 0 });
      await site.current?.empty();
      recorder.ran.length = 0;
      events.length = 0;
    });
    afterAll(async () => {
      await site.current?.close();
    });

    const at: At = { site: () => site.current as QueueSite, open, started, finished, recorder, events };
    describe('adding', () => testsOfAdding(at));
    describe('failing', () => testsOfFailing(at));
    describe('stopping', () => testsOfStopping(at));
    describe('schedules', () => testsOfSchedules(at));
  });
}

interface At {
  site: () => QueueSite;
  open: (jobs: AnyJob<Recorder>[], options?: Partial<QueueOptions<Recorder>>) => Promise<Queue<Recorder>>;
  started: At['open'];
  finished: (type: JobEvent['type'], count?: number) => Promise<void>;
  recorder: Recorder;
  events: JobEvent[];
}

function testsOfAdding(at: At): void {
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
    const older = await at.open([
      { ...job, payload: z.object({ m: z.string() }) } as unknown as AnyJob<Recorder>,
    ]);
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

function testsOfFailing(at: At): void {
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
    const job = { ...failingJob([error]), retry: { class: 'never' } } as AnyJob<Recorder>;
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
      retry: { class: 'never' } as never,
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

function testsOfStopping(at: At): void {
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

function testsOfSchedules(at: At): void {
  it('runs every n seconds, the first time at once', async () => {
    const queue = await at.started([countingJob()]);
    await queue.schedules.upsert({
      id: 's',
      job: 'count-things',
      payload: { n: 1 },
      timing: { everySeconds: 1 },
    });
    await at.finished('completed', 3);
    expect(at.recorder.ran.length).toBeGreaterThanOrEqual(3);
  });

  it('keeps a cron schedule in its time zone', async () => {
    const queue = await at.started([countingJob()]);
    const timing = { cron: '30 9 * * *', timeZone: 'Asia/Kolkata' };
    await queue.schedules.upsert({ id: 'morning', job: 'count-things', payload: { n: 1 }, timing });
    const [schedule] = await queue.schedules.list();
    expect(schedule).toMatchObject({ id: 'morning', job: 'count-things', payload: { n: 1 }, timing });
    // India has no daylight saving time: 09:30 there is 04:00 UTC all year.
    expect(new Date(schedule?.next ?? 0).toISOString()).toMatch(/T04:00:00.000Z$/);
  });

  it('runs a cron schedule when its time comes', async () => {
    const queue = await at.started([countingJob()]);
    const timing = { cron: '* * * * * *', timeZone: 'Europe/Stockholm' };
    await queue.schedules.upsert({ id: 'c', job: 'count-things', payload: { n: 4 }, timing });
    await at.finished('completed', 2);
    expect(at.recorder.ran.slice(0, 2)).toEqual([4, 4]);
  });

  it('does not start anew when the same schedule is declared again', async () => {
    const queue = await at.started([countingJob()]);
    const schedule = { id: 's', job: 'count-things', payload: { n: 1 }, timing: { everySeconds: 3600 } };
    for (let round = 0; round < 4; round += 1) await queue.schedules.upsert(schedule);
    await at.finished('completed');
    await until(async () => (await queue.counts()).pull?.waiting === 0);
    expect(at.recorder.ran).toEqual([1]);
  });

  it('removes schedules that are no longer wanted', async () => {
    const queue = await at.open([countingJob()]);
    const schedule = { id: 'a', job: 'count-things', payload: { n: 1 }, timing: { everySeconds: 3600 } };
    await queue.schedules.set([schedule, { ...schedule, id: 'b' }]);
    await queue.schedules.set([{ ...schedule, id: 'b', payload: { n: 2 } }]);
    expect((await queue.schedules.list()).map(({ id, payload }) => ({ id, payload }))).toEqual([
      { id: 'b', payload: { n: 2 } },
    ]);
  });

  it('refuses schedules that can never come', async () => {
    const queue = await at.open([countingJob()]);
    const timings = [
      { cron: '61 * * * *', timeZone: 'UTC' },
      { cron: '0 6 * * *', timeZone: 'Mars/Olympus' },
      { everySeconds: 0 },
    ];
    for (const timing of timings) {
      const attempt = queue.schedules.upsert({ id: 'x', job: 'count-things', payload: { n: 1 }, timing });
      await expect(attempt).rejects.toMatchObject({ code: 'SCHEDULE_INVALID' });
    }
    expect(await queue.schedules.list()).toEqual([]);
  });

  it('heals after everything was forgotten: schedules come back and due work is found in the rows', async () => {
    const due = [1];
    const queue = await at.started([countingJob({ dedupeKey: ({ n }) => String(n) })], {
      healEveryMs: 100,
      wakeUps: async (add) => {
        for (const n of due.splice(0)) await add('count-things', { n });
      },
    });
    const timing = { cron: '0 6 * * *', timeZone: 'UTC' };
    await queue.schedules.upsert({ id: 'daily', job: 'count-things', payload: { n: 9 }, timing });
    await at.finished('completed');
    await at.site().empty();
    due.push(2);
    await until(async () => (await queue.schedules.list()).length === 1 && at.recorder.ran.length === 2);
    expect(at.recorder.ran).toEqual([1, 2]);
  });
}
