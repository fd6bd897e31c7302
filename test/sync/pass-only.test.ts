import { describe, expect, it } from '@jest/globals';
import type { Store } from '../../src/store/store.ts';
import { runPush } from '../../src/sync/pass/steps.ts';
import { storeForEach } from '../services/store-for-each.ts';
import { openPassHouse, type PassHouse } from './pass-house.ts';

let store: Store;
let house: PassHouse;
let northwind: string;
storeForEach(async (opened) => {
  store = opened;
  house = await openPassHouse(store);
  northwind = house.addPartner('Northwind');
  await house.pass();
  await house.turnOn();
  await house.pass();
});

const objects = ['Account', 'Deal', 'KPI_Period', 'Decision', 'Status'];
/** How often each object was written since. */
function writesSince(): () => Record<string, number> {
  const { log } = house.crm.calls;
  const start = log.length;
  return () => {
    const written = log.slice(start).filter((line) => line.startsWith('write '));
    return Object.fromEntries(
      objects
        .map((object) => [object, written.filter((line) => line === `write ${object}`).length] as const)
        .filter(([, times]) => times > 0),
    );
  };
}
const pushOf = async (options: Parameters<PassHouse['pass']>[0]) =>
  (await house.pass(options)).value!.connections[0]!;

describe('a pass over one object', () => {
  it('reads it, decides what follows, and leaves the writing of other objects to a pass over all', async () => {
    house.addDeal(northwind, '1500.00');
    const writes = writesSince();
    const { pull, push } = await pushOf({ only: 'Deal' });
    expect(pull!.objects.map(({ object }) => object)).toEqual(['Deal']);
    expect(await store.query('select tier from tierlink.tier_state')).toEqual([{ tier: 'silver' }]);
    expect(writes()).toEqual({});
    expect(house.account(northwind)).toMatchObject({ Tier: 'Bronze' });
    // The account, its figures of the quarter, and the decision.
    expect(push).toMatchObject({ waiting: 3, total: { created: 0, updated: 0 } });
    expect((await pushOf({})).push).toMatchObject({ waiting: 0 });
    expect(house.account(northwind)).toMatchObject({ Tier: 'Silver' });
    expect(Object.keys(writes()).sort()).toEqual(['Account', 'Decision', 'KPI_Period', 'Status']);
  });

  it('writes that object and no other, not even the status', async () => {
    house.addDeal(northwind, '1500.00');
    await house.pass({ only: 'Deal' });
    const writes = writesSince();
    expect((await pushOf({ only: 'partner' })).push).toMatchObject({ waiting: 2, total: { updated: 1 } });
    expect(house.account(northwind)).toMatchObject({ Tier: 'Silver' });
    expect(writes()).toEqual({ Account: 1 });
    await house.pass();
    expect(Object.keys(writes()).sort()).toEqual(['Account', 'Decision', 'KPI_Period', 'Status']);
  });

  it('is shown by a dry run as it would be', async () => {
    house.addDeal(northwind, '1500.00');
    await house.pass({ only: 'Deal' });
    const dry = { dryRun: true } as const;
    const { preview } = await pushOf({ ...dry, only: 'Account' });
    expect(preview!.writes.map(({ object }) => object)).toEqual(['Account']);
    expect(preview!.waiting).toBe(2);
    expect((await pushOf(dry)).preview).toMatchObject({ waiting: 0 });
  });

  it('is what a push of one object is, too', async () => {
    house.addDeal(northwind, '1500.00');
    await house.pass({ only: 'Deal' });
    const writes = writesSince();
    const run = await runPush(house.engine, house.connection, { only: 'decision' });
    expect(run.value).toMatchObject({ waiting: 2, total: { created: 1 } });
    expect(writes()).toEqual({ Decision: 1 });
  });
});
