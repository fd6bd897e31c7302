import { describe, expect, it } from '@jest/globals';
import type { Store } from '../../src/store/store.ts';
import { storeForEach } from '../services/store-for-each.ts';
import { type MatchHouse, openMatchHouse } from '../sync/match-house.ts';
import type { PassHouse } from '../sync/pass-house.ts';

let store: Store;
let world: MatchHouse;
let north: PassHouse;
let south: PassHouse;

storeForEach(async (opened) => {
  store = opened;
  world = await openMatchHouse(store);
  north = world.houses.north!;
  south = world.houses.south!;
});

const revenue = async (partner: string) =>
  (
    await store.query<{ numerator: string }>(
      `select numerator from tierlink.kpi_value where partner_id = $1 and kpi = 'revenue'`,
      [partner],
    )
  )[0]?.numerator;

describe('a partner that two CRMs hold under one number', () => {
  it('is one partner with both links, and the deals of both count once', async () => {
    const here = north.addPartner('Northwind', { Number: 'P-0042' });
    const there = south.addPartner('Northwind Traders Inc.', {
      Number: 'p 0042',
      Website: 'https://northwind.example',
    });
    north.addDeal(here, '400.00');
    south.addDeal(there, '1500.00');
    const run = await world.pass();
    expect(run.value?.matching).toMatchObject({ joined: [{ rule: 'number', key: 'p0042' }], proposed: 0 });
    expect(await world.partners()).toEqual({ Northwind: ['north', 'south'] });
    const id = world.idOf('north', here);
    expect(await revenue(id)).toBe('1900');
    expect(await store.query('select website from tierlink.partner where id = $1', [id])).toEqual([
      { website: 'https://northwind.example' },
    ]);
    expect(await store.query(`select action, actor from tierlink.audit where action = 'match'`)).toEqual([
      { action: 'match', actor: 'tierlink' },
    ]);
  });
});
