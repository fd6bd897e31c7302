import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Store } from '../../src/store/open-store.ts';
import { listDifferences } from '../../src/sync/push/differences.ts';
import { emptyStore, openTestStore } from '../services/test-store.ts';
import { openPassHouse } from './pass-house.ts';

let store: Store;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store.close());
beforeEach(() => emptyStore(store));

describe('a merge of partners in the CRM', () => {
  it("moves what the program had made for the loser to the survivor, and is nobody's edit", async () => {
    const house = await openPassHouse(store);
    const winner = house.addPartner('Northwind');
    const loser = house.addPartner('Southwind');
    house.addDeal(winner, '400.00');
    house.addDeal(loser, '1500.00');
    await house.pass();
    await house.turnOn();
    await house.pass();
    house.clock.time += 60_000;
    house.crm.merge('Account', winner, loser);
    await house.pass();
    await house.pass();
    expect(await listDifferences(store)).toEqual([]);
    const owners = ['Decision', 'KPI_Period'].flatMap((object) =>
      house.records(object).map((row) => row.Account),
    );
    expect(new Set(owners)).toEqual(new Set([winner]));
    // What the loser had counts once: in the figures of the survivor.
    expect(
      house
        .records('KPI_Period')
        .map((row) => row.Revenue ?? null)
        .sort(),
    ).toEqual(['1900', null]);
    const quiet = await house.pass();
    expect(quiet.value?.connections[0]?.push?.total).toMatchObject({ created: 0, updated: 0, rejected: 0 });
    expect(await store.query('select record_id from tierlink.pending_write')).toEqual([]);
  });
});
