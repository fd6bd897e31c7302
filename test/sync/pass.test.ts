import { describe, expect, it } from '@jest/globals';
import type { Store } from '../../src/store/store.ts';
import { storeForEach } from '../services/store-for-each.ts';
import { openPassHouse, type PassHouse } from './pass-house.ts';

let store: Store;
let house: PassHouse;
storeForEach(async (opened) => {
  store = opened;
  house = await openPassHouse(store);
});

describe('a pass', () => {
  it('reads, computes, decides and writes back the tier with its reason', async () => {
    const northwind = house.addPartner('Northwind');
    house.addDeal(northwind, '1500.00');
    await house.pass();
    await house.turnOn();
    const { value, state } = await house.pass();
    expect(value?.connections[0]?.error).toBeNull();
    expect(state).toBe('succeeded');
    expect(house.account(northwind)).toMatchObject({
      Tier: 'Silver',
      Tier_Status: 'keeps',
      Tier_Summary: expect.stringContaining('Gold'),
      Our_Id: expect.stringMatching(/^ptr_/),
    });
    expect(house.records('KPI_Period')).toEqual([
      expect.objectContaining({ Account: northwind, Period: '2026-Q1', Revenue: '1500' }),
    ]);
    expect(house.records('Decision')).toContainEqual(
      expect.objectContaining({ Our_Id: house.account(northwind).Tier_Decision }),
    );
    expect(house.records('Status')).toEqual([
      expect.objectContaining({ Connection: 'north', State: 'healthy', Complete_To: expect.any(String) }),
    ]);
  });

  it('writes nothing and makes few calls when nothing changed', async () => {
    const northwind = house.addPartner('Northwind');
    house.addDeal(northwind, '1500.00');
    await house.pass();
    await house.turnOn();
    await house.pass();
    await house.pass();
    const { calls } = house.crm;
    const writes = () => calls.byKind.write ?? 0;
    const before = { writes: writes(), total: calls.total };
    const { value } = await house.pass();
    expect(writes()).toBe(before.writes);
    expect(value?.connections[0]?.push?.total).toMatchObject({ claimed: 0, created: 0, updated: 0 });
    expect(value?.connections[0]?.calls.total).toBe(calls.total - before.total);
    expect(calls.total - before.total).toBeLessThanOrEqual(8);
  });
});
