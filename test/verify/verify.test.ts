import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { MismatchCause } from '../../src/model/mismatch-causes.ts';
import type { Store } from '../../src/store/store.ts';
import { runVerify, type VerifyOptions } from '../../src/verify/verify.ts';
import { emptyStore, openTestStore } from '../services/test-store.ts';
import { openPassHouse, type PassHouse } from '../sync/pass-house.ts';
import { corruptions, spreadOverMonths } from './corrupt.ts';

let store: Store;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store.close());

async function settledHouse(): Promise<PassHouse> {
  await emptyStore(store);
  const house = await openPassHouse(store);
  const partners = ['Northwind', 'Contoso', 'Fabrikam', 'Adatum'].map((name) =>
    house.addPartner(name, { Phone: '111' }),
  );
  for (let index = 0; index < 12; index += 1) house.addDeal(partners[index % 4]!, `${index + 1}00.00`);
  spreadOverMonths(house, 'Account');
  spreadOverMonths(house, 'Deal');
  await house.pass();
  house.clock.time += 3_600_000;
  return house;
}

async function verify(house: PassHouse, options: Partial<VerifyOptions> = {}) {
  house.clock.time += 10_000;
  return await runVerify(house.engine, house.connection, { days: 28, ...options });
}

async function found(): Promise<{ object: string; crmId: string; cause: string; settled: boolean }[]> {
  return await store.query(
    `select object, crm_id as "crmId", cause, settled from tierlink.mismatch order by object, crm_id, cause`,
  );
}

async function states(): Promise<Record<string, string>> {
  const rows = await store.query<{ object: string; state: string }>(
    'select object, state from tierlink.verification order by object',
  );
  return Object.fromEntries(rows.map(({ object, state }) => [object, state]));
}

describe('verification', () => {
  it('proves a store that is as the CRM', async () => {
    const house = await settledHouse();
    const run = await verify(house, { full: true });
    expect(await found()).toEqual([]);
    expect(run.state).toBe('succeeded');
    expect(await states()).toEqual({ Account: 'verified', Deal: 'verified' });
    const months = await store.query(
      `select object, month, counted, linked, theirs = ours as same from tierlink.verification_month order by 1, 2`,
    );
    expect(months).toHaveLength(4 + 6);
    expect(months).toContainEqual({ object: 'Deal', month: '2025-01', counted: 2, linked: 2, same: true });
  });

  it.each(Object.keys(corruptions) as MismatchCause[])(
    'finds %s, names it, and nothing else',
    async (cause) => {
      const house = await settledHouse();
      const deal = house.crm.rows('Deal')[4]!.id;
      const crmId = await corruptions[cause]!(house, deal);
      await verify(house, { full: true });
      expect(await found()).toMatchObject([{ crmId, cause, settled: true }]);
      await verify(house);
      expect(await found()).toMatchObject([{ crmId, cause, settled: true }]);
    },
  );
});
