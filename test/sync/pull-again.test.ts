import { describe, expect, it } from '@jest/globals';
import type { Store } from '../../src/store/store.ts';
import { storeForEach } from '../services/store-for-each.ts';
import { makeHouse, type PullHouse } from './pull-house.ts';

let store: Store;
let house: PullHouse;

storeForEach(async (opened) => {
  store = opened;
  house = makeHouse(store);
  house.crm.pageSize = 100;
  for (let number = 1; number <= 20; number += 1) {
    house.crm.put('Account', `A${number}`, { Name: number > 3 ? `P${number}` : null, Type: 'Partner' });
  }
  await house.pull('Account');
});

const invalid = async () =>
  (
    await house.rows<{ crm_id: string }>(
      `select crm_id from tierlink.reject where direction = 'in' order by crm_id`,
    )
  ).map((row) => row.crm_id);

describe('a retry of invalid records', () => {
  it('reads only them, and takes those that are right now', async () => {
    expect(await invalid()).toEqual(['A1', 'A2', 'A3']);
    house.crm.putSilently('Account', 'A1', { Name: 'Right now' });
    house.crm.putSilently('Account', 'A9', { Name: 'Nobody asked' });
    const before = { ...house.crm.calls };
    const { counts, fullyRead } = await house.pull('Account', { again: ['A1', 'A2', 'A9'] });
    expect(fullyRead).toEqual([]);
    expect((house.crm.calls.read ?? 0) - (before.read ?? 0)).toBe(1);
    expect(counts.partner).toMatchObject({ read: 2, created: 1, invalid: 1 });
    expect(await invalid()).toEqual(['A2', 'A3']);
    expect(await house.rows(`select 1 from tierlink.partner where name = 'Nobody asked'`)).toEqual([]);
  });

  it('does not take what left the scope or was deleted meanwhile', async () => {
    house.crm.put('Account', 'A1', { Name: 'Customer now', Type: 'Customer' });
    house.crm.remove('Account', 'A2');
    await house.pull('Account', { again: ['A1', 'A2'] });
    expect(await invalid()).toEqual(['A3']);
    expect(await house.rows(`select 1 from tierlink.partner where name = 'Customer now'`)).toEqual([]);
  });
});
