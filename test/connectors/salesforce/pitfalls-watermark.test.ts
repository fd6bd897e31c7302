import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { ChangePage } from '../../../src/sync/connector.ts';
import { cursorNow, everything, pagesOf } from '../../contract/connector-world.ts';
import { type SalesforceWorld, salesforceWorld } from './world.ts';

const START = Date.parse('2026-11-23T10:00:20Z');
const MINUTE = 60_000;

describe('the watermark', () => {
  let at: number;
  let world: SalesforceWorld;
  const open = async (overlapSeconds: number): Promise<void> => {
    world = await salesforceWorld({ now: () => at, options: { overlapSeconds: String(overlapSeconds) } });
  };
  const insert = (...names: string[]): string[] =>
    world.simulator.org
      .insert(
        'Account',
        names.map((Name) => ({ Name })),
      )
      .map((result) => result.id ?? '');
  const pass = async (
    cursor: unknown,
  ): Promise<{ names: unknown[]; cursor: unknown; pages: ChangePage[] }> => {
    const request = { object: 'Account', fields: ['Name'], scopes: [everything], cursor };
    const pages = await pagesOf(world.connector.changes([request])[0]!);
    const names = pages.flatMap((page) => page.changed.map((record) => record.fields.Name));
    return { names, cursor: pages.at(-1)?.cursor, pages };
  };

  beforeEach(() => {
    at = START;
  });
  afterEach(async () => {
    await world.close();
  });

  it('pitfall 1: a row that a long transaction shows later than younger rows still arrives', async () => {
    await open(0);
    const cursor = await cursorNow(world.connector, 'Account');
    at += MINUTE;
    const held = world.simulator.faults.add({ kind: 'held-replication', since: new Date(at).toISOString() });
    const hidden = world.simulator.faults.add({
      kind: 'delayed-visibility',
      object: 'Account',
      ms: 30 * MINUTE,
    });
    insert('written early, visible late');
    hidden();
    at += 10 * MINUTE;
    insert('written late, visible at once');
    const first = await pass(cursor);
    expect(first.names).toEqual(['written late, visible at once']);
    at += 25 * MINUTE;
    held();
    const second = await pass(first.cursor);
    expect(second.names).toContain('written early, visible late');
  });

  it('asks for the names of a whole window again when an earlier run did not read it to its end', async () => {
    await open(0);
    const cursor = await cursorNow(world.connector, 'Account');
    at += 10 * MINUTE;
    insert('written');
    at += 10 * MINUTE;
    const whole = await pass(cursor);
    const brokenOff = await pass(whole.pages[0]!.cursor);
    expect(whole.pages[0]!.last).toBe(false);
    expect(brokenOff.pages.at(-1)!.covered).toEqual(whole.pages.at(-1)!.covered);
    expect(brokenOff.cursor).toEqual(whole.cursor);
  });

  it('pitfall 2: a row that becomes visible seconds after it was written still arrives', async () => {
    await open(300);
    const cursor = await cursorNow(world.connector, 'Account');
    at += 2 * MINUTE;
    world.simulator.faults.add({ kind: 'delayed-visibility', object: 'Account', ms: 3_000 });
    insert('late');
    at += 1_000;
    const first = await pass(cursor);
    expect(first.names).toEqual([]);
    at += 2 * MINUTE;
    const second = await pass(first.cursor);
    expect(second.names).toEqual(['late']);
  });

  it('pitfall 3: rows of the very second in which the last pass ended are neither lost nor skipped', async () => {
    await open(0);
    const cursor = await cursorNow(world.connector, 'Account');
    at = START + 2 * MINUTE - 20_000;
    insert('before the pass');
    const first = await pass(cursor);
    insert('after the pass, same second');
    at += MINUTE;
    const second = await pass(first.cursor);
    expect([...first.names, ...second.names]).toEqual(
      expect.arrayContaining(['before the pass', 'after the pass, same second']),
    );
  });

  it('pitfall 4: five thousand rows with one stamp all arrive, each page after the last id of the one before', async () => {
    await open(0);
    const cursor = await cursorNow(world.connector, 'Account');
    at += MINUTE;
    insert(...Array.from({ length: 5_000 }, (_unused, index) => `row ${index}`));
    const { names, pages } = await pass(cursor);
    expect(new Set(names).size).toBe(5_000);
    expect(names.length).toBe(5_000);
    expect(pages.filter((page) => page.changed.length > 0).length).toBe(3);
  });

  it('pitfall 5: a query that times out is asked for less, and no part of the window is left out', async () => {
    await open(0);
    const cursor = await cursorNow(world.connector, 'Account');
    at += MINUTE;
    insert(...Array.from({ length: 2_500 }, (_unused, index) => `row ${index}`));
    const timeOut = {
      kind: 'status',
      status: 400,
      statusCode: 'QUERY_TIMEOUT',
      message: 'too long',
    } as const;
    world.simulator.faults.add({ ...timeOut, path: 'SystemModstamp', after: 1, times: 2 });
    const { names, pages } = await pass(cursor);
    expect(world.simulator.faults.struck.status).toBe(2);
    expect(new Set(names).size).toBe(2_500);
    expect(pages.at(-1)?.cursor).toMatchObject({ covered: [expect.anything()] });
  });

  it.each([
    ['ahead', 2 * 60 * MINUTE],
    ['behind', -2 * 60 * MINUTE],
  ])('pitfall 6: a clock of ours that is two hours %s moves nothing, and is told', async (_which, skew) => {
    await open(0);
    world.host.now = () => at + skew;
    const cursor = await cursorNow(world.connector, 'Account');
    at += MINUTE;
    const empty = await pass(cursor);
    expect(empty.names).toEqual([]);
    at += 1_000;
    insert('new');
    at += MINUTE;
    expect((await pass(empty.cursor)).names).toEqual(['new']);
    const facts = await world.connector.check([]);
    expect(Math.abs((facts.clockSkewMs ?? 0) + skew)).toBeLessThan(1_000);
  });

  it('the cursor never passes what the platform declares complete, and rows beyond it are told again', async () => {
    await open(0);
    const cursor = await cursorNow(world.connector, 'Account');
    world.simulator.faults.add({ kind: 'held-replication', since: new Date(at).toISOString() });
    at += 60 * MINUTE;
    insert('told at once');
    const first = await pass(cursor);
    const second = await pass(first.cursor);
    expect([first.names, second.names]).toEqual([['told at once'], ['told at once']]);
    expect(first.pages.at(-1)?.covered.to).toBe('2026-11-23T10:00:00.000Z');
  });

  it('an id that the platform names but the query does not show yet is read directly', async () => {
    await open(0);
    const [id = ''] = insert('stands still');
    at += MINUTE;
    const cursor = await cursorNow(world.connector, 'Account');
    at += MINUTE;
    world.simulator.org.update('Account', [{ Id: id, Name: 'touched once' }]);
    const { spend } = world.host;
    world.host.spend = async (calls, kind) => {
      await spend(calls, kind);
      if (kind !== 'query') return;
      world.host.spend = spend;
      at += 5_000;
      world.simulator.org.update('Account', [{ Id: id, Name: 'touched while the window was read' }]);
    };
    const first = await pass(cursor);
    expect(first.names).toEqual(['touched while the window was read']);
    at += MINUTE;
    expect((await pass(first.cursor)).names).toEqual(['touched while the window was read']);
  });

  it('a window with more ids than the platform names is read by stamps alone', async () => {
    await open(0);
    const cursor = await cursorNow(world.connector, 'Account');
    at += MINUTE;
    insert('one of very many');
    const tooMany = {
      kind: 'status',
      status: 400,
      statusCode: 'EXCEEDED_ID_LIMIT',
      message: 'too many',
    } as const;
    world.simulator.faults.add({ ...tooMany, path: '/composite', times: 1 });
    world.simulator.faults.add({ ...tooMany, path: '/updated', times: 1 });
    expect((await pass(cursor)).names).toEqual(['one of very many']);
    expect(world.simulator.faults.struck.status).toBe(2);
  });

  it('a cursor older than the platform remembers has expired', async () => {
    await open(0);
    const cursor = await cursorNow(world.connector, 'Account');
    at += 31 * 24 * 60 * MINUTE;
    await expect(pass(cursor)).rejects.toMatchObject({ code: 'CRM_CURSOR_EXPIRED' });
  });

  it('a pass over nothing new costs one call, for one object and for a dozen', async () => {
    await open(0);
    const objects = ['Account', 'Contact', 'Opportunity', 'Lead', 'Case'];
    const requests = [];
    for (const object of objects) {
      const cursor = await cursorNow(world.connector, object);
      requests.push({ object, fields: ['Id'], scopes: [everything], cursor });
    }
    at += MINUTE;
    const before = world.simulator.calls.total;
    await pagesOf(world.connector.changes(requests.slice(0, 1))[0]!);
    expect(world.simulator.calls.total - before).toBe(1);
    for (const stream of world.connector.changes(requests)) await pagesOf(stream);
    expect(world.simulator.calls.total - before).toBe(2);
  });

  it('what the platform does not answer in company is asked for by itself', async () => {
    await open(0);
    const cursor = await cursorNow(world.connector, 'Account');
    at += MINUTE;
    const [id = ''] = insert('new', 'gone');
    world.simulator.org.delete([id]);
    at += MINUTE;
    const refused = { kind: 'status', status: 400, statusCode: 'INVALID_INPUT', path: '/composite' } as const;
    world.simulator.faults.add(refused);
    const { names, pages } = await pass(cursor);
    expect(names).toEqual(['gone']);
    expect(pages.at(-1)!.deleted.map((each) => each.id)).toEqual([id]);
    const { byKind } = world.simulator.calls;
    expect(byKind.replication).toBeGreaterThanOrEqual(2);
  });
});
