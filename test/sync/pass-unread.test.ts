import { beforeEach, describe, expect, it } from '@jest/globals';
import { acquireLease, releaseLease } from '../../src/store/leases.ts';
import type { Store } from '../../src/store/store.ts';
import { checkConnection } from '../../src/sync/connection-check.ts';
import { runPull, runPush } from '../../src/sync/steps.ts';
import { storeForEach } from '../services/store-for-each.ts';
import { openPassHouse, type PassHouse } from './pass-house.ts';

let store: Store;
let house: PassHouse;
storeForEach((opened) => {
  store = opened;
});

let partner: string;
beforeEach(async () => {
  house = await openPassHouse(store);
  partner = house.addPartner('Northwind');
  house.addDeal(partner, '1500.00');
  const { clock, connection } = house;
  const objects = connection.mappings().map(({ object }) => object);
  await checkConnection({ store, clock, id: 'north', connector: connection.connector(), objects });
});

const tiersOf = async () => await store.query('select tier, frozen_reason from tierlink.tier_state');
const connectionOf = async () =>
  (await store.query('select state, state_detail from tierlink.connection'))[0] as {
    state: string;
    state_detail: { reason: string; actions: string[] } | null;
  };
const unread = 'Deal of north has not been read completely yet';

/** Another process has begun to read the object and was killed, or goes on. */
async function whileAnotherReads<T>(object: string, work: () => Promise<T>): Promise<T> {
  const lease = await acquireLease(store, { key: `pull:north:${object}`, holder: 'other', ttlMs: 60_000 });
  const result = await work();
  await releaseLease(store, lease!);
  return result;
}

describe('before an object was read to its end', () => {
  it('nobody joins a ladder, no figures go out, and the pass says why', async () => {
    await house.turnOn();
    const { state, reason, value } = await whileAnotherReads('Deal', () => house.pass());
    expect({ state, reason }).toEqual({
      state: 'partial',
      reason: 'Another run is at work on Deal of north.',
    });
    expect(value!.tiers).toMatchObject({ evaluated: 0, waiting: { partners: 1, reason: unread } });
    expect(await tiersOf()).toEqual([]);
    expect([...house.records('KPI_Period'), ...house.records('Decision')]).toEqual([]);
    expect(house.account(partner)).toMatchObject({ Tier: null, Tier_Summary: null });

    const next = await house.pass();
    expect(next.state).toBe('succeeded');
    expect(next.value!.tiers).toMatchObject({ evaluated: 1, waiting: null });
    expect(house.account(partner)).toMatchObject({ Tier: 'Silver' });
    expect(house.records('KPI_Period')).toEqual([expect.objectContaining({ Revenue: '1500' })]);
  });

  it('it is all the same when one object is read after the other', async () => {
    await house.turnOn();
    await house.pass({ only: 'Account' });
    expect(await tiersOf()).toEqual([]);
    await house.pass({ only: 'Deal' });
    await house.pass();
    expect(house.account(partner)).toMatchObject({ Tier: 'Silver' });
  });

  it('a partner of whom it tells nothing gets its figures once it was read', async () => {
    const idle = house.addPartner('Idle');
    await house.turnOn();
    await whileAnotherReads('Deal', () => house.pass());
    await house.pass();
    expect(house.account(idle)).toMatchObject({ Tier: 'Bronze' });
    expect(house.records('KPI_Period').map(({ Revenue }) => Revenue)).toEqual(
      expect.arrayContaining(['0', '1500']),
    );
  });

  it('its own records are not written either, and wait with their marks', async () => {
    await house.turnOn();
    await whileAnotherReads('Account', () => house.pass());
    const push = await runPush(house.engine, house.connection);
    expect(push).toMatchObject({ state: 'partial', value: { unread: ['Account'] } });
    await house.pass();
    await house.pass();
    expect(house.account(partner)).toMatchObject({ Tier: 'Silver' });
  });

  it('a pull that finds all of it at work elsewhere was skipped', async () => {
    const run = await whileAnotherReads('Account', () =>
      runPull(house.engine, house.connection, { only: 'Account' }),
    );
    expect(run).toMatchObject({ state: 'skipped', reason: 'Another run is at work on Account of north.' });
  });
});

describe('a field that a KPI reads and the CRM does not show', () => {
  it('from the first day on keeps partners off the ladders, and asks for a person', async () => {
    house.crm.hide('Deal', 'Amount');
    await house.turnOn();
    expect((await house.pass()).state).toBe('partial');
    expect(await tiersOf()).toEqual([]);
    expect(house.records('KPI_Period')).toEqual([]);
    expect(await connectionOf()).toMatchObject({
      state: 'action_required',
      state_detail: { reason: expect.stringContaining('Deal does not show Amount') },
    });

    house.crm.show('Deal', 'Amount');
    house.clock.time += 2 * 86_400_000;
    await house.pass();
    expect(house.account(partner)).toMatchObject({ Tier: 'Silver' });
    expect((await connectionOf()).state).toBe('healthy');
  });

  it('takes no tier away and leaves the last figures, until everything was read with it again', async () => {
    await house.turnOn();
    await house.pass();
    house.crm.hide('Deal', 'Amount');
    house.addDeal(partner, '9000.00');
    house.clock.time = Date.parse('2026-09-01T10:00:00Z');
    const hidden = await house.pass();
    expect(hidden.value!.connections[0]!.pull!.objects).toContainEqual(
      expect.objectContaining({ object: 'Deal', missingFields: ['Amount'] }),
    );
    expect((await connectionOf()).state).toBe('action_required');
    const frozen = 'Revenue: Deal of north: the CRM does not show the field of amount';
    expect(await tiersOf()).toEqual([{ tier: 'silver', frozen_reason: frozen }]);
    expect(house.account(partner)).toMatchObject({ Tier: 'Silver' });
    const latest = () => house.records('KPI_Period').at(-1)!.Revenue;
    expect(latest()).toBe('1500');

    house.crm.show('Deal', 'Amount');
    house.clock.time += 2 * 86_400_000;
    await house.pass();
    expect(house.account(partner)).toMatchObject({ Tier: 'Gold' });
  });
});
