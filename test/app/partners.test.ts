import { describe, expect, it } from '@jest/globals';
import { findPartner, listPartners } from '../../src/app/partners.ts';
import { partnersInRegion } from '../../src/app/partners-in-region.ts';
import type { Store } from '../../src/store/store.ts';
import { insertRows, programOf } from '../kpi/sample.ts';
import { storeForEach } from '../services/store-for-each.ts';

/** How people name a partner on the command line. */
describe('a partner is found', () => {
  let store: Store;
  storeForEach(async (opened) => {
    store = opened;
    await insertRows(store, 'partner', [
      { id: 'ptr_1', name: 'Norrsken IT', number: 'P-1' },
      { id: 'ptr_2', name: 'P-1 Consulting', number: 'P-2' },
      { id: 'ptr_3', name: 'Twin', number: 'P-3' },
      { id: 'ptr_4', name: 'P-3', number: null },
      { id: 'ptr_5', name: 'Gone', number: 'P-5', merged_into: 'ptr_1' },
      { id: 'ptr_7', name: 'Byte & Co' },
      { id: 'ptr_8', name: 'C', number: 'C' },
    ]);
    await store.query(
      `insert into tierlink.link (connection, object, crm_id, entity, record_id, state, linked_at, changed_at)
       values ('import', 'partners', 'id:C', 'partner', 'ptr_7', 'live', now(), now()),
         ('sf', 'Account', 'id:D', 'partner', 'ptr_8', 'live', now(), now())`,
    );
  });

  it.each([
    ['by its number, in any case', 'p-2', 'ptr_2'],
    ['by its number before what begins with it', 'P-1', 'ptr_1'],
    ['by its number before a name that is the same', 'P-3', 'ptr_3'],
    ['by the beginning of its name', 'norr', 'ptr_1'],
    ['by the id of its file before the number, the name and the beginning of others', 'C', 'ptr_7'],
    ['behind one that was merged into it', 'Gone', 'ptr_1'],
  ])('%s', async (_how, text, id) => {
    expect((await findPartner(store, text)).id).toBe(id);
  });

  it('by the id of its file also where something is changed, and by no id that a CRM writes like one', async () => {
    expect((await findPartner(store, 'C', { isWhole: true })).id).toBe('ptr_7');
    await expect(findPartner(store, 'D')).rejects.toMatchObject({ code: 'PARTNER_UNKNOWN' });
  });

  it('by a whole number or name alone where something is changed', async () => {
    expect((await findPartner(store, 'P-2', { isWhole: true })).id).toBe('ptr_2');
    await expect(findPartner(store, 'norr', { isWhole: true })).rejects.toMatchObject({
      code: 'PARTNER_UNKNOWN',
    });
    await expect(findPartner(store, 'P-5')).rejects.toMatchObject({ code: 'PARTNER_UNKNOWN' });
  });

  it('by none of two that have one number', async () => {
    await insertRows(store, 'partner', [{ id: 'ptr_6', name: 'Other', number: 'p-2' }]);
    await expect(findPartner(store, 'P-2')).rejects.toMatchObject({
      data: { closest: 'Other (ptr_6), P-1 Consulting (ptr_2)' },
    });
  });
});

describe('partners in a region', () => {
  let store: Store;
  storeForEach(async (opened) => {
    store = opened;
    await insertRows(store, 'partner', [
      { id: 'ptr_1', name: 'A', country: 'Sweden', region: 'EMEA' },
      { id: 'ptr_2', name: 'B', country: ' norway ', region: null },
      { id: 'ptr_3', name: 'C', country: 'Chile', region: 'Nordics' },
      { id: 'ptr_4', name: 'D', country: null, region: 'EMEA' },
    ]);
  });
  const named = async (head: string, region: string) => {
    const program = programOf({
      kpis: '  deals: { label: D, help: D., unit: count, measure: { count: deal } }',
      head,
    });
    const found = await partnersInRegion(store, program, { rows: await listPartners(store), region });
    return found.map(({ name }) => name).join(' ');
  };
  const regions = `regions:
  list:
    - { key: nordics, label: Nordics, countries: [Sweden, Norway] }
    - { key: latam, label: Latin America, countries: [Chile] }
    - { key: all, label: Everywhere, regions: [nordics, latam] }`;

  it.each([
    ['nordics', 'A B'],
    ['Nordics', 'A B'],
    ['latin america', 'C'],
    ['all', 'A B C'],
    ['EMEA', 'A D'],
    ['Mars', ''],
  ])('%s of the program, or as the CRM writes it', async (region, expected) => {
    expect(await named(regions, region)).toBe(expected);
  });

  it('is one as the CRM writes it where the program has none', async () => {
    expect(await named('', 'Nordics')).toBe('C');
  });
});
