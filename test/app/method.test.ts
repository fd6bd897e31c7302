import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { readMethod } from '../../src/app/method.ts';
import type { Store } from '../../src/store/store.ts';
import { explainTier } from '../../src/tier/explain/explain.ts';
import { insertRows, programOf } from '../kpi/sample.ts';
import { emptyStore, openTestStore } from '../services/test-store.ts';

const now = Date.parse('2026-03-10T09:00:00Z');
const program = programOf({
  kpis: `  people: { label: People, help: People., unit: people, measure: { distinct: certification.person } }`,
  ladders: `  - { key: main, label: Main, tiers: [{ key: bronze, label: Bronze }] }`,
});
let store: Store;

beforeAll(async () => {
  store = await openTestStore();
  await emptyStore(store);
  await insertRows(store, 'partner', [
    { id: 'A', name: 'Active', started_on: '2026-03-01' },
    { id: 'P', name: 'Prospect', status: 'prospect' },
    { id: 'S', name: 'Soon', started_on: '2026-03-11' },
    { id: 'G', name: 'Gone', ended_on: '2026-03-09' },
    { id: 'O', name: 'Outside', in_scope: false },
    { id: 'D', name: 'Deleted', deleted_at: '2026-03-09' },
  ]);
});
afterAll(async () => {
  await store.close();
});

const asked = async (name: string | undefined) =>
  await readMethod({ store, program, clock: { now: () => now } }, name);

it('says why a partner that was asked for does not take part', async () => {
  const reasons = await Promise.all(['Active', 'Prospect', 'Soon', 'Gone'].map(asked));
  expect(reasons.map(({ apart }) => apart?.reason ?? null)).toEqual([
    null,
    'its status is prospect',
    'its first day is 2026-03-11',
    'its last day was 2026-03-09',
  ]);
  expect((await asked(undefined)).partners.map(({ name }) => name)).toEqual(['Active']);
});

it('does not call a partner unknown that is on record, and says what is so', async () => {
  const outside = {
    code: 'PARTNER_OUTSIDE',
    message: expect.stringContaining('Outside is known, but not in'),
  };
  await expect(asked('Outside')).rejects.toMatchObject(outside);
  await expect(explainTier(store, { program, partnerId: 'O', now })).rejects.toMatchObject(outside);
  await expect(asked('Deleted')).rejects.toMatchObject({
    message: expect.stringContaining('it was deleted in the CRM'),
  });
});
