import { describe, expect, it } from '@jest/globals';
import type { Store } from '../../src/store/store.ts';
import { explainTier } from '../../src/tier/explain/explain.ts';
import { storeForEach } from '../services/store-for-each.ts';
import { openPassHouse, type PassHouse, smallProgram } from './pass-house.ts';

let store: Store;
let house: PassHouse;
let partner: string;
storeForEach(async (opened) => {
  store = opened;
  house = await openPassHouse(store);
  const program = smallProgram();
  const ladders = program.ladders.map((ladder) => ({ ...ladder, partnerTypes: ['reseller'] }));
  house.engine.program = { ...program, ladders };
  partner = house.addPartner('Northwind');
  house.addDeal(partner, '1500.00');
  await house.pass();
  await house.turnOn();
  await house.pass();
});

describe('a partner that leaves every ladder', () => {
  it('keeps its tier in the CRM, with words that say what it is', async () => {
    const before = house.account(partner);
    expect(before).toMatchObject({ Tier: 'Silver' });
    house.crm.update('Account', partner, { Type: 'consultant' });
    await house.pass();
    const after = house.account(partner);
    expect(after).toMatchObject({
      Tier: 'Silver',
      Tier_Since: before.Tier_Since,
      Tier_Decision: before.Tier_Decision,
      Tier_Status: 'keeps',
      Tier_Next_Review: null,
    });
    expect(after.Tier_Summary).toMatch(/^On no ladder since 2026-03-02: .*consultant.* last one it held\.$/);
    const { value } = await house.pass();
    expect(value?.connections[0]?.push?.total).toMatchObject({ created: 0, updated: 0 });
  });

  it('is told so by `tier why`', async () => {
    house.crm.update('Account', partner, { Type: 'consultant' });
    await house.pass();
    const [row] = await store.query<{ id: string }>('select id from tierlink.partner');
    const request = { program: house.engine.program, partnerId: row!.id, now: house.clock.now() };
    await expect(explainTier(store, request)).rejects.toMatchObject({
      code: 'TIER_NONE',
      data: { because: expect.stringContaining('Silver is the last tier it held, and the CRM keeps it') },
    });
  });

  it('goes on from there when it comes back', async () => {
    const before = house.account(partner);
    house.crm.update('Account', partner, { Type: 'consultant' });
    await house.pass();
    house.crm.update('Account', partner, { Type: 'reseller' });
    await house.pass();
    expect(house.account(partner)).toEqual(before);
  });

  it('leaves a tier alone that people set by hand meanwhile', async () => {
    house.crm.update('Account', partner, { Type: 'consultant', Tier: 'Gold' });
    await house.pass();
    await house.pass();
    expect(house.account(partner).Tier).toBe('Gold');
  });
});
