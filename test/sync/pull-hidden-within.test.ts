import { describe, expect, it } from '@jest/globals';
import { silentLogger } from '../../src/model/logger.ts';
import type { Store } from '../../src/store/store.ts';
import { compareScopeSizes } from '../../src/sync/pull/scope-size.ts';
import { storeForEach } from '../services/store-for-each.ts';
import { makeHouse, mappings, type PullHouse } from './pull-house.ts';

let store: Store;
let house: PullHouse;
storeForEach((opened) => {
  store = opened;
  house = makeHouse(store);
});

const id = (n: number) => `A${String(n).padStart(3, '0')}`;

async function read(count: number): Promise<void> {
  for (let n = 1; n <= count; n += 1) house.crm.put('Account', id(n), { Name: `P${n}`, Type: 'Partner' });
  await house.pull('Account');
}

function hide(n: number, isHidden = true): void {
  house.crm.hide('Account', [id(n)], isHidden);
  house.crm.seesAll = !isHidden;
}

async function standing(n: number): Promise<Record<string, unknown>> {
  const [row] = await house.rows<Record<string, unknown>>(
    `select l.state, p.country from tierlink.link l join tierlink.partner p on p.id = l.record_id
     where l.crm_id = $1 and l.entity = 'partner'`,
    [id(n)],
  );
  return row!;
}

const frozenReason = async () =>
  (
    await house.rows<{ frozen_reason: string | null }>(
      `select frozen_reason from tierlink.feed where entity = 'partner'`,
    )
  )[0]!.frozen_reason;

describe('a record that was hidden, and changed meanwhile', () => {
  it('is read when it is shown again, also where very many deletions had stopped everything', async () => {
    await read(60);
    hide(60);
    await house.check();
    house.crm.putSilently('Account', id(60), { Country: 'IS' });
    house.crm.hide('Account', [id(60)]);
    for (let n = 1; n <= 30; n += 1) house.crm.remove('Account', id(n));
    await expect(house.pull('Account')).rejects.toMatchObject({ code: 'SYNC_MASS_DELETE' });
    hide(60, false);
    await house.check();
    await house.pull('Account', { acceptDeletes: true });
    expect(await standing(60)).toEqual({ state: 'live', country: 'IS' });
    expect(await frozenReason()).toBeNull();
  });

  it('is read when it is shown again, also where a scope shrank and a read had been cut off before', async () => {
    await read(40);
    hide(1);
    await house.check();
    house.crm.failAfterPages = 5;
    await expect(house.pull('Account', { full: true })).rejects.toThrow();
    house.crm.putSilently('Account', id(1), { Country: 'IS' });
    house.crm.seesAll = true;
    for (let n = 2; n <= 13; n += 1) house.crm.putSilently('Account', id(n), { Type: 'Customer' });
    await compareScopeSizes({
      store,
      connector: house.crm.connector(),
      connection: 'north',
      mappings,
      objects: ['Account'],
      logger: silentLogger,
      clock: { now: () => Date.parse('2026-03-01T05:00:00Z') },
    });
    await house.pull('Account');
    expect(await standing(1)).toEqual({ state: 'live', country: 'IS' });
  });
});

it('a record that is shown between being looked for and the question whether all is seen is not deleted', async () => {
  await read(30);
  hide(1);
  const connector = house.crm.connector();
  const shown: typeof connector = {
    ...connector,
    check: async (objects) => {
      hide(1, false);
      return await connector.check(objects);
    },
  };
  await house.pull('Account', { full: true, connector: shown });
  expect(await standing(1)).toMatchObject({ state: 'live' });
  expect(await frozenReason()).toBe('shown_again');
  await house.check();
  await house.pull('Account');
  expect(await standing(1)).toMatchObject({ state: 'live' });
  expect(await frozenReason()).toBeNull();
});

it('a record that is shown only after a full read has turned its page stays, and everything is read again', async () => {
  await read(30);
  hide(1);
  house.crm.putSilently('Account', id(1), { Country: 'IS' });
  house.crm.hide('Account', [id(1)]);
  for (let n = 31; n <= 32; n += 1)
    house.crm.putSilently('Account', id(n), { Name: `P${n}`, Type: 'Partner' });
  house.crm.hide('Account', [id(31)]);
  const connector = house.crm.connector();
  const shown: typeof connector = {
    ...connector,
    read: (request) => {
      if (request.ids !== undefined) house.crm.hide('Account', [id(1), id(31)], false);
      return connector.read(request);
    },
  };
  house.crm.seesAll = true;
  const { counts } = await house.pull('Account', { full: true, connector: shown });
  expect(counts.partner).toMatchObject({ leftScope: 0, deleted: 0 });
  expect(await standing(1)).toEqual({ state: 'live', country: null });
  expect(await frozenReason()).toBe('shown_again');
  const next = await house.pull('Account');
  expect(next.fullyRead).toContain('partner');
  expect(await standing(1)).toEqual({ state: 'live', country: 'IS' });
  expect(await standing(31)).toMatchObject({ state: 'live' });
  expect(await frozenReason()).toBeNull();
});

it('a first read that goes on counts what it meets itself', async () => {
  for (let n = 1; n <= 12; n += 1) house.crm.put('Account', id(n), { Name: `P${n}`, Type: 'Partner' });
  house.crm.failAfterPages = 3;
  await expect(house.pull('Account')).rejects.toThrow();
  house.crm.put('Account', id(1), { Country: 'IS' });
  house.crm.put('Account', id(2), { Type: 'Customer' });
  const { counts } = await house.pull('Account');
  expect(counts.partner).toMatchObject({ read: 5, created: 3, updated: 1, outOfScope: 1 });
});
