import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { recomputeKpis } from '../../src/kpi/recompute.ts';
import type { Store } from '../../src/store/store.ts';
import { setFact } from '../../src/sync/import/manual-facts.ts';
import { benefitsOf } from '../../src/tier/method/benefits.ts';
import { expectationsOf } from '../../src/tier/method/expectations.ts';
import { loadMethodInputs } from '../../src/tier/method/method-inputs.ts';
import { evaluateTiers } from '../../src/tier/run.ts';
import { insertRows, programOf } from '../kpi/sample.ts';
import { emptyStore, openTestStore } from '../services/test-store.ts';

const now = Date.parse('2026-03-10T09:00:00Z');
const program = programOf({
  kpis: `  people: { label: People, help: People., unit: people, measure: { distinct: certification.person } }`,
  ladders: `  - key: main
    label: Main
    tiers: [{ key: bronze, label: Bronze }, { key: gold, label: Gold, requirements: [{ kpi: people, atLeast: 1 }] }]`,
  head: `benefits: [{ key: kit, label: Kit, tiers: [bronze], due: once }]
responsibilities: [{ key: plan, label: Plan, partner: Writes it., expect: { fact: plan, within: 7 days } }]
ramp: { steps: [{ label: Trained, kpi: people, atLeast: 1 }] }`,
});
let store: Store;

beforeAll(async () => {
  store = await openTestStore();
});
afterAll(async () => {
  await store.close();
});
beforeEach(async () => {
  await emptyStore(store);
});

it('are the tier in force, the facts on file and the figures, of partners that take part', async () => {
  await insertRows(store, 'partner', [
    { id: 'A', name: 'Active', started_on: '2026-03-01', status: 'active' },
    { id: 'P', name: 'Prospect', status: 'prospect' },
    { id: 'S', name: 'Soon', started_on: '2026-03-11' },
    { id: 'G', name: 'Gone', started_on: '2020-01-01', ended_on: '2026-03-09' },
  ]);
  await recomputeKpis(store, { program, now });
  await evaluateTiers(store, { program, now });
  const fact = { program, partnerId: 'A', reason: 'seen', author: 'me', now };
  const read = async () =>
    await loadMethodInputs(store, { program, partners: ['A', 'P', 'S', 'G'], now, asOf: '2026-03-10' });
  const states = async () =>
    (await read()).map((one) => [
      one.partnerId,
      ...benefitsOf(one).map(({ tier, state }) => `${tier} ${state}`),
      ...expectationsOf(one).map(({ label, has, state }) => `${label} ${has} ${state}`),
    ]);
  expect(await states()).toEqual([['A', 'Bronze due', 'Trained 0 due', 'Plan - overdue']]);
  await setFact(store, { ...fact, kind: 'kit' });
  await setFact(store, { ...fact, kind: 'Plan', from: '2026-03-02' });
  expect(await states()).toEqual([
    ['A', 'Bronze delivered', 'Trained 0 due', 'Plan since 2026-03-02 (me) done'],
  ]);
});
