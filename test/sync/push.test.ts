import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Store } from '../../src/store/store.ts';
import { storeForEach } from '../services/store-for-each.ts';
import { unreachable } from './fake-crm.ts';
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

  describe('of a text that goes on where the old one ended', () => {
    const summary = 'Certified people are missing for the next tier.';
    const longer = `${summary} Held: some data is not complete.`;
    let crmId: string;
    const inCrm = () => house.crm.get('Account', crmId)?.Tier_Summary;

    beforeEach(async () => {
      const partner = await house.addPartner('Northwind');
      await house.decideTier(partner, 'Silver');
      await house.push();
      crmId = await house.crmIdOf(partner);
      await store.query('update tierlink.tier_state set summary = $1', [longer]);
      await house.decideTier(partner, 'Silver');
    });

    it('writes it: the old one is not how the CRM keeps the new one', async () => {
      expect(inCrm()).toBe(summary);
      expect((await house.push()).total).toMatchObject({ updated: 1, unchanged: 0 });
      expect(inCrm()).toBe(longer);
    });

    it('writes it also when a process died before the call', async () => {
      const { write } = house.crm;
      house.crm.write = async () => {
        house.crm.write = write;
        throw unreachable();
      };
      await expect(house.push({ meter: undefined })).rejects.toMatchObject({
        code: 'CRM_UNREACHABLE',
      });
      expect(await house.pending()).toMatchObject([{ state: 'in_flight' }]);
      await house.push();
      expect(inCrm()).toBe(longer);
      const audited = await store.query(`select after from tierlink.audit where after->>'tierSummary' = $1`, [
        longer,
      ]);
      expect(audited).toHaveLength(1);
    });
  });
});
