import { TierlinkError } from '../errors.ts';

/** When a job runs by itself. */
export type Timing =
  /** The first time at once, then in steps. */
  | { everySeconds: number }
  /** Five fields (or six, seconds first), read in an IANA time zone, its daylight saving included. */
  | { cron: string; timeZone: string };

const EVERY = /^every (\d+) seconds?$/;
const CRON = /^((?:\S+\s+){4,5}\S+)\s+([A-Za-z][\w+\-/]*)$/;

/** Reads "every 300 seconds" or "0 6 * * * Europe/Stockholm"; whether it ever comes is not looked at. Throws
 * SCHEDULE_INVALID, naming the job. */
export function readTiming(text: string, job: string): Timing {
  const invalid = (reason: string) => new TierlinkError('SCHEDULE_INVALID', { job, reason });
  const every = EVERY.exec(text.trim())?.[1];
  if (every !== undefined) return { everySeconds: Number(every) };
  const [, cron, timeZone] = CRON.exec(text.trim()) ?? [];
  if (cron === undefined || timeZone === undefined)
    throw invalid(`"${text}" is neither "every <n> seconds" nor a cron line with a time zone`);
  try {
    new Intl.DateTimeFormat('en', { timeZone });
    return { cron, timeZone };
  } catch {
    throw invalid(`${timeZone} is not an IANA time zone`);
  }
}
