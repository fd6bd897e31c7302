import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { cursorNow, everything, pagesOf } from '../../contract/connector-world.ts';
import { type SalesforceWorld, salesforceWorld } from './world.ts';

const MINUTE = 60_000;

describe('deletes and merges', () => {
  let at: number;
  let world: SalesforceWorld;
  const insert = (...names: string[]): string[] =>
    world.simulator.org
      .insert(
        'Account',
        names.map((Name) => ({ Name })),
      )
      .map((result) => result.id ?? '');
  const pass = async (cursor: unknown) => {
    const request = { object: 'Account', fields: ['Name'], scopes: [everything], cursor };
    const pages = await pagesOf(world.connector.changes([request])[0]!);
    return {
      changed: pages.flatMap((page) => page.changed.map((record) => record.id)),
      deleted: pages.flatMap((page) => page.deleted.map((each) => each.id)),
      merged: pages.flatMap((page) => page.merged),
      cursor: pages.at(-1)?.cursor,
    };
  };

  beforeEach(async () => {
    at = Date.parse('2026-11-23T10:00:20Z');
    world = await salesforceWorld({ now: () => at });
  });
  afterEach(async () => {
    await world.close();
  });

  it('pitfall 11: deletes arrive, from the bin and out of it; a restored row comes back as a change', async () => {
    const { org } = world.simulator;
    const [binned = '', purged = '', restored = ''] = insert('binned', 'purged', 'restored');
    const cursor = await cursorNow(world.connector, 'Account');
    at += MINUTE;
    org.delete([binned, purged, restored]);
    org.hardDelete([purged]);
    at += MINUTE;
    const first = await pass(cursor);
    expect(first.deleted.sort()).toEqual([binned, purged, restored].sort());
    org.undelete([restored]);
    at += 10 * MINUTE;
    const second = await pass(first.cursor);
    expect(second.deleted).not.toContain(restored);
    expect(second.changed).toContain(restored);
  });

  it('pitfall 12: an entry in the delete log is not believed while the record is there', async () => {
    const { org } = world.simulator;
    const [id = ''] = insert('deleted and restored at once');
    const cursor = await cursorNow(world.connector, 'Account');
    at += MINUTE;
    org.delete([id]);
    org.undelete([id]);
    org.state.goneRows.set('Account', new Map([[id, at]]));
    at += MINUTE;
    const told = await pass(cursor);
    expect(told.deleted).toEqual([]);
    expect(told.changed).toEqual([id]);
  });

  it('pitfall 12: a read that was cut off says nothing about deletes', async () => {
    insert(...Array.from({ length: 2_500 }, (_unused, index) => `row ${index}`));
    world.simulator.faults.add({ kind: 'status', status: 500, path: '/results' });
    const reading = pagesOf(world.connector.read({ object: 'Account', fields: ['Name'], scope: everything }));
    await expect(reading).rejects.toMatchObject({ code: 'CRM_BUSY' });
  });

  it('a delete log that was trimmed past the cursor means a full comparison', async () => {
    const cursor = await cursorNow(world.connector, 'Account');
    at += 60 * MINUTE;
    world.simulator.faults.add({
      kind: 'purged-deletes',
      object: 'Account',
      since: new Date(at - MINUTE).toISOString(),
    });
    await expect(pass(cursor)).rejects.toMatchObject({ code: 'CRM_CURSOR_EXPIRED' });
  });

  it('pitfall 15: a merge is followed to the last winner, even when the chain grew over two passes', async () => {
    const { org } = world.simulator;
    const [a = '', b = '', c = '', d = ''] = insert('A', 'B', 'C', 'D');
    const cursor = await cursorNow(world.connector, 'Account');
    at += MINUTE;
    org.merge('Account', { masterId: b, loserIds: [a] });
    at += MINUTE;
    const first = await pass(cursor);
    expect(first.merged).toEqual([{ loser: a, winner: b }]);
    expect(first.deleted).toEqual([]);
    at += 10 * MINUTE;
    org.merge('Account', { masterId: c, loserIds: [b] });
    org.merge('Account', { masterId: d, loserIds: [c] });
    at += MINUTE;
    const second = await pass(first.cursor);
    const winners = Object.fromEntries(second.merged.map(({ loser, winner }) => [loser, winner]));
    expect(winners).toMatchObject({ [b]: d, [c]: d });
    expect(second.deleted).toEqual([]);
  });

  it('pitfall 15: children of a merged account come as changes with their new parent', async () => {
    const { org } = world.simulator;
    const [winner = '', loser = ''] = insert('winner', 'loser');
    const [contact] = org.insert('Contact', [{ LastName: 'Child', AccountId: loser }]);
    const cursor = await cursorNow(world.connector, 'Contact');
    at += MINUTE;
    org.merge('Account', { masterId: winner, loserIds: [loser] });
    at += MINUTE;
    const request = { object: 'Contact', fields: ['AccountId'], scopes: [everything], cursor };
    const pages = await pagesOf(world.connector.changes([request])[0]!);
    const changed = pages.flatMap((page) => page.changed);
    expect(changed.map((record) => [record.id, record.fields.AccountId])).toEqual([[contact?.id, winner]]);
  });
});
