import { expect, it } from '@jest/globals';
import { until } from '../../services/until.ts';
import { type At, countingJob } from './site.ts';

/** When schedules run. */
export function testsOfTimings(at: At): void {
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
}

/** Declaring, removing and healing schedules. */
export function testsOfKeeping(at: At): void {
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
