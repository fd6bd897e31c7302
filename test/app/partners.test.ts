import { describe, expect, it } from '@jest/globals';
import { findPartner } from '../../src/app/partners.ts';
import type { Store } from '../../src/store/store.ts';
import { insertRows } from '../kpi/sample.ts';
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
