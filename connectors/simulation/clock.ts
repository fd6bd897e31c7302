/**
 * The org's clock. It can stand still, jump and run, so that a rehearsal lives through months in seconds.
 */
export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
  /** Jumps to an instant (epoch milliseconds); a running clock goes on running from there. */
  set(epochMs: number): void;
  advance(ms: number): void;
  /** Stops the clock where it is; set and advance still move it. */
  freeze(): void;
}

/**
 * @param start an instant to start from and run on, a function to follow, or nothing for the machine's own time.
 */
export function createClock(start?: number | (() => number)): Clock {
  let source = typeof start === 'function' ? start : () => Date.now();
  let offset = typeof start === 'number' ? start - source() : 0;
  return {
    now: () => source() + offset,
    set: (epochMs) => {
      offset = epochMs - source();
    },
    advance: (ms) => {
      offset += ms;
    },
    freeze: () => {
      const at = source() + offset;
      source = () => at;
      offset = 0;
    },
  };
}
