import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Store } from '../../src/store/store.ts';
import { markDirty } from '../../src/sync/records/dirty.ts';
import { insertRows } from '../kpi/sample.ts';
import { emptyStore, openTestStore } from '../services/test-store.ts';

/** Whose figures are computed again when a record changes that a rule reaches from another one. */
let store: Store;

beforeAll(async () => {
  store = await openTestStore();
  await emptyStore(store);
  await insertRows(store, 'partner', [{ id: 'named' }, { id: 'employer' }, { id: 'seller' }]);
  await insertRows(store, 'person', [{ id: 'ann', partner: 'employer' }]);
  await insertRows(store, 'certification', [{ id: 'c1', person: 'ann', partner: 'named' }]);
  await insertRows(store, 'deal', [{ id: 'd1' }]);
  await insertRows(store, 'credit', [{ id: 'k1', deal: 'd1', partner: 'seller' }]);
  await insertRows(store, 'lead', [{ id: 'l1', partner: 'named', deal: 'd1' }]);
});
afterAll(async () => {
  await store.close();
});

it.each([
  [
    'a certificate: the partner that it names, and the employer of its holder',
    'certification',
    'c1',
    'employer, named',
  ],
  ['a lead: its partner, and those of the deal that it became', 'lead', 'l1', 'named, seller'],
  [
    'a partner: those whose people hold its certificates, and of the deals of its leads',
    'partner',
    'named',
    'employer, named, seller',
  ],
] as const)('%s', async (_name, entity, id, expected) => {
  await store.query('delete from tierlink.dirty_partner');
  await store.transaction(async (tx) => markDirty({ tx, now: '2026-11-23T00:00:00Z' }, entity, [id]));
  const rows = await store.query<{ id: string }>(
    'select distinct partner_id as id from tierlink.dirty_partner order by 1',
  );
  expect(rows.map((row) => row.id).join(', ')).toBe(expected);
});
