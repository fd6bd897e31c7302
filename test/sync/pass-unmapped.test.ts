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

async function scopes(table: string): Promise<unknown> {
  return await store.query(`select distinct in_scope from tierlink.${table}`);
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

  it('stops its connection, demotes nobody, and is told in every pass until somebody decides', async () => {
    house.crm.update('Account', partner, { Region: 'EMEA' });
    const reads = house.crm.calls.byKind.read;
    const { value, state } = await passOf(withoutDeals);
    expect(state).toBe('failed');
    const [pass] = value!.connections;
    expect(pass).toMatchObject({ pull: null, push: null, error: { code: 'SYNC_UNMAPPED' } });
    expect(pass?.error?.message).toContain('Deal as deal (2 records)');
    expect(house.crm.calls.byKind.read).toBe(reads);
    const [connection] = await store.query('select state, state_detail from tierlink.connection');
    expect(connection).toMatchObject({ state: 'action_required', state_detail: { code: 'SYNC_UNMAPPED' } });
    expect(await dealFeed()).toEqual({ reason: 'unmapped' });
    house.clock.time = Date.parse('2027-07-05T10:00:00.000Z');
    expect(await passOf(withoutDeals)).toMatchObject({ state: 'failed' });
    expect(await tier()).toMatchObject({ tier: 'silver' });
  });

  it('stops a read of another object alone, and a dry run, which keeps no mark of it', async () => {
    expect(await house.pass({ connections: [mapped(withoutDeals)], only: 'Account' })).toMatchObject({
      state: 'failed',
    });
    await house.pass();
    expect(await passOf(withoutDeals, { dryRun: true })).toMatchObject({ state: 'failed' });
    expect(await dealFeed()).toEqual({ reason: null });
  });

  it('goes on where it stopped when it is back', async () => {
    await passOf(withoutDeals);
    const [deal] = house.crm.rows('Deal').map(({ id }) => id);
    house.crm.update('Deal', deal!, { Amount: '7000.00' });
    await passOf(withoutDeals);
    const { value } = await house.pass();
    expect(value?.connections[0]?.pull?.objects.find(({ object }) => object === 'Deal')).toMatchObject({
      fullyRead: [],
      counts: { deal: { updated: 1 } },
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
    expect(await scopes('deal')).toEqual([{ in_scope: false }]);
    expect(await tier()).toMatchObject({ computed: 'bronze' });
    expect(await store.query(`select 1 from tierlink.cursor where object = 'Deal'`)).toEqual([]);
    expect(await passOf(withoutDeals)).toMatchObject({ state: 'succeeded' });
    await house.pass();
    expect(await scopes('deal')).toEqual([{ in_scope: true }]);
    expect(await tier()).toMatchObject({ tier: 'silver', computed: 'silver' });
  });

  it('is not given up by a word that was meant for something else', async () => {
    expect(await passOf(withoutDeals, { acceptDeletes: true })).toMatchObject({ state: 'failed' });
    expect(await scopes('deal')).toEqual([{ in_scope: true }]);
  });

  it('keeps the credits of deals while it is the partners that no mapping reads', async () => {
    const withoutPartners = mappings.filter(({ entity }) => entity !== 'partner');
    expect(await passOf(withoutPartners)).toMatchObject({ state: 'failed' });
    await house.pass();
    expect(
      await store.query('select count(*)::int as credits from tierlink.credit where partner is not null'),
    ).toEqual([{ credits: 2 }]);
    expect(await tier()).toMatchObject({ tier: 'silver', computed: 'silver' });
  });

  it('is not missed by a process that goes on with the mappings from before', async () => {
    const older = { ...mapped(withoutDeals), mappingsNow: () => mappings };
    expect(await house.pass({ connections: [older] })).toMatchObject({ state: 'succeeded' });
    expect(await dealFeed()).toEqual({ reason: null });
  });

  it('is nothing to decide about where another mapping has its records', async () => {
    const deal = mappings.find(({ entity }) => entity === 'deal')!;
    const moved = [...withoutDeals, { ...deal, name: 'second' }];
    expect(await passOf(moved)).toMatchObject({ state: 'succeeded' });
    expect(await dealFeed()).toEqual({ reason: null });
  });
});

describe('a removed mapping of which nothing is in the program', () => {
  it('is forgotten without a word', async () => {
    house.addPartner('Northwind');
    await house.pass();
    expect(await passOf(withoutDeals)).toMatchObject({ state: 'succeeded' });
    expect(await dealFeed()).toBeUndefined();
    house.clock.time += 30 * day;
    expect(await passOf(withoutDeals)).toMatchObject({ state: 'succeeded' });
  });

  it('that had been read half-way is read from its beginning when it is back', async () => {
    await store.query(
      `insert into tierlink.feed (connection, object, entity) values ('north', 'Deal', 'deal') on conflict do nothing`,
    );
    await store.query(
      `insert into tierlink.cursor (connection, object, purpose, position, updated_at)
       values ('north', 'Deal', 'read:deal', '{"resume":{"after":"zzz","seq":0},"hash":"?"}', now())`,
    );
    await passOf(withoutDeals);
    expect(await store.query(`select 1 from tierlink.cursor where object = 'Deal'`)).toEqual([]);
  });
});
