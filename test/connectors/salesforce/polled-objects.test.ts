import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { cursorNow, everything, pagesOf } from '../../contract/connector-world.ts';
import { type SalesforceWorld, salesforceWorld } from './world.ts';

const MINUTE = 60_000;

describe('objects that the replication service does not serve', () => {
  let at: number;
  let world: SalesforceWorld;
  beforeEach(async () => {
    at = Date.parse('2026-11-23T10:00:20Z');
    world = await salesforceWorld({ now: () => at, options: { overlapSeconds: '120' } });
    const account = world.simulator.org.schema.object('Account');
    if (account !== undefined)
      world.simulator.org.schema.put(
        { ...account, replicateable: false },
        world.simulator.org.schema.traits(account),
      );
  });
  afterEach(async () => {
    await world.close();
  });
  const pass = async (cursor: unknown) => {
    const request = { object: 'Account', fields: ['Name'], scopes: [everything], cursor };
    const pages = await pagesOf(world.connector.changes([request])[0]!);
    return {
      names: pages.flatMap((page) => page.changed.map((record) => record.fields.Name)),
      deleted: pages.flatMap((page) => page.deleted.map((each) => each.id)),
      merged: pages.flatMap((page) => page.merged),
      last: pages.at(-1),
    };
  };

  it('are polled by their stamps, the cursor a lag behind the clock of the org', async () => {
    const { org } = world.simulator;
    const cursor = await cursorNow(world.connector, 'Account');
    at += 10 * MINUTE;
    org.insert('Account', [{ Name: 'new' }]);
    const first = await pass(cursor);
    expect(first.names).toEqual(['new']);
    const behind = at - Date.parse(first.last?.covered.to ?? '');
    expect(Math.abs(behind - 2 * MINUTE)).toBeLessThan(1_000);
    expect(world.simulator.calls.byKind.replication ?? 0).toBe(0);
  });

  it('tell deletes and merges from the recycle bin', async () => {
    const { org } = world.simulator;
    const ids = org
      .insert('Account', [{ Name: 'A' }, { Name: 'B' }, { Name: 'C' }])
      .map((result) => result.id ?? '');
    const [deleted = '', loser = '', winner = ''] = ids;
    const cursor = await cursorNow(world.connector, 'Account');
    at += 10 * MINUTE;
    org.delete([deleted]);
    org.merge('Account', { masterId: winner, loserIds: [loser] });
    at += MINUTE;
    const told = await pass(cursor);
    expect(told.deleted).toEqual([deleted]);
    expect(told.merged).toEqual([{ loser, winner }]);
  });
});
