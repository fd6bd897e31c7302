import { expect, it } from '@jest/globals';
import { filesAlias } from '../../src/model/record-id.ts';
import type { Store } from '../../src/store/store.ts';
import { fileCreditId, saidCredits } from '../../src/sync/records/file-credits.ts';
import { insertRows } from '../kpi/sample.ts';
import { storeForEach } from '../services/store-for-each.ts';

let store: Store;
storeForEach(async (opened) => {
  store = opened;
});

it('credits of a file stay its own when their partner was merged away, once and again', async () => {
  await store.query(
    `insert into tierlink.connection (id, crm) values ('files', 'files'), ('north', 'memory')`,
  );
  await insertRows(store, 'partner', [
    { id: 'C' },
    { id: 'B', merged_into: 'C' },
    { id: 'A', merged_into: 'B' },
  ]);
  await insertRows(store, 'deal', [{ id: 'D' }]);
  for (const [connection, key] of [
    [filesAlias, 'd1'],
    ['north', '006'],
  ])
    await store.query(
      `insert into tierlink.link (connection, object, crm_id, entity, record_id, state, linked_at, changed_at)
       values ($1, 'deals', $2, 'deal', 'D', 'live', now(), now())`,
      [connection, key],
    );
  const ofFile = fileCreditId('d1', { partner: 'A', role: 'sourced' });
  const credit = { deal: 'D', partner: 'C', weight: '100' };
  await insertRows(store, 'credit', [
    { ...credit, id: ofFile, role: 'sourced' },
    { ...credit, id: 'of the CRM', role: 'influenced' },
  ]);
  const said = (await saidCredits(store, ['D'])).get('D')!.map((one) => [one.credit.id, one.connection]);
  expect(Object.fromEntries(said)).toEqual({ [ofFile]: null, 'of the CRM': 'north' });
});
