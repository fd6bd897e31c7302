import { describe, expect, it } from '@jest/globals';
import type { Store } from '../../src/store/store.ts';
import { storeForEach } from '../services/store-for-each.ts';
import { type House, openHouse } from './push-house.ts';

let store: Store;
let house: House;
storeForEach(async (opened) => {
  store = opened;
  house = await openHouse(store);
});

describe('push', () => {
  it('writes a tier with its reason, the decision and the status of the connection', async () => {
    const partner = await house.addPartner('Northwind');
    await house.decideTier(partner, 'Silver');
    const result = await house.push();
    const crmId = await house.crmIdOf(partner);
    expect(house.crm.get('Account', crmId)).toMatchObject({
      Tier: 'Silver',
      Tier_Since: '2026-03-01',
      Tier_Status: 'keeps',
      Our_Id: partner,
    });
    expect(house.crm.all('Decision')).toEqual([
      expect.objectContaining({ Account: crmId, Movement: 'promote', To_Tier: 'Silver' }),
    ]);
    expect(house.crm.all('Status')).toEqual([expect.objectContaining({ Connection: 'north' })]);
    expect(result.total).toMatchObject({ created: 2, updated: 1, rejected: 0 });
  });

  it('writes nothing when nothing changed since', async () => {
    const partner = await house.addPartner('Northwind');
    await house.decideTier(partner, 'Silver');
    await house.push();
    const { writes, calls } = house.crm;
    const before = { writes: writes.length, calls: calls.length };
    await house.decideTier(partner, 'Silver');
    const result = await house.push();
    expect(result.total).toMatchObject({ claimed: 0, created: 0, updated: 0 });
    expect({ writes: writes.length, calls: calls.length }).toEqual(before);
  });
});
