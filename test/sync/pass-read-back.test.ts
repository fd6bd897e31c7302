import { describe, expect, it } from '@jest/globals';
import type { Store } from '../../src/store/store.ts';
import { listDifferences, resolveDifferences } from '../../src/sync/push/differences.ts';
import { completeTo } from '../../src/sync/records/connections.ts';
import { storeForEach } from '../services/store-for-each.ts';
import { openPassHouse, type PassHouse } from './pass-house.ts';

let store: Store;
let house: PassHouse;
let partner: string;
storeForEach(async (opened) => {
  store = opened;
  house = await openPassHouse(store);
  partner = house.addPartner('Northwind');
  house.addDeal(partner, '1500.00');
  await house.pass();
  await house.turnOn();
  await house.pass();
});

const madeObjects = ['Decision', 'KPI_Period', 'Status'];
const unconfirmed = async () =>
  await store.query(
    `select object, crm_id from tierlink.link, jsonb_each(base) as b(attribute, entry)
     where object = any($1::text[]) and jsonb_typeof(entry) = 'object' and entry ? 'sent'`,
    [madeObjects],
  );
const periodId = () => house.crm.rows('KPI_Period')[0]!.id;
const countsOf = async () => {
  const { value } = await house.pass();
  const pulled = value?.connections[0]?.pull?.objects ?? [];
  return Object.fromEntries(pulled.map(({ object, counts }) => [object, Object.values(counts)[0]]));
};

describe('what the program made in the CRM', () => {
  it('is confirmed by the next pull, with two calls for an object in which nothing changed', async () => {
    expect(await unconfirmed()).not.toEqual([]);
    await house.pass();
    expect(await unconfirmed()).toEqual([]);
    const before = { ...house.crm.calls.byKind };
    const { value } = await house.pass();
    const calls = { ...house.crm.calls.byKind };
    expect(value?.connections[0]?.push?.total).toMatchObject({ created: 0, updated: 0 });
    expect(value?.connections[0]?.pull?.objects.map(({ object }) => object)).toEqual([
      'Account',
      'Deal',
      ...madeObjects,
    ]);
    expect((calls.changes ?? 0) - (before.changes ?? 0)).toBe(5);
    expect((calls.write ?? 0) - (before.write ?? 0)).toBe(0);
  });

  it('is reported as drift when people edit it, and kept until a person decides', async () => {
    house.crm.update('KPI_Period', periodId(), { Revenue: '9999' });
    await house.pass();
    house.addDeal(partner, '200.00');
    await house.pass();
    expect(house.crm.find('KPI_Period', periodId())?.fields.Revenue).toBe('9999');
    expect(await listDifferences(store)).toEqual([
      expect.objectContaining({
        kind: 'drift',
        object: 'KPI_Period',
        attribute: 'kpi.revenue',
        theirs: '9999',
      }),
    ]);
    await resolveDifferences({ store, clock: house.clock, actor: 'admin', filter: {}, take: 'ours' });
    await house.pass();
    expect(Number(house.crm.find('KPI_Period', periodId())?.fields.Revenue)).toBe(1700);
    expect(await listDifferences(store)).toEqual([]);
  });

  it('is not made again when people delete it, and goes on when they bring it back', async () => {
    const id = periodId();
    house.crm.remove('KPI_Period', id);
    expect((await countsOf()).KPI_Period).toMatchObject({ deleted: 1 });
    house.addDeal(partner, '200.00');
    await house.pass();
    expect(house.crm.rows('KPI_Period').filter((row) => row.deletedAt === null)).toEqual([]);
    house.crm.restore('KPI_Period', id);
    await house.pass();
    expect(Number(house.crm.find('KPI_Period', id)?.fields.Revenue)).toBe(1700);
  });

  it('moves with its account when that is merged away, which is no edit', async () => {
    const other = house.addPartner('Winner');
    await house.pass();
    house.crm.merge('Account', other, partner);
    for (const object of ['KPI_Period', 'Decision']) {
      for (const row of house.crm.rows(object)) {
        if (row.fields.Account === partner) house.crm.update(object, row.id, { Account: other });
      }
    }
    await house.pass({ only: 'KPI_Period' });
    expect(await listDifferences(store)).toHaveLength(1);
    await house.pass();
    await house.pass();
    expect(await listDifferences(store)).toEqual([]);
  });

  it('is not mixed up with what others put there, and its absence stops nothing', async () => {
    house.crm.insert('KPI_Period', [{ Period: 'their own' }]);
    expect((await countsOf()).KPI_Period).toMatchObject({ other: 1, invalid: 0 });
    const complete = await completeTo(store.db, 'north');
    expect(complete).not.toBeNull();
    for (const row of house.crm.rows('KPI_Period')) house.crm.remove('KPI_Period', row.id);
    for (const row of house.crm.rows('Decision')) house.crm.remove('Decision', row.id);
    expect((await house.pass()).state).toBe('succeeded');
    expect(await house.pass()).toMatchObject({ state: 'succeeded' });
  });
});
