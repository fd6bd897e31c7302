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
