import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { recomputeKpis } from '../../src/kpi/recompute.ts';
import type { Store } from '../../src/store/store.ts';
import { openTestStore } from '../services/test-store.ts';
import { insertRows, programOf } from './sample.ts';

const program = programOf({
  kpis: '  revenue: { label: Revenue, help: R., unit: money, measure: { sum: deal.amount } }',
  head: `idealProfile:
  label: Ideal
  criteria: [{ key: home, label: In Germany, weight: 1, partner: { attribute: country, is: DE } }]`,
});

let store: Store;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(async () => {
  await store.close();
});

it('keeps the fit of a period that only asks for attributes, also while no figure was ever read', async () => {
  await insertRows(store, 'partner', [{ id: 'A', name: 'A', types: ['reseller'], country: 'DE' }]);
  await store.query(`insert into tierlink.connection (id, crm) values ('prod', 'memory')`);
  await store.query(
    `insert into tierlink.feed (connection, object, entity, complete_to) values
       ('prod', 'Opportunity', 'deal', null), ('prod', 'Account', 'partner', '2026-11-23T08:00:00Z')`,
  );
  await recomputeKpis(store, { program, now: Date.parse('2026-11-23T09:00:00Z') });
  const rows = await store.query('select fit::text as fit, figures from tierlink.kpi_period');
  expect(rows).toEqual([{ fit: '100', figures: { revenue: null } }]);
});
