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

const won = 'sum: deal.amount, where: { attribute: isWon, is: true }';
const kpis = `  quarterly: { label: Revenue of the quarter, help: Won., unit: money, measure: { ${won}, window: { current: quarter, by: closeOn } } }
  trailing: { label: Last quarter, help: Won., unit: money, measure: { ${won}, window: { last: 3 months, by: closeOn } } }
  revenue: { label: Revenue, help: Won., unit: money, measure: { sum: deal.amount, where: { attribute: isWon, is: true } } }`;
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
      '2026-Q1 2 of 4, 50.0 % running, 31 left, 2 unknown: Contoso, Northwind',
    ]);
    expect(await goalsOn(goal, '2026-03-31', '2026-04-01')).toEqual([
      '2026-Q1 3 of 4, 75.0 % missed, 0 left, 2 unknown: Contoso, Northwind, Soon',
    ]);
  });

  it('go by country and by periods with a figure of their own, also without regions', async () => {
    const goal = '  - { label: New, newPartners: { 2026-02: 1, 2026-03: 9 }, countries: [SE] }';
    expect(await goalsOn(goal, '2026-02-28', '2026-03-02')).toEqual([
      '2026-02 2 of 1, 100.0 % reached, 0 left, 2 unknown: Adatum, Contoso',
    ]);
    expect(await goalsOn(goal, '2026-04-01')).toEqual([]);
  });

  it('add up what partners reach of a KPI, from the figures kept for the period', async () => {
    const goal = '  - { label: Revenue, kpi: revenue, atLeast: 3000, every: year }';
    expect(await goalsOn(goal, '2026-03-01')).toEqual([
      '2026 2,100 USD of 3,000 USD, 70.0 % running, 306 left, 0 unknown: ',
    ]);
  });

  it('of a period that is over hold its last day, also where the figure is that of the running period', async () => {
    for (const goal of ['quarterly', 'trailing']) {
      const own = `  - { label: Revenue, kpi: ${goal}, atLeast: 3000 }`;
      await recomputeKpis(store, { program: programWith(own), now: at('2026-03-31') });
      expect(await goalsOn(own, '2026-03-31')).toEqual([
        '2026-Q1 2,100 USD of 3,000 USD, 70.0 % running, 1 left, 0 unknown: ',
      ]);
      await insertDeals(
        store,
        `
        deal   | partner | amount   | won | closed     | role    | weight
        ${goal} | A       | 900 USD  | yes | 2026-03-31 | sourced | 100`,
      );
      expect(await goalsOn(own, '2026-03-31', '2026-04-02')).toEqual([
        '2026-Q1 3,000 USD of 3,000 USD, 100.0 % reached, 0 left, 0 unknown: ',
      ]);
      await store.query(`update tierlink.deal set is_won = false where id = $1`, [goal]);
    }
  });

  it('say that they do not know where no figures are kept, instead of 0', async () => {
    const goal = '  - { label: Revenue, kpi: revenue, atLeast: 3000 }';
    const program = programWith(goal);
    const [outcome] = await readGoals(store, { program, now: at('2026-03-01'), day: '2026-03-01' });
    expect(outcome).toMatchObject({ actual: null, reached: null, state: 'unknown', unknown: 6 });
  });

  it('say which days the figure looks at, and the first of them', async () => {
    const goals = `  - { label: Last, kpi: trailing, atLeast: 1 }
  - { label: New, newPartners: 4 }`;
    const program = programWith(goals);
    const outcomes = await readGoals(store, { program, now: at('2026-03-01'), day: '2026-03-01' });
    expect(outcomes.map(({ window, windowFrom }) => [window, windowFrom])).toEqual([
      ['2025-12-01 to 2026-02-28', '2025-12-01'],
      [null, null],
    ]);
  });

  it('say that a period has not begun, instead of the figures of today', async () => {
    const goals = `  - { label: Revenue, kpi: revenue, atLeast: { 2026-Q3: 1000 } }
  - { label: New, newPartners: { 2026-Q3: 1 } }`;
    expect(await goalsOn(goals, '2026-09-30', '2026-03-01')).toEqual([
      '2026-Q3 null of 1,000 USD, null % ahead, 92 left, 0 unknown: ',
      '2026-Q3 null of 1, null % ahead, 92 left, 0 unknown: ',
    ]);
  });

  it('never read as reached by rounding', async () => {
    const goal = '  - { label: Revenue, kpi: revenue, atLeast: 2100.004 }';
    expect(await goalsOn(goal, '2026-03-01')).toEqual([
      '2026-Q1 just under 2,100 USD of 2,100 USD, 99.9 % running, 31 left, 0 unknown: ',
    ]);
  });

  it('count who takes part only, and miss no figures of who started later', async () => {
    await store.query(`update tierlink.partner set status = 'terminated' where id = 'A'`);
    await store.query(`update tierlink.partner set status = 'prospect' where id = 'C'`);
    await store.query(`update tierlink.partner set ended_on = '2026-02-28' where id = 'B'`);
    const goals = `  - { label: New, newPartners: 4 }
  - { label: Revenue, kpi: revenue, atLeast: 3000 }`;
    expect(await goalsOn(goals, '2026-03-31', '2026-04-01')).toEqual([
      '2026-Q1 2 of 4, 50.0 % missed, 0 left, 1 unknown: Fabrikam, Soon',
      '2026-Q1 1,500 USD of 3,000 USD, 50.0 % missed, 0 left, 0 unknown: ',
    ]);
    await insertRows(store, 'partner', [{ id: 'L', name: 'Later', started_on: '2026-04-01' }]);
    expect((await goalsOn(goals, '2026-03-31', '2026-04-01'))[1]).toContain('0 unknown');
  });
});
