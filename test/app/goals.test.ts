import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { readGoals } from '../../src/app/goals.ts';
import { recomputeKpis } from '../../src/kpi/recompute.ts';
import type { Store } from '../../src/store/store.ts';
import { insertDeals, insertRows, programOf } from '../kpi/sample.ts';
import { emptyStore, openTestStore } from '../services/test-store.ts';

let store: Store;

beforeAll(async () => {
  store = await openTestStore();
});
afterAll(async () => {
  await store.close();
});
beforeEach(async () => {
  await emptyStore(store);
  await insertRows(store, 'partner', [
    { id: 'A', name: 'Northwind', types: ['reseller'], country: 'SE', started_on: '2026-01-10' },
    { id: 'B', name: 'Contoso', types: ['reseller'], country: 'se ', started_on: '2026-02-28' },
    { id: 'C', name: 'Adatum', types: ['msp'], country: 'SE', started_on: '2026-02-01' },
    { id: 'D', name: 'Fabrikam', types: ['reseller'], country: null, started_on: '2026-02-01' },
    { id: 'E', name: 'Tailspin', types: ['reseller'], country: 'DE', started_on: '2025-12-31' },
    { id: 'F', name: 'Prospect', types: ['reseller'], country: 'SE', started_on: null },
    { id: 'G', name: 'Soon', types: ['reseller'], country: 'SE', started_on: '2026-03-20' },
  ]);
  await insertDeals(
    store,
    `
    deal | partner | amount   | won | closed     | role    | weight
    d1   | A       | 600 USD  | yes | 2026-02-20 | sourced | 100
    d2   | E       | 1500 USD | yes | 2026-02-20 | sourced | 100`,
  );
});

const kpis = `  revenue: { label: Revenue, help: Won., unit: money, measure: { sum: deal.amount, where: { attribute: isWon, is: true } } }`;
const programWith = (goals: string) =>
  programOf({
    kpis,
    head: `regions: { list: [{ key: nordics, label: Nordics, countries: [SE] }, { key: north, label: North, regions: [nordics] }] }\ngoals:\n${goals}`,
  });
const at = (day: string) => Date.parse(`${day}T09:00:00Z`);

async function goalsOn(goals: string, day: string, today = day) {
  const program = programWith(goals);
  await recomputeKpis(store, { program, now: at(today) });
  return (await readGoals(store, { program, now: at(today), day })).map(
    (one) =>
      `${one.period.period} ${one.actual} of ${one.goal}, ${one.reached} % ${one.state}, ${one.daysLeft} left, ${one.unknown} unknown: ${one.partners.map(({ name }) => name).join(', ')}`,
  );
}

describe('goals of a program', () => {
  it('count the partners of a type and region that started in the period, as far as it has come', async () => {
    const goal = '  - { label: New, newPartners: 4, partnerTypes: [reseller], regions: [north] }';
    expect(await goalsOn(goal, '2026-03-01')).toEqual([
      '2026-Q1 2 of 4, 50.0 % running, 31 left, 1 unknown: Contoso, Northwind',
    ]);
    expect(await goalsOn(goal, '2026-03-31', '2026-04-01')).toEqual([
      '2026-Q1 3 of 4, 75.0 % missed, 0 left, 1 unknown: Contoso, Northwind, Soon',
    ]);
  });

  it('go by country and by periods with a figure of their own, also without regions', async () => {
    const goal = '  - { label: New, newPartners: { 2026-02: 1, 2026-03: 9 }, countries: [SE] }';
    expect(await goalsOn(goal, '2026-02-28', '2026-03-02')).toEqual([
      '2026-02 2 of 1, 100.0 % reached, 0 left, 1 unknown: Adatum, Contoso',
    ]);
    expect(await goalsOn(goal, '2026-04-01')).toEqual([]);
  });

  it('add up what partners reach of a KPI, from the figures kept for the period', async () => {
    const goal = '  - { label: Revenue, kpi: revenue, atLeast: 3000, every: year }';
    expect(await goalsOn(goal, '2026-03-01')).toEqual([
      '2026 2,100 USD of 3,000 USD, 70.0 % running, 306 left, 0 unknown: ',
    ]);
    const program = programWith(goal);
    const [before] = await readGoals(store, { program, now: at('2026-03-01'), day: '2025-06-01' });
    expect(before).toMatchObject({ actual: null, reached: null, state: 'unknown' });
  });
});
