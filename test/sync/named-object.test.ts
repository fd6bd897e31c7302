import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Store } from '../../src/store/open-store.ts';
import { namedObject } from '../../src/sync/mapping/named-object.ts';
import { runPull, runPush } from '../../src/sync/pass/steps.ts';
import { openTestStore } from '../services/test-store.ts';
import { mappings, openPassHouse, type PassHouse } from './pass-house.ts';

let store: Store;
let house: PassHouse;
beforeAll(async () => {
  store = await openTestStore();
  house = await openPassHouse(store);
});
afterAll(() => store.close());

describe('the object that a name means', () => {
  it.each([
    ['Deal', 'Deal'],
    ['kpi_period', 'KPI_Period'],
    ['PARTNER', 'Account'],
    ['Foo', undefined],
  ])('%s is %s', (name, object) => {
    expect(namedObject(mappings, name)).toBe(object);
  });

  it('is the one that an entity cannot do without', () => {
    const [partner] = mappings;
    const member = { ...partner!, object: 'Member', optional: true };
    expect(namedObject([member, partner!], 'partner')).toBe('Account');
    expect(() => namedObject([{ ...member, optional: false }, partner!], 'partner')).toThrow(
      'Member and Account',
    );
  });
});

describe('work on an object that no mapping names', () => {
  it.each([
    ['a pass', () => house.pass({ only: 'Foo' })],
    ['a pull', () => runPull(house.engine, house.connection, { only: 'Foo' })],
    ['a push', () => runPush(house.engine, house.connection, { only: 'Foo' })],
  ])('is refused before %s begins, with the names that are known', async (_name, work) => {
    await expect(work()).rejects.toMatchObject({
      code: 'USAGE',
      exit: 2,
      message: expect.stringContaining('Account (partner)') as unknown,
    });
    expect(await store.query('select id from tierlink.run')).toEqual([]);
  });

  it('reads one by the name of its entity', async () => {
    house.addDeal(house.addPartner('Northwind'), '1.00');
    await house.pass();
    const run = await house.pass({ only: 'DEAL' });
    expect(run.value?.connections[0]?.pull?.objects.map(({ object }) => object)).toEqual(['Deal']);
  });
});
