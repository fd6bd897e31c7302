import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { TierlinkError } from '../../../src/errors.ts';
import type { CrmRecord } from '../../../src/sync/connector.ts';
import { everything, pagesOf, quietly, readAll } from '../../contract/connector-world.ts';
import { type SalesforceWorld, salesforceWorld } from './world.ts';

describe('the calls of the org', () => {
  let world: SalesforceWorld;
  beforeEach(async () => {
    world = await salesforceWorld({ options: { bulkQueryFrom: '100000' } });
  });
  afterEach(async () => {
    await world.close();
  });
  const fill = (count: number): void => {
    world.simulator.org.bulkLoad(
      'Account',
      Array.from({ length: count }, (_unused, index) => ({ Name: `row ${index}` })),
    );
  };

  it('pitfall 9: a quota met half-way parks the read; it goes on from there and misses nothing', async () => {
    fill(5_000);
    const request = { object: 'Account', fields: ['Name'], scope: everything };
    const seen: CrmRecord[] = [];
    let resume: unknown;
    const reading = (async () => {
      for await (const page of world.connector.read(request)) {
        seen.push(...page.records);
        resume = page.resume;
        world.simulator.faults.add({ kind: 'request-limit', limit: 'total', times: 1 });
      }
    })();
    const parked = (await reading.catch((error: unknown) => error)) as TierlinkError;
    expect([parked.code, parked.retry]).toEqual(['CRM_QUOTA', 'after']);
    expect(parked.retryAt).toBeGreaterThan(world.host.now());
    expect(seen.length).toBe(2_000);
    const rest = await readAll(world.connector, { ...request, resume });
    expect(new Set([...seen, ...rest].map((record) => record.id)).size).toBe(5_000);
    expect(seen.length + rest.length).toBe(5_000);
  });

  it('pitfall 9: rows of a write that the quota kept back say so, those before it are settled', async () => {
    fill(450);
    const ids = world.simulator.org.dump('Account').map((row) => String(row.Id));
    const rows = ids.map((id, index) => ({ ref: `r${index}`, id, fields: { Phone: '1' } }));
    world.simulator.faults.add({
      kind: 'request-limit',
      limit: 'total',
      times: 1,
      after: 1,
      path: '/composite/sobjects',
    });
    const results = await world.connector.write({
      object: 'Account',
      operation: 'update',
      rows,
      manners: quietly,
    });
    expect(results.slice(0, 200).every((result) => result.outcome === 'updated')).toBe(true);
    expect(
      results
        .slice(200)
        .every(
          (result) =>
            result.outcome === 'rejected' && result.code === 'CRM_QUOTA' && result.retry === 'after',
        ),
    ).toBe(true);
    expect(world.simulator.org.dump('Account').filter((row) => row.Phone === '1')).toHaveLength(200);
  });

  it('pitfall 17: each call that the org bills was booked against the budget first', async () => {
    fill(2_500);
    const { connector, host, simulator } = world;
    await connector.check(['Account']);
    const pages = await pagesOf(connector.read({ object: 'Account', fields: ['Name'], scope: everything }));
    const rows = pages
      .flatMap((page) => page.records)
      .slice(0, 300)
      .map((record) => ({ ref: record.id, id: record.id, fields: { Phone: '1' } }));
    await connector.write({ object: 'Account', operation: 'update', rows, manners: quietly });
    const request = { object: 'Account', fields: ['Name'], scopes: [everything] };
    await pagesOf(connector.changes([{ ...request, cursor: pages.at(-1)?.cursor }])[0]!);
    expect(host.spent.length).toBeGreaterThanOrEqual(simulator.calls.total);
    expect(host.spent.length - simulator.calls.total).toBeLessThanOrEqual(1);
    const limits = await connector.limits();
    expect(limits).toEqual({ used: simulator.calls.total, max: 15_000, resetsAt: null });
  });

  it('pitfall 18: too many at once is waited out within the call, used up for the day is not', async () => {
    const { connector, host, simulator } = world;
    const count = async () => await connector.count([{ object: 'Account', scope: everything }]);
    simulator.faults.add({ kind: 'request-limit', limit: 'concurrent', times: 2 });
    expect(await count()).toEqual([0]);
    expect(host.waited).toHaveLength(2);
    expect(host.waited[1]).toBeGreaterThan(host.waited[0] ?? 0);
    simulator.faults.add({ kind: 'request-limit', limit: 'total', times: 1 });
    await expect(count()).rejects.toMatchObject({ code: 'CRM_QUOTA' });
    expect(host.waited).toHaveLength(2);
  });

  it('pitfall 18: too many at once for too long is busy, not used up', async () => {
    world.simulator.faults.add({ kind: 'request-limit', limit: 'concurrent' });
    const counting = world.connector.count([{ object: 'Account', scope: everything }]);
    await expect(counting).rejects.toMatchObject({ code: 'CRM_BUSY', retry: 'backoff' });
    expect(world.host.waited).toHaveLength(5);
  });
});
