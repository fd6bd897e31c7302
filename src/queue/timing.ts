import { getNextMillis } from 'bullmq';
import { TierlinkError } from '../errors.ts';

/** When a job runs by itself. */
export type Timing =
  /** The first time at once, then in steps. */
  | { everySeconds: number }
  /** Five fields (or six, seconds first), read in an IANA time zone, its daylight saving included. */
  | { cron: string; timeZone: string };

const EVERY = /^every (\d+) seconds?$/;
const CRON = /^((?:\S+\s+){4,5}\S+)\s+([A-Za-z][\w+\-/]*)$/;

/**
 * Reads "every 300 seconds" or "0 6 * * * Europe/Stockholm". Throws SCHEDULE_INVALID, naming the job.
 */
export function parseTiming(text: string, job: string): Timing {
  const every = EVERY.exec(text.trim())?.[1];
  const [, cron, timeZone] = CRON.exec(text.trim()) ?? [];
  if (every === undefined && (cron === undefined || timeZone === undefined)) {
    throw new TierlinkError('SCHEDULE_INVALID', {
      job,
      reason: `"${text}" is neither "every <n> seconds" nor a cron line with a time zone`,
    });
  }
  const timing: Timing =
    every === undefined ? { cron: cron ?? '', timeZone: timeZone ?? '' } : { everySeconds: Number(every) };
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
