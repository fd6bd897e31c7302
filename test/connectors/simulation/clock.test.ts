import { describe, expect, it } from '@jest/globals';
import { createClock } from '../../../connectors/simulation/clock.ts';

describe('the clock of an org', () => {
  it('follows a given source and can be moved', () => {
    let time = 1000;
    const clock = createClock(() => time);
    time = 1500;
    expect(clock.now()).toBe(1500);
    clock.advance(100);
    clock.set(clock.now() + 1);
    time = 1510;
    expect(clock.now()).toBe(1611);
  });

  it('stands still when frozen, and still moves when told', () => {
    let time = 1000;
    const clock = createClock(() => time);
    clock.freeze();
    time = 9000;
    expect(clock.now()).toBe(1000);
    clock.advance(50);
    clock.set(clock.now() * 2);
    expect(clock.now()).toBe(2100);
  });

  it('starts at an instant and runs on', () => {
    const start = Date.parse('2020-01-01T00:00:00Z');
    const clock = createClock(start);
    expect(clock.now()).toBeGreaterThanOrEqual(start);
    expect(clock.now()).toBeLessThan(start + 60_000);
  });
});
