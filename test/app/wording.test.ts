import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { findPartner } from '../../src/app/partners.ts';
import { readStatus } from '../../src/app/status.ts';
import type { Store } from '../../src/store/open-store.ts';
import { appOf } from '../jobs/job-world.ts';
import { openTestStore } from '../services/test-store.ts';
import { openPassHouse, type PassHouse } from '../sync/pass-house.ts';

let store: Store;
let house: PassHouse;
beforeAll(async () => {
  store = await openTestStore();
  house = await openPassHouse(store);
  house.addPartner('Northwind');
  await house.pass();
  await house.turnOn();
  await house.pass();
});
afterAll(() => store.close());

describe('a partner that is not known', () => {
  it('comes with the closest name', async () => {
    await expect(findPartner(store, 'Nortwind')).rejects.toMatchObject({
      actions: ['Closest: Northwind', 'List them: tierlink partners'],
    });
  });

  it('is not taken for another one where something is to be changed', async () => {
    expect(await findPartner(store, 'Northw')).toMatchObject({ name: 'Northwind' });
    const { id } = await findPartner(store, 'northwind', { isWhole: true });
    expect(await findPartner(store, id, { isWhole: true })).toMatchObject({ name: 'Northwind' });
    await expect(findPartner(store, 'Northw', { isWhole: true })).rejects.toMatchObject({
      code: 'PARTNER_UNKNOWN',
      actions: [`Closest: Northwind (${id})`, 'List them: tierlink partners'],
    });
  });

  it('comes with no suggestion when no name is near', async () => {
    await expect(findPartner(store, 'Zzz')).rejects.toMatchObject({
      actions: ['List them: tierlink partners'],
    });
  });
});

describe('the status', () => {
  it('lists what is read, and not the records that only we write', async () => {
    const { feeds } = await readStatus(appOf(store, house));
    expect(feeds.map(({ object }) => object)).toEqual(['Account', 'Deal']);
  });
});
