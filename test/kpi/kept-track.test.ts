import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { recomputeKpis } from '../../src/kpi/recompute.ts';
import type { Store } from '../../src/store/store.ts';
import { openTestStore } from '../services/test-store.ts';
import { insertRows, markDirty, programOf } from './sample.ts';

/** The track is decided by a score, and decides about another one. */
const program = programOf({
  head: `tracks:
  - { key: big, label: Big, when: { kpi: weight, atLeast: 50 } }
  - { key: small, label: Small }
trackKeeping: 90 days`,
  kpis: `  total: { label: Total, help: T., unit: points, score: { sum: [sales] } }
  sales: { label: Sales, help: S., unit: points, score: { linear: { of: deals, full: { big: 20, small: 5 }, points: 100 } } }
  weight: { label: Weight, help: W., unit: points, score: { linear: { of: size, full: 100, points: 100 } } }
  size: { label: Size, help: S., unit: number, measure: { max: fact.quantity, where: { attribute: kind, is: size } } }
  deals: { label: Deals, help: D., unit: number, measure: { max: fact.quantity, where: { attribute: kind, is: deals } } }`,
});

let store: Store;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(async () => {
  await store.close();
});

it('a track that a score decides about is there before the scores that differ by it, and changes them on its day', async () => {
  const figures = async (day: string) => {
    const result = await recomputeKpis(store, { program, now: Date.parse(`${day}T08:00:00Z`) });
    const rows = await store.query<{ kpi: string; numerator: string }>(
      `select kpi, numerator::text from tierlink.kpi_value where kpi in ('total', 'weight') order by kpi`,
    );
    return [result.partners, ...rows.map(({ kpi, numerator }) => `${kpi} ${Number(numerator)}`)];
  };
  await insertRows(store, 'partner', [{ id: 'A', name: 'A' }]);
  await insertRows(store, 'fact', [
    { id: 's', partner: 'A', kind: 'size', quantity: 60 },
    { id: 'd', partner: 'A', kind: 'deals', quantity: 5 },
  ]);
  await markDirty(store, 'fact', ['A']);
  expect(await figures('2026-11-01')).toEqual([1, 'total 25', 'weight 60']);
  await store.query(`update tierlink.fact set quantity = 40 where id = 's'`);
  await markDirty(store, 'fact', ['A']);
  expect(await figures('2026-11-02')).toEqual([1, 'total 25', 'weight 40']);
  expect(await figures('2026-11-03')).toEqual([0, 'total 25', 'weight 40']);
  expect(await figures('2027-01-30')).toEqual([1, 'total 100', 'weight 40']);
  expect(await figures('2027-01-31')).toEqual([0, 'total 100', 'weight 40']);
});
