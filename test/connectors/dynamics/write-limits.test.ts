import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { accounts, type WriteWorld, writeWorld } from './write-world.ts';

/** A line that is told to wait: the host's clock stands still but for the waits, and notes when each request left. */
describe('writes that the platform turns away', () => {
  let world: WriteWorld;
  let clock = 0;
  let left: number[] = [];
  beforeEach(async () => {
    clock = Date.parse('2026-03-02T10:00:00Z');
    left = [];
    world = await writeWorld({ now: () => clock });
    const { host } = world;
    host.sleep = async (ms) => {
      host.waited.push(ms);
      clock += ms;
    };
    const { spend } = host;
    host.spend = async (calls, kind) => {
      left.push(clock);
      await spend(calls, kind);
    };
  });
  afterEach(async () => await world.close());
  const stored = () => world.simulator.org.dump('account');

  describe.each([
    ['one row', 1],
    ['a batch', 20],
    ['pages of a thousand', 3_000],
  ])('section 4: %s', (_name, count) => {
    it.each(['requests', 'time', 'concurrency'] as const)(
      'waits as long as the limit of %s says, then goes on, and writes nothing twice',
      async (limit) => {
        const from = clock;
        world.simulator.faults.add({ kind: 'throttled', limit, retryAfterSeconds: 37, times: 1 });
        const results = await world.upsert(accounts(count));
        expect(results.filter(({ outcome }) => !['created', 'written'].includes(outcome))).toEqual([]);
        const [first, ...later] = left;
        expect(first).toBe(from);
        expect(Math.min(...later)).toBeGreaterThanOrEqual(from + 37_000);
        expect(world.host.waited).toEqual([37_000]);
        expect(stored()).toHaveLength(count);
        expect(stored().every((row) => row.createdon === row.modifiedon)).toBe(true);
      },
    );

    it('waits and goes on when the service is unavailable', async () => {
      world.simulator.faults.add({ kind: 'status', status: 503, retryAfterSeconds: 7, times: 1 });
      await world.upsert(accounts(count));
      expect(world.host.waited).toEqual([7_000]);
      expect(stored()).toHaveLength(count);
    });
  });

  it('says when to come back, and which rows are left, where the wait is too long for a call', async () => {
    world.simulator.faults.add({ kind: 'throttled', retryAfterSeconds: 900, after: 1 });
    const results = await world.upsert(accounts(9_000));
    expect(results.filter(({ outcome }) => outcome === 'written')).toHaveLength(1_000);
    expect(results[8_999]).toMatchObject({ outcome: 'rejected', code: 'CRM_QUOTA', retry: 'after' });
    expect(stored()).toHaveLength(1_000);
    // One page went through, two were on their way when the platform said no.
    expect(left).toHaveLength(3);
    const again = world.upsert(accounts(1));
    await expect(again).rejects.toMatchObject({ code: 'CRM_QUOTA', retryAt: clock + 900_000 });
    expect(left).toHaveLength(3);
  });

  it('sends more pages at once while they go through, and all wait when one of them is told to', async () => {
    const { faults } = world.simulator;
    faults.add({ kind: 'throttled', retryAfterSeconds: 60, after: 3, times: 1 });
    const from = clock;
    const results = await world.upsert(accounts(10_000));
    expect(results.filter(({ outcome }) => outcome !== 'written')).toEqual([]);
    expect(left.filter((at) => at === from).length).toBeGreaterThanOrEqual(4);
    expect(left.every((at) => at === from || at >= from + 60_000)).toBe(true);
    expect(left).toHaveLength(11);
    expect(stored()).toHaveLength(10_000);
  });

  it('sends rows again alone that a limit turned away inside a batch', async () => {
    const limit = { status: 429, code: '0x80072326', message: 'Number of concurrent requests exceeded 52.' };
    const matching = { name: 'A3' };
    world.simulator.faults.add({ kind: 'row-error', object: 'account', matching, times: 1, ...limit });
    const results = await world.upsert(accounts(20));
    expect(results.every(({ outcome }) => outcome === 'created')).toBe(true);
    expect(world.writes()).toEqual(['POST $batch', 'POST $batch']);
    expect(world.host.waited).toHaveLength(1);
  });

  it('makes pages smaller after a timeout of the database, and larger again once they go through', async () => {
    const timeout = { status: 500, code: '0x80044151', message: 'SQL timeout' };
    world.simulator.faults.add({ kind: 'row-error', object: 'account', times: 6, ...timeout });
    const sizes: number[] = [];
    const { send } = world.context.client;
    world.context.client.send = async (call) => {
      sizes.push((JSON.parse(String(call.body)) as { Targets: unknown[] }).Targets.length);
      return await send(call);
    };
    const results = await world.upsert(accounts(4_000));
    expect(results.filter(({ outcome }) => outcome !== 'written')).toEqual([]);
    expect(sizes).toEqual([1_000, 500, 500, 500, 1_000, 1_000, 500]);
    expect(stored()).toHaveLength(4_000);
  });
});

describe('a limit that is enforced', () => {
  it('is kept to: nothing is sent before the wait is over, and every row arrives once', async () => {
    let clock = Date.parse('2026-03-02T10:00:00Z');
    const now = () => clock;
    const world = await writeWorld({ now, limits: { requests: 2, windowMs: 10_000, now } });
    const { host, simulator } = world;
    host.sleep = async (ms) => {
      const until = clock + ms;
      await new Promise((resolve) => setImmediate(resolve));
      clock = Math.max(clock, until);
    };
    const seen = watchRefusals(now);
    try {
      const from = clock;
      const results = await world.upsert(accounts(5_000));
      expect(results.filter(({ outcome }) => outcome !== 'written')).toEqual([]);
      expect(seen.early).toBe(0);
      expect(seen.refused).toBeGreaterThan(0);
      // A refused request counts too: no more of them than a round holds for each window that was waited for.
      expect(seen.refused).toBeLessThanOrEqual(Math.ceil((clock - from) / 10_000) * 4);
      expect(clock - from).toBeGreaterThanOrEqual(20_000);
      const stored = simulator.org.dump('account');
      expect(stored).toHaveLength(5_000);
      expect(stored.every((row) => row.createdon === row.modifiedon)).toBe(true);
    } finally {
      seen.end();
      await world.close();
    }
  });
});

/** Watches requests where they leave: those turned away, and those sent before such an answer's Retry-After had passed. */
function watchRefusals(now: () => number): { early: number; refused: number; end(): void } {
  const { fetch } = globalThis;
  const seen = {
    early: 0,
    refused: 0,
    end: () => {
      globalThis.fetch = fetch;
    },
  };
  let closedUntil = 0;
  globalThis.fetch = async (...request) => {
    if (now() < closedUntil) seen.early += 1;
    const answer = await fetch(...request);
    if (answer.status === 429) {
      seen.refused += 1;
      closedUntil = Math.max(closedUntil, now() + Number(answer.headers.get('retry-after')) * 1_000);
    }
    return answer;
  };
  return seen;
}
