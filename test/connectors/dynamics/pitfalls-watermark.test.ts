import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { cursorNow, everything, pagesOf } from '../../contract/connector-world.ts';
import { type DynamicsWorld, dynamicsWorld } from './world.ts';

const DAY = 86_400_000;

describe('following the changes of a table', () => {
  let at: number;
  let world: DynamicsWorld;
  beforeEach(async () => {
    at = Date.parse('2026-11-23T10:00:20Z');
    world = await dynamicsWorld({ now: () => at, options: { pageSize: '100' } });
  });
  afterEach(async () => await world.close());

  const pass = async (cursor: unknown, fields = ['name']) => {
    const request = { object: 'account', fields, scopes: [everything], cursor };
    const pages = await pagesOf(world.connector.changes([request])[0]!);
    return {
      names: pages.flatMap((page) => page.changed.map((record) => record.fields.name)),
      deleted: pages.flatMap((page) => page.deleted.map(({ id }) => id)),
      pages,
      cursor: pages.at(-1)?.cursor,
    };
  };
  const create = (name: string) => world.simulator.org.create('account', [{ name }]);

  it('pitfall 1: what a long transaction holds back is told once it has ended', async () => {
    const cursor = await cursorNow(world.connector, 'account');
    const end = world.simulator.faults.add({
      kind: 'held-changes',
      object: 'account',
      since: new Date(at).toISOString(),
    });
    create('held');
    const first = await pass(cursor);
    expect(first.names).toEqual([]);
    at += 60_000;
    end();
    expect((await pass(first.cursor)).names).toEqual(['held']);
  });

  it('pitfall 2: a row that shows only after the pass is told by the next one', async () => {
    const cursor = await cursorNow(world.connector, 'account');
    create('seen');
    const first = await pass(cursor);
    create('later');
    expect(first.names).toEqual(['seen']);
    expect((await pass(first.cursor)).names).toEqual(['later']);
  });

  it('pitfall 3: rows that share one second are told once, whatever pass they fall into', async () => {
    const cursor = await cursorNow(world.connector, 'account');
    create('A');
    const first = await pass(cursor);
    create('B');
    create('C');
    const second = await pass(first.cursor);
    expect([first.names, second.names]).toEqual([['A'], ['B', 'C']]);
    expect((await pass(second.cursor)).names).toEqual([]);
  });

  it('pitfall 4: five hundred rows of one second all arrive', async () => {
    const cursor = await cursorNow(world.connector, 'account');
    const rows = Array.from({ length: 500 }, (_unused, index) => ({ name: `N${index}` }));
    world.simulator.org.create('account', rows);
    const { names, pages } = await pass(cursor);
    expect(new Set(names).size).toBe(500);
    expect(names).toHaveLength(500);
    expect(pages).toHaveLength(5);
  });

  it('pitfall 5: a pass that ends between pages goes on from there', async () => {
    const cursor = await cursorNow(world.connector, 'account');
    const rows = Array.from({ length: 300 }, (_unused, index) => ({ name: `N${index}` }));
    world.simulator.org.create('account', rows);
    world.simulator.faults.add({ kind: 'status', status: 400, code: '0x80040203', after: 3, times: 1 });
    const seen: unknown[] = [];
    let kept: unknown;
    const request = { object: 'account', fields: ['name'], scopes: [everything], cursor };
    const following = (async () => {
      for await (const page of world.connector.changes([request])[0]!) {
        seen.push(...page.changed.map(({ fields }) => fields.name));
        kept = JSON.parse(JSON.stringify(page.cursor));
      }
    })();
    await expect(following).rejects.toMatchObject({ code: 'CRM_BAD_VALUE' });
    expect(seen.length).toBeGreaterThan(0);
    expect(seen.length).toBeLessThan(300);
    const rest = await pass(kept);
    expect(new Set([...seen, ...rest.names]).size).toBe(300);
    expect(seen.length + rest.names.length).toBe(300);
  });

  it('pitfall 6: the clock of the client takes no part', async () => {
    const cursor = await cursorNow(world.connector, 'account');
    // The host runs a year ahead of the platform.
    world.host.now = () => at + 365 * DAY;
    create('A');
    const { names, pages } = await pass(cursor);
    expect(names).toEqual(['A']);
    const { from, to } = pages.at(-1)!.covered;
    expect(Math.abs(Date.parse(to) - at)).toBeLessThan(1_000);
    expect(Date.parse(from)).toBeLessThanOrEqual(Date.parse(to));
  });

  it('pitfall 13: a link older than the platform keeps has expired, and says since when', async () => {
    const cursor = await cursorNow(world.connector, 'account');
    at += 8 * DAY;
    const error = (await pass(cursor).catch((each: unknown) => each)) as { code: string; message: string };
    expect(error).toMatchObject({ code: 'CRM_CURSOR_EXPIRED', data: { object: 'account' } });
    expect(error.message).toContain('2026-11-23');
  });

  it('pitfall 13: a link that expires before its time has expired just so', async () => {
    const cursor = await cursorNow(world.connector, 'account');
    world.simulator.faults.add({ kind: 'expired-delta', object: 'account', times: 1 });
    await expect(pass(cursor)).rejects.toMatchObject({ code: 'CRM_CURSOR_EXPIRED' });
  });

  it('pitfall 13: a link that the environment takes for a wrong request has expired, too: it would be refused for ever', async () => {
    const cursor = await cursorNow(world.connector, 'account');
    const stamp = { status: 400, code: '0x80044183', message: 'Invalid version stamp' };
    world.simulator.faults.add({ kind: 'status', path: 'deltatoken', ...stamp });
    await expect(pass(cursor)).rejects.toMatchObject({ code: 'CRM_CURSOR_EXPIRED' });
    world.simulator.faults.clear();
    world.simulator.faults.add({ kind: 'status', path: 'deltatoken', status: 500, times: 1 });
    expect((await pass(cursor)).names).toEqual([]);
  });

  it('pitfall 14: a full read after that gives a new link, from which nothing is missing', async () => {
    const cursor = await cursorNow(world.connector, 'account');
    at += 8 * DAY;
    await expect(pass(cursor)).rejects.toMatchObject({ code: 'CRM_CURSOR_EXPIRED' });
    const fresh = await cursorNow(world.connector, 'account');
    create('A');
    expect((await pass(fresh)).names).toEqual(['A']);
  });

  it('tells nothing new in one call for each table', async () => {
    const cursor = await cursorNow(world.connector, 'account');
    world.simulator.calls.reset();
    await pass(cursor);
    expect(world.simulator.calls.log).toHaveLength(1);
  });

  it('selects what is wanted now, not what was wanted when the link was made', async () => {
    const cursor = await cursorNow(world.connector, 'account');
    world.simulator.org.create('account', [{ name: 'A', telephone1: '1' }]);
    const first = await pass(cursor, ['name', 'telephone1']);
    expect(first.pages[0]?.changed[0]?.fields).toEqual({ name: 'A', telephone1: '1' });
    const again = await pass(cursor, ['telephone1']);
    expect(again.pages[0]?.changed[0]?.fields).toEqual({ telephone1: '1' });
  });

  it('takes rows for blank only where a link brought their columns: others are read by id, losers of merges too', async () => {
    const { org, faults } = world.simulator;
    const [parent = ''] = org.create('account', [{ name: 'Parent' }]);
    const [loser = ''] = org.create('account', [{ name: 'Loser' }]);
    const cursor = await cursorNow(world.connector, 'account');
    org.create('account', [{ name: 'A', telephone1: '1' }]);
    org.set('account', loser, { masterid: parent, statecode: 1 });
    // A platform that refuses other columns than those that the link was made with.
    faults.add({
      kind: 'status',
      status: 400,
      code: '0x80060888',
      message: 'The select option cannot be changed.',
      path: '/accounts',
      times: 1,
    });
    const { pages } = await pass(cursor, ['name', 'telephone1']);
    expect(pages.flatMap((page) => page.changed).map(({ fields }) => fields)).toEqual([
      { name: 'A', telephone1: '1' },
    ]);
    expect(pages.flatMap((page) => page.merged)).toEqual([{ loser, winner: parent }]);
  });

  it('reads what lies behind lookups directly, since links do not tell it', async () => {
    const { org } = world.simulator;
    const [parent = ''] = org.create('account', [{ name: 'Parent' }]);
    const cursor = await cursorNow(world.connector, 'account');
    org.create('account', [{ name: 'Child', 'parentaccountid@odata.bind': `/accounts(${parent})` }]);
    const { pages } = await pass(cursor, ['name', 'parentaccountid', 'parentaccountid.name']);
    expect(pages.flatMap((page) => page.changed).map(({ fields }) => fields)).toEqual([
      { name: 'Child', parentaccountid: parent, 'parentaccountid.name': 'Parent' },
    ]);
  });
});
