import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mergeRows } from '../../../connectors/dynamics/simulator/dml/merge.ts';
import { cursorNow, everything, pagesOf, readAll } from '../../contract/connector-world.ts';
import { type DynamicsWorld, dynamicsWorld } from './world.ts';

describe('rows that go', () => {
  let world: DynamicsWorld;
  beforeEach(async () => {
    world = await dynamicsWorld();
  });
  afterEach(async () => await world.close());

  const pass = async (cursor: unknown) => {
    const request = { object: 'account', fields: ['name'], scopes: [everything], cursor };
    const pages = await pagesOf(world.connector.changes([request])[0]!);
    return {
      changed: pages.flatMap((page) => page.changed.map(({ id }) => id)),
      deleted: pages.flatMap((page) => page.deleted.map(({ id }) => id)),
      merged: pages.flatMap((page) => page.merged),
    };
  };
  const create = (name: string): string => world.simulator.org.create('account', [{ name }])[0] ?? '';
  const merge = (winner: string, loser: string): void => {
    const { org } = world.simulator;
    const table = org.table('account');
    const row = (id: string) => org.get('account', id)!;
    mergeRows(
      { state: org.state, caller: org.admin, table },
      { target: row(winner), subordinate: row(loser) },
    );
  };

  it('pitfall 11: deletes are told, also of rows that nobody here has seen', async () => {
    const known = create('known');
    const cursor = await cursorNow(world.connector, 'account');
    const passing = create('passing');
    world.simulator.org.remove('account', known);
    world.simulator.org.remove('account', passing);
    expect((await pass(cursor)).deleted.sort()).toEqual([known, passing].sort());
  });

  it('pitfall 12: a deactivated row is a changed one', async () => {
    const id = create('A');
    const cursor = await cursorNow(world.connector, 'account');
    world.simulator.org.update('account', id, { statecode: 1, statuscode: 2 });
    expect(await pass(cursor)).toEqual({ changed: [id], deleted: [], merged: [] });
  });

  it('pitfall 12: a delete is told only when a direct read does not find the row', async () => {
    const id = create('A');
    const cursor = await cursorNow(world.connector, 'account');
    world.simulator.org.remove('account', id);
    const { connector, simulator } = world;
    // It comes back after the answer that tells its delete was written, and before it is read.
    const request = { object: 'account', fields: ['name'], scopes: [everything], cursor };
    const spend = world.host.spend;
    world.host.spend = async (calls, kind) => {
      await spend(calls, kind);
      if (kind === 'query' && simulator.org.get('account', id) === undefined)
        simulator.org.create('account', [{ accountid: id, name: 'A again' }]);
    };
    const pages = await pagesOf(connector.changes([request])[0]!);
    expect(pages.flatMap((page) => page.deleted)).toEqual([]);
    expect((await pass(pages.at(-1)?.cursor)).changed).toEqual([id]);
  });

  it('pitfall 15: a merge is told with its last winner, and the loser is no record any more', async () => {
    const [a, b, c] = [create('A'), create('B'), create('C')];
    const cursor = await cursorNow(world.connector, 'account');
    merge(b, a);
    const first = await pass(cursor);
    merge(c, b);
    const both = await pass(cursor);
    expect(first.merged).toEqual([{ loser: a, winner: b }]);
    expect(both.merged).toEqual(
      expect.arrayContaining([
        { loser: a, winner: c },
        { loser: b, winner: c },
      ]),
    );
    expect(both.deleted).toEqual([]);
    expect(both.changed).toEqual([c]);
    const accounts = { object: 'account', fields: ['name'], scope: everything };
    expect((await readAll(world.connector, accounts)).map(({ id }) => id)).toEqual([c]);
    expect(await readAll(world.connector, { ...accounts, ids: [a] })).toEqual([]);
    expect(await world.connector.count([accounts])).toEqual([1]);
  });

  it('pitfall 15: a winner that was merged away before is found by asking for it', async () => {
    const [a, b, c] = [create('A'), create('B'), create('C')];
    merge(c, b);
    const cursor = await cursorNow(world.connector, 'account');
    world.simulator.org.set('account', a, { masterid: b, merged: true, statecode: 1 });
    expect((await pass(cursor)).merged).toEqual([{ loser: a, winner: c }]);
  });
});
