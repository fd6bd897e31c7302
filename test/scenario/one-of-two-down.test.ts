import { describe, expect, it } from '@jest/globals';
import type { Store } from '../../src/store/store.ts';
import { storeForEach } from '../services/store-for-each.ts';
import { type MatchHouse, openMatchHouse } from '../sync/match-house.ts';
import type { PassHouse } from '../sync/pass-house.ts';

// A company has deals in two CRMs. One of them is away on the days on which tiers are reviewed.

let store: Store;
let world: MatchHouse;
let north: PassHouse;
let south: PassHouse;
let here: string;
let there: string;
let northDeal: string;

/** Silver by what both know: 600 here and 600 there. */
storeForEach(async (opened) => {
  store = opened;
  world = await openMatchHouse(store);
  north = world.houses.north!;
  south = world.houses.south!;
  here = north.addPartner('Northwind', { Number: '7', Website: 'https://northwind.example' });
  there = south.addPartner('Northwind', { Number: '7', Website: 'https://northwind.example' });
  northDeal = north.addDeal(here, '600.00');
  south.addDeal(there, '600.00');
  await world.pass();
  await north.turnOn();
  await south.turnOn();
  await world.pass();
});

/** A pass on which nobody may insist: a CRM that is away is told in its result. */
async function passOn(day: string) {
  north.clock.time = Date.parse(`${day}T06:00:00.000Z`);
  return await world.pass().catch((error: unknown) => error);
}

const movements = async () =>
  (
    await store.query<{ movement: string; day: string }>(
      `select movement, to_char(decided_at, 'YYYY-MM-DD') as day from tierlink.decision
       where movement in ('warn', 'demote', 'withdraw') order by decided_at, id`,
    )
  ).map(({ movement, day }) => `${day} ${movement}`);

const tiers = () => [north.account(here).Tier, south.account(there).Tier];
const loseNorthDeal = () => north.crm.update('Deal', northDeal, { Won: false });

describe('a review day while one of two CRMs is away', () => {
  it('warns nobody on what only the other one says, and counts what came in the meantime once it is back', async () => {
    expect(tiers()).toEqual(['Silver', 'Silver']);
    loseNorthDeal();
    const isBack = south.crm.faults.add({ kind: 'unreachable' });
    south.addDeal(there, '900.00', '2026-03-20');
    for (const day of ['2026-03-31', '2026-04-01', '2026-04-02']) await passOn(day);
    expect(await movements()).toEqual([]);
    isBack();
    await passOn('2026-04-03');
    await passOn('2026-07-01');
    expect(await movements()).toEqual([]);
    expect(tiers()).toEqual(['Silver', 'Silver']);
  });

  it('holds the review as soon as both are there again, and the next one on its own day', async () => {
    loseNorthDeal();
    const isBack = south.crm.faults.add({ kind: 'unreachable' });
    for (const day of ['2026-03-31', '2026-04-01']) await passOn(day);
    expect(await movements()).toEqual([]);
    isBack();
    for (const day of ['2026-04-02', '2026-06-30', '2026-07-01', '2026-10-01']) await passOn(day);
    expect(await movements()).toEqual(['2026-04-02 warn', '2026-07-01 demote']);
    expect(tiers()).toEqual(['Bronze', 'Bronze']);
  });
});
