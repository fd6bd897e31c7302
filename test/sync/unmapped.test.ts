import { describe, expect, it } from '@jest/globals';
import type { Store } from '../../src/store/store.ts';
import type { Engine, PassConnection } from '../../src/sync/engine.ts';
import type { ObjectMapping } from '../../src/sync/mapping/schema.ts';
import type { PullRequest, PullResult } from '../../src/sync/pull/pull.ts';
import { followRemovedMappings } from '../../src/sync/pull/unmapped.ts';
import { storeForEach } from '../services/store-for-each.ts';
import { makeHouse, mapping, mappings, type PullHouse } from './pull-house.ts';

let store: Store;
let house: PullHouse;
storeForEach((opened) => {
  store = opened;
  house = makeHouse(store);
});

/** A run with these mappings that was told before, and may give up what no mapping reads. */
async function follow(
  kept: readonly ObjectMapping[],
  more: Partial<PullRequest> = {},
): Promise<PullResult[]> {
  const { clock } = house.requestOf('Account');
  const engine = { store, clock, holder: 'test' } as unknown as Engine;
  const connection = { alias: 'north', mappings: () => kept } as unknown as PassConnection;
  const how = (mayGiveUp: boolean) => ({
    mayGiveUp,
    request: (object: string, leased: Pick<PullRequest, 'lease'> & { signal: AbortSignal }) =>
      house.requestOf(object, { ...leased, mappings: kept, ...more }),
  });
  await followRemovedMappings(engine, connection, how(false)).catch(() => undefined);
  return await followRemovedMappings(engine, connection, how(true));
}

const without = (entity: string) => mappings.filter((each) => each.entity !== entity);

async function inScope(table: string): Promise<boolean[]> {
  const rows = await house.rows<{ in_scope: boolean }>(`select in_scope from tierlink.${table} order by id`);
  return rows.map((row) => row.in_scope);
}

async function addDeals(): Promise<void> {
  for (const id of ['A1', 'A2']) house.crm.put('Account', id, { Name: id, Type: 'Partner' });
  house.crm.put('Deal', 'D1', { Name: 'Big', Partner: 'A1' });
  house.crm.put('Deal', 'D2', { Name: 'Small', Partner: 'A1' });
  house.crm.put('DealPartner', 'P1', {
    Deal: 'D1',
    Partner: 'A2',
    Role: 'sold',
    Share: '50',
    Primary: false,
  });
  for (const object of ['Account', 'Deal', 'DealPartner']) await house.pull(object);
}

const weights = () =>
  house.rows(
    `select d.name, c.weight::text from tierlink.credit c join tierlink.deal d on d.id = c.deal
     where c.deleted_at is null and c.in_scope order by 1, 2`,
  );

describe('records of a removed mapping that are given up', () => {
  it('leave the others of the same deal with what they weigh by its own mapping', async () => {
    await addDeals();
    const before = await weights();
    expect(before).toEqual([
      { name: 'Big', weight: null },
      { name: 'Big', weight: null },
      { name: 'Small', weight: '100' },
    ]);
    const [result] = await follow(without('credit'));
    expect(result).toMatchObject({ object: 'DealPartner', counts: { credit: { leftScope: 1 } } });
    expect(await weights()).toEqual([
      { name: 'Big', weight: '100' },
      { name: 'Small', weight: '100' },
    ]);
  });

  it('leave for good, or come back whole, when the run dies half-way', async () => {
    await addDeals();
    const stop = new AbortController();
    let looks = 0;
    const clock = {
      now: () => {
        looks += 1;
        if (looks === 2) stop.abort(new Error('killed'));
        return Date.parse('2026-03-02T00:00:00Z') + looks;
      },
    };
    await expect(follow(without('deal'), { clock, signal: stop.signal })).rejects.toThrow('killed');
    expect(await inScope('deal')).toEqual([false, false]);
    const frozen = () =>
      house.rows(`select frozen_reason as reason from tierlink.feed where entity = 'deal'`);
    expect(await frozen()).toEqual([{ reason: 'unmapped' }]);
    await house.pull('Deal');
    expect(await inScope('deal')).toEqual([true, true]);
    expect(await frozen()).toEqual([{ reason: null }]);
    await follow(without('deal'));
    expect(await inScope('deal')).toEqual([false, false]);
    expect(await frozen()).toEqual([]);
  });
});

describe('a mapping that only describes partners', () => {
  const member = mapping('member', {
    object: 'Member',
    entity: 'partner',
    of: 'Account',
    attributes: { tier: { field: 'Level', direction: 'out' } },
  });
  const all = [...mappings, member];
  const pullBoth = async () => {
    for (const object of ['Account', 'Member']) await house.pull(object, { mappings: all });
  };

  it('does not hold a partner that leaves the scope of the one that brings it in', async () => {
    house.crm.define('Member', { Account: ['Account'], Level: 'text' });
    house.crm.put('Account', 'A1', { Name: 'A', Type: 'Partner' });
    house.crm.put('Member', 'M1', { Account: 'A1' });
    await pullBoth();
    house.crm.put('Account', 'A1', { Type: 'Other' });
    await pullBoth();
    expect(await inScope('partner')).toEqual([false]);
    house.crm.put('Member', 'M1', { Level: 'Gold' });
    await pullBoth();
    expect(await inScope('partner')).toEqual([false]);
    house.crm.put('Account', 'A1', { Type: 'Partner' });
    await pullBoth();
    expect(await inScope('partner')).toEqual([true]);
  });

  it('goes without a question, and stays no reason to keep what the other one brought', async () => {
    house.crm.define('Member', { Account: ['Account'], Level: 'text' });
    house.crm.put('Account', 'A1', { Name: 'A', Type: 'Partner' });
    house.crm.put('Member', 'M1', { Account: 'A1' });
    await pullBoth();
    const [result] = await follow(all.filter(({ name }) => name !== 'partner'));
    expect(result).toMatchObject({ object: 'Account', counts: { partner: { leftScope: 1 } } });
    expect(await inScope('partner')).toEqual([false]);
    await pullBoth();
    expect(await inScope('partner')).toEqual([true]);
    expect(await follow(mappings)).toEqual([]);
    expect(await inScope('partner')).toEqual([true]);
  });
});
