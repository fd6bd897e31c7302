import { describe, expect, it } from '@jest/globals';
import { nextRun, parseTiming } from '../../src/queue/timing.ts';

describe('schedule timings', () => {
  it.each([
    ['every 300 seconds', { everySeconds: 300 }],
    ['every 1 second', { everySeconds: 1 }],
    ['0 6 * * * Europe/Stockholm', { cron: '0 6 * * *', timeZone: 'Europe/Stockholm' }],
    ['*/10 0 6 * * 1-5 UTC', { cron: '*/10 0 6 * * 1-5', timeZone: 'UTC' }],
  ])('reads %s', (text, timing) => {
    expect(parseTiming(text, 'pull-changes')).toEqual(timing);
  });

  it.each([
    'every 0 seconds',
    'every day',
    '0 6 * * *',
    '0 6 * * Europe/Stockholm',
    '0 25 * * * Europe/Stockholm',
    '0 6 * * * Mars/Olympus',
    '',
  ])('refuses "%s" and names the job', (text) => {
    const attempt = () => parseTiming(text, 'pull-changes');
    expect(attempt).toThrow(
      expect.objectContaining({
        code: 'SCHEDULE_INVALID',
        data: expect.objectContaining({ job: 'pull-changes' }),
      }),
    );
  });

  it('keeps the hour of its zone when the clocks change', () => {
    const timing = { cron: '0 6 * * *', timeZone: 'Europe/Stockholm' };
    const runs = [Date.UTC(2026, 2, 28, 0), Date.UTC(2026, 2, 29, 0)].map(
      (from) => nextRun(timing, from) ?? 0,
    );
    expect(runs.map((run) => new Date(run).toISOString())).toEqual([
      '2026-03-28T05:00:00.000Z',
      '2026-03-29T04:00:00.000Z',
    ]);
  });
});
