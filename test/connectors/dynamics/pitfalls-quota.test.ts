import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { DynamicsWebApi } from 'dynamics-web-api';
import { batchOutcomes } from '../../../connectors/dynamics/together.ts';
import type { TierlinkError } from '../../../src/errors.ts';
import type { CrmRecord } from '../../../src/sync/connector.ts';
import { everything, readAll } from '../../contract/connector-world.ts';
import { type DynamicsWorld, dynamicsWorld } from './world.ts';

describe('service protection', () => {
  let world: DynamicsWorld;
  beforeEach(async () => {
    world = await dynamicsWorld({ options: { pageSize: '100' } });
  });
  afterEach(async () => await world.close());
  const fill = (count: number): void => {
    const rows = Array.from({ length: count }, (_unused, index) => ({ name: `row ${index}` }));
    world.simulator.org.create('account', rows);
  };
  const accounts = { object: 'account', fields: ['name'], scope: everything };

  it('pitfall 9: a wait too long for a call parks the read; it goes on from there and misses nothing', async () => {
    fill(250);
    const seen: CrmRecord[] = [];
    let resume: unknown;
    const reading = (async () => {
      for await (const page of world.connector.read(accounts)) {
        seen.push(...page.records);
        resume = page.resume;
        world.simulator.faults.add({ kind: 'throttled', retryAfterSeconds: 900, times: 1 });
      }
    })();
    const parked = (await reading.catch((error: unknown) => error)) as TierlinkError;
    expect([parked.code, parked.retry]).toEqual(['CRM_QUOTA', 'after']);
    expect(parked.retryAt).toBeGreaterThan(world.host.now() + 890_000);
    expect(seen).toHaveLength(100);
    await expect(readAll(world.connector, { ...accounts, resume })).rejects.toMatchObject({
      code: 'CRM_QUOTA',
    });
    world.host.now = () => Date.now() + 901_000;
    const rest = await readAll(world.connector, { ...accounts, resume });
    expect(new Set([...seen, ...rest].map(({ id }) => id)).size).toBe(250);
    expect(seen.length + rest.length).toBe(250);
  });

  it.each(['requests', 'time', 'concurrency'] as const)(
    'a short wait for the limit of %s is waited out, and nothing is sent before',
    async (limit) => {
      let at = Date.now();
      world.host.now = () => at;
      const sent: number[] = [];
      world.host.spend = async () => {
        sent.push(at);
      };
      world.host.sleep = async (ms) => {
        at += ms;
      };
      await world.connector.count([accounts]);
      const before = at;
      sent.length = 0;
      world.simulator.faults.add({ kind: 'throttled', limit, retryAfterSeconds: 17, times: 2 });
      expect(await world.connector.count([accounts])).toEqual([0]);
      expect(sent).toEqual([before, before + 17_000, before + 34_000]);
    },
  );

  it('the wait that one call is told holds for all of them', async () => {
    let at = Date.now();
    world.host.now = () => at;
    const sent: number[] = [];
    world.host.spend = async () => {
      sent.push(at);
    };
    const waits: (() => void)[] = [];
    world.host.sleep = async (ms) => {
      const until = at + ms;
      await new Promise<void>((resolve) => waits.push(resolve));
      at = Math.max(at, until);
    };
    await world.connector.count([accounts]);
    sent.length = 0;
    world.simulator.faults.add({ kind: 'throttled', retryAfterSeconds: 20, times: 1 });
    const first = world.connector.count([accounts]);
    while (waits.length < 1) await new Promise((resolve) => setImmediate(resolve));
    const second = world.connector.count([accounts]);
    while (waits.length < 2) await new Promise((resolve) => setImmediate(resolve));
    const refusedAt = at;
    expect(sent).toEqual([refusedAt]);
    for (const end of waits) end();
    expect(await Promise.all([first, second])).toEqual([[0], [0]]);
    expect(sent.slice(1).every((time) => time >= refusedAt + 20_000)).toBe(true);
  });

  /** A host whose clock stands still but for the waits, and which notes when each request left. */
  const watch = (): number[] => {
    let at = Date.now();
    const sent: number[] = [];
    world.host.now = () => at;
    world.host.spend = async () => {
      sent.push(at);
    };
    world.host.sleep = async (ms) => {
      at += ms;
    };
    return sent;
  };
  const turnedAway = JSON.stringify({ error: { code: '0x80072321', message: 'Combined execution time.' } });

  it('the wait that one part of a batch of reads is told holds for its repeat', async () => {
    fill(900);
    const ids = world.simulator.org.dump('account').map((row) => String(row.accountid));
    await world.connector.count([accounts]);
    const sent = watch();
    const { send } = world.context.client;
    let parts = 0;
    world.context.client.send = async (call) => {
      const answer = await send(call);
      if (call.path !== '$batch') return answer;
      const body = answer.body.replace(/HTTP\/1.1 200[\s\S]*?\r\n(?=--batchresponse)/g, (part) => {
        parts += 1;
        return parts === 2
          ? `HTTP/1.1 429 Too Many Requests\r\nRetry-After: 30\r\n\r\n${turnedAway}\r\n`
          : part;
      });
      return { ...answer, body };
    };
    const from = world.host.now();
    expect(await readAll(world.connector, { ...accounts, ids })).toHaveLength(900);
    expect(parts).toBe(3);
    expect(sent[0]).toBe(from);
    expect(sent.length).toBeGreaterThan(1);
    expect(sent.slice(1).every((time) => time >= from + 30_000)).toBe(true);
  });

  it('reads that were turned away inside a batch of dynamics-web-api go once more, after the wait', async () => {
    const { host } = world;
    const heeded: unknown[] = [];
    const asked: string[][] = [];
    const told = { status: 429, headers: { 'retry-after': '30' }, code: '0x80072321', message: 'Too long.' };
    const refusals = [told, told];
    const client = {
      heed: (_fault: unknown, waitMs: number | undefined) => heeded.push(waitMs),
      library: async <T>(_call: unknown, work: (api: DynamicsWebApi) => Promise<T>) => {
        const names: string[] = [];
        asked.push(names);
        const api = {
          startBatch: () => undefined,
          retrieve: ({ key }: { key: string }) => names.push(key),
          executeBatch: async () =>
            names.map((name) =>
              name === 'b' && refusals.length > 0 ? Object.assign(new Error('429'), refusals.pop()) : name,
            ),
        };
        return await work(api as unknown as DynamicsWebApi);
      },
    };
    const asks = ['a', 'b', 'c'].map(
      (key) => (api: DynamicsWebApi) => api.retrieve({ collection: 'accounts', key }),
    );
    const call = { name: 'test', kind: 'query' };
    const [a, b, c] = await batchOutcomes({ client, host }, call, asks);
    expect([a, c]).toEqual(['a', 'c']);
    expect(b).toMatchObject({ code: 'CRM_QUOTA', retryAt: expect.any(Number) });
    expect(asked).toEqual([['a', 'b', 'c'], ['b']]);
    expect(heeded).toEqual([30_000, 30_000]);
    expect(await batchOutcomes({ client, host }, call, asks)).toEqual(['a', 'b', 'c']);
  });

  it('pitfall 18: too many requests at once are not a used-up allowance', async () => {
    world.host.sleep = async () => undefined;
    world.simulator.faults.add({ kind: 'throttled', limit: 'concurrency', retryAfterSeconds: 1, times: 20 });
    await expect(world.connector.count([accounts])).rejects.toMatchObject({ code: 'CRM_BUSY' });
    const other = await dynamicsWorld();
    try {
      other.simulator.faults.add({ kind: 'throttled', limit: 'requests', retryAfterSeconds: 1, times: 20 });
      await expect(other.connector.count([accounts])).rejects.toMatchObject({ code: 'CRM_QUOTA' });
    } finally {
      await other.close();
    }
  });

  it('pitfall 17: each attempt is booked, repeats too', async () => {
    await world.connector.count([accounts]);
    world.host.spent.length = 0;
    world.simulator.faults.add({ kind: 'status', status: 503, times: 2 });
    await world.connector.count([accounts]);
    expect(world.host.spent).toEqual(['count', 'count', 'count']);
  });

  it('an answer that is lost is asked for again where nothing was written', async () => {
    fill(3);
    await world.connector.count([accounts]);
    world.simulator.faults.add({ kind: 'lost-answer', times: 1 });
    expect(await world.connector.count([accounts])).toEqual([3]);
    expect(world.host.waited).toHaveLength(1);
  });

  it('tells what is left, as the latest answer told it', async () => {
    await readAll(world.connector, accounts);
    const { used, max, resetsAt } = await world.connector.limits();
    expect(max).toBe(6_000);
    expect(used).toBeGreaterThan(0);
    expect(used).toBeLessThan(20);
    expect(Date.parse(resetsAt ?? '')).toBeGreaterThan(world.host.now());
  });
});
