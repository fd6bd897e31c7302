import { getNextMillis } from 'bullmq';
import { TierlinkError } from '../errors.ts';
import { readTiming, type Timing } from './timing-text.ts';

/**
 * Reads "every 300 seconds" or "0 6 * * * Europe/Stockholm". Throws SCHEDULE_INVALID, naming the job.
 */
export function parseTiming(text: string, job: string): Timing {
  const timing = readTiming(text, job);
  checkTiming(timing, job);
  return timing;
}

/** Throws SCHEDULE_INVALID when the timing can never come, or its zone does not exist. */
export function checkTiming(timing: Timing, job: string): void {
  try {
    if (nextRun(timing, 0) === undefined) throw new Error('it has no next time');
  } catch (error) {
    throw new TierlinkError('SCHEDULE_INVALID', { job, reason: (error as Error).message }, { cause: error });
  }
}

/** The first time after `after`; both epoch ms. */
export function nextRun(timing: Timing, after: number): number | undefined {
  if ('cron' in timing) {
    // The cron library takes an unknown zone for the machine's own; this throws instead.
    new Intl.DateTimeFormat('en', { timeZone: timing.timeZone });
    return getNextMillis(after, { pattern: timing.cron, tz: timing.timeZone });
  }
  if (!Number.isInteger(timing.everySeconds) || timing.everySeconds < 1) {
    throw new Error('the interval must be a whole number of seconds, at least 1');
  }
  return getNextMillis(after, { every: timing.everySeconds * 1000 });
}
