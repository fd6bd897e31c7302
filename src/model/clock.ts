import { setTimeout as wait } from 'node:timers/promises';

/** Where the time comes from. Passed in, so that an evaluation or a test can stand at any moment. */
export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
}

/** The machine's own clock. */
export const systemClock: Clock = { now: () => Date.now() };

/** ISO 8601 in UTC with milliseconds, as instants are stored. */
export function instantOf(epochMs: number): string {
  return new Date(epochMs).toISOString();
}

/** Waits so many milliseconds; throws an AbortError as soon as the signal says so. */
export async function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  await wait(ms, undefined, { signal });
}
