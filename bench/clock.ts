import type { Clock } from '../src/model/clock.ts';

/**
 * One time for all processes of a run: it starts on a Monday morning, runs on, and jumps when it is told to, so that no
 * run crosses a day and every run meets the same windows.
 */
export interface BenchClock extends Clock {
  advance(ms: number): void;
}

const base = Date.parse('2026-03-02T10:00:00.000Z');

/** `startedAt`: the machine's time at which the run began, the same in every process. */
export function benchClock(startedAt: number): BenchClock {
  let jumped = 0;
  return {
    now: () => base + (Date.now() - startedAt) + jumped,
    advance: (ms) => {
      jumped += ms;
    },
  };
}
