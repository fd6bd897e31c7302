import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Store } from '../../src/store/store.ts';
import type { PassConnection } from '../../src/sync/engine.ts';
import { storeForEach } from '../services/store-for-each.ts';
import { mappings, openPassHouse, type PassHouse } from './pass-house.ts';

let store: Store;
let house: PassHouse;
let partner: string;
storeForEach(async (opened) => {
  store = opened;
  house = await openPassHouse(store);
});

const day = 86_400_000;
const withoutDeals = mappings.filter(({ entity }) => entity !== 'deal');

function mapped(by: typeof mappings): PassConnection {
  return { ...house.connection, mappings: () => by };
}

const passOf = (by: typeof mappings, more: { acceptDeletes?: boolean; dryRun?: boolean } = {}) =>
  house.pass({ connections: [mapped(by)], ...more });

async function dealFeed(): Promise<Record<string, unknown> | undefined> {
  const [row] = await store.query<Record<string, unknown>>(
    `select frozen_reason as reason from tierlink.feed where entity = 'deal'`,
  );
  return row;
}

async function tier(): Promise<Record<string, unknown> | undefined> {
  const [row] = await store.query<Record<string, unknown>>(
    'select tier, computed_tier as computed from tierlink.tier_state',
  );
  return row;
}

describe('a mapping that was removed', () => {
  beforeEach(async () => {
    partner = house.addPartner('Northwind');
    house.addDeal(partner, '1500.00');
    house.addDeal(partner, '20.00');
    await house.pass();
    await house.turnOn();
    await house.pass();
  });

  it('leaves figures provisional, demotes nobody, and is told in every pass until somebody decides', async () => {
    const { value, state } = await passOf(withoutDeals);
    expect(state).toBe('partial');
    expect(value?.connections[0]?.pull?.problems).toMatchObject([
      { object: 'Deal', error: { code: 'SYNC_UNMAPPED', data: { entity: 'deal', count: 2 } } },
    ]);
    const [connection] = await store.query('select state, state_detail from tierlink.connection');
    expect(connection).toMatchObject({ state: 'action_required', state_detail: { code: 'SYNC_UNMAPPED' } });
    expect(await dealFeed()).toEqual({ reason: 'unmapped' });
    house.clock.time = Date.parse('2027-07-05T10:00:00.000Z');
    const later = await passOf(withoutDeals);
    expect(later.value?.connections[0]?.pull?.problems).toHaveLength(1);
    expect(await tier()).toMatchObject({ tier: 'silver' });
    expect(await passOf(withoutDeals, { dryRun: true })).toMatchObject({ state: 'succeeded' });
  });

  it('is read as a whole when it is back, with what changed meanwhile', async () => {
    await passOf(withoutDeals);
    const [deal] = house.crm.rows('Deal').map(({ id }) => id);
    house.crm.update('Deal', deal!, { Amount: '7000.00' });
    await passOf(withoutDeals);
    const { value } = await house.pass();
    expect(value?.connections[0]?.pull?.objects.find(({ object }) => object === 'Deal')).toMatchObject({
      fullyRead: ['deal'],
    });
    expect(await dealFeed()).toEqual({ reason: null });
    expect(await tier()).toMatchObject({ tier: 'gold' });
  });

  it('is given up when a person says so: its records leave the program, and come back with it', async () => {
    await passOf(withoutDeals);
    const { value, state } = await passOf(withoutDeals, { acceptDeletes: true });
    expect(state).toBe('succeeded');
    expect(value?.connections[0]?.pull?.objects[0]).toMatchObject({
      object: 'Deal',
      counts: { deal: { read: 0, leftScope: 2 } },
    });
    expect(await dealFeed()).toBeUndefined();
    expect(await store.query('select distinct in_scope from tierlink.deal')).toEqual([{ in_scope: false }]);
    expect(await tier()).toMatchObject({ computed: 'bronze' });
    expect(await store.query(`select 1 from tierlink.cursor where object = 'Deal'`)).toEqual([]);
    expect(await passOf(withoutDeals)).toMatchObject({ state: 'succeeded' });
    await house.pass();
    expect(await store.query('select distinct in_scope from tierlink.deal')).toEqual([{ in_scope: true }]);
    expect(await tier()).toMatchObject({ tier: 'silver', computed: 'silver' });
  });

  it('takes nothing along that another mapping still reads', async () => {
    const byNumber = { ...mappings.find(({ entity }) => entity === 'deal')!, name: 'second' };
    const moved = [...withoutDeals, { ...byNumber, object: 'Deal' }];
    expect(await passOf(moved)).toMatchObject({ state: 'succeeded' });
    expect(await dealFeed()).toEqual({ reason: null });
  });
});

it('a removed mapping of which nothing is in the program is forgotten without a word', async () => {
  house.addPartner('Northwind');
  await house.pass();
  expect(await passOf(withoutDeals)).toMatchObject({ state: 'succeeded' });
  expect(await dealFeed()).toBeUndefined();
  house.clock.time += 30 * day;
  expect(await passOf(withoutDeals)).toMatchObject({ state: 'succeeded' });
});
