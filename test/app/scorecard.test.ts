import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { byWeakness, readScorecards } from '../../src/app/scorecard.ts';
import { recomputeKpis } from '../../src/kpi/recompute.ts';
import type { Program } from '../../src/program/load.ts';
import type { Store } from '../../src/store/store.ts';
import { evaluateTiers } from '../../src/tier/run.ts';
import { insertDeals, insertRows, programOf } from '../kpi/sample.ts';
import { emptyStore, openTestStore } from '../services/test-store.ts';

const now = Date.parse('2026-03-01T09:00:00Z');
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
    { id: 'A', name: 'Northwind', types: ['reseller'], started_on: '2020-01-01' },
    { id: 'B', name: 'Contoso', types: ['reseller'], started_on: '2020-01-01' },
    { id: 'C', name: 'Adatum', types: ['msp'], started_on: '2020-01-01' },
  ]);
  await insertDeals(
    store,
    `
    deal | partner | amount   | won  | closed     | role    | weight
    d1   | A       | 1500 USD | yes  | 2026-02-20 | sourced | 100
    d2   | B       | 6000 USD | yes  | 2026-02-20 | sourced | 100
    d3   | C       | 100 USD  | yes  | 2026-02-20 | sourced | 100
    d4   | B       | 100 USD  | open | 2026-04-20 | sourced | 100`,
  );
});

const kpis = `  revenue: { label: Revenue, help: Won., unit: money, measure: { sum: deal.amount, where: { attribute: isWon, is: true } } }
  open: { label: Open deals, help: Open., unit: count, better: lower, measure: { count: deal, where: { attribute: isClosed, is: false } } }
  rate: { label: Rate, help: Won., unit: percent, minimumSample: 2, ratio: { of: { count: deal, where: { attribute: isWon, is: true } }, to: { count: deal } } }`;
const factors = `successFactors:
  - { key: business, label: Business, kpis: [revenue, rate] }
  - { key: focus, label: Focus, kpis: [open], targets: { open: 0 } }`;
const ladders = `  - key: main
    label: Main
    partnerTypes: [reseller]
    tiers:
      - { key: bronze, label: Bronze }
      - { key: silver, label: Silver, requirements: [{ kpi: revenue, atLeast: 1000 }] }
      - { key: gold, label: Gold, requirements: [{ kpi: revenue, atLeast: 3000 }, { kpi: rate, atLeast: 25 }] }`;

async function cardsOf(program: Program) {
  await recomputeKpis(store, { program, now });
  await evaluateTiers(store, { program, now });
  return await readScorecards(store, { program, partners: ['A', 'B', 'C'], now, asOf: '2026-03-01' });
}

const lines = (cards: Awaited<ReturnType<typeof cardsOf>>) =>
  cards.flatMap(({ partnerId, factors: own }) =>
    own.map(
      ({ key, reached, state, kpis: figures }) =>
        `${partnerId} ${key} ${reached} ${state}: ${figures.map((one) => `${one.has} of ${one.target} (${one.targetOf}) ${one.state} ${one.reached}`).join(', ')}`,
    ),
  );

describe('the scorecard of a partner', () => {
  it('has the success factors in their order, with targets of the next tier, at the top of the own one', async () => {
    const cards = await cardsOf(programOf({ kpis, ladders, head: factors }));
    expect(cards.map(({ tier }) => tier)).toEqual(['Silver', 'Gold', null]);
    expect(lines(cards)).toEqual([
      'A business 50.0 not_met: 1,500 USD of 3,000 USD (Gold) not_met 50.0, - of 25 % (Gold) pending null',
      'A focus 100.0 met: 0 of at most 0 (null) met 100.0',
      'B business 100.0 met: 6,000 USD of 3,000 USD (Gold) met 100.0, 50 % of 25 % (Gold) met 100.0',
      'B focus 0.0 not_met: 1 of at most 0 (null) not_met 0.0',
      'C business null null: 100 USD of null (null) null null, - of null (null) null null',
      'C focus 100.0 met: 0 of at most 0 (null) met 100.0',
    ]);
  });

  it('takes the target of the factor before that of a tier, and needs no tiers', async () => {
    const own = factors.replace(
      'kpis: [revenue, rate]',
      'kpis: [revenue, rate], targets: { revenue: 2000 EUR }',
    );
    const withTiers = await cardsOf(programOf({ kpis, ladders, head: own }));
    expect(lines(withTiers)[0]).toBe(
      'A business 68.2 not_met: 1,500 USD of 2,200 USD (null) not_met 68.2, - of 25 % (Gold) pending null',
    );
    const withoutTiers = await cardsOf(programOf({ kpis, head: own }));
    expect(lines(withoutTiers)[4]).toBe(
      'C business 4.5 not_met: 100 USD of 2,200 USD (null) not_met 4.5, - of null (null) null null',
    );
  });

  it('leaves out what a tier does not need, because enough of the other alternatives are met', async () => {
    const any = ladders.replace(
      '[{ kpi: revenue, atLeast: 3000 }, { kpi: rate, atLeast: 25 }]',
      '[{ any: [{ kpi: revenue, atLeast: 1500 }, { kpi: rate, atLeast: 25 }, { kpi: open, atLeast: 9 }] }]',
    );
    const head = factors.replace('kpis: [open], targets: { open: 0 }', 'kpis: [open, rate]');
    const [first] = await cardsOf(programOf({ kpis, ladders: any, head }));
    const [business, focus] = first!.factors;
    expect(business).toMatchObject({ reached: '100.0', state: 'met' });
    expect(business!.kpis.map(({ choice, counts }) => [choice, counts])).toEqual([
      ['one of 3', true],
      ['one of 3', false],
    ]);
    expect(focus).toMatchObject({ reached: null, state: null });
  });

  it('takes of several requirements on one KPI the one that is furthest from being met', async () => {
    const twice = ladders.replace(
      '{ kpi: revenue, atLeast: 3000 }, { kpi: rate, atLeast: 25 }',
      '{ kpi: revenue, atLeast: 3000 }, { kpi: revenue, atMost: 900000 }',
    );
    const cards = await cardsOf(programOf({ kpis, ladders: twice, head: factors }));
    expect(cards[0]!.factors[0]!.kpis[0]).toMatchObject({ target: '3,000 USD', state: 'not_met' });
    expect(cards[0]!.factors[0]).toMatchObject({ state: 'not_met', reached: '50.0' });
  });

  it('never says that all is reached of what is not', async () => {
    await store.query(`update tierlink.deal set amount = 2999.99 where id = 'd1'`);
    const cards = await cardsOf(programOf({ kpis, ladders, head: factors }));
    expect(cards[0]!.factors[0]).toMatchObject({ reached: '99.9', kpis: [{ reached: '99.9' }, {}] });
  });

  it('leaves out of a list who is no partner yet or no longer, and shows each that is asked for', async () => {
    await insertRows(store, 'partner', [
      { id: 'D', name: 'D', types: ['reseller'], status: 'prospect' },
      { id: 'E', name: 'E', types: ['reseller'], status: 'terminated' },
      { id: 'F', name: 'F', types: ['reseller'], started_on: '2026-03-02' },
      { id: 'G', name: 'G', types: ['reseller'], ended_on: '2026-02-28' },
      { id: 'H', name: 'H', types: ['reseller'], status: 'suspended' },
    ]);
    const program = programOf({ kpis, ladders, head: factors });
    await cardsOf(program);
    const partners = ['A', 'B', 'C', 'D', 'E', 'F', 'G', 'H'];
    const request = { program, partners, now, asOf: '2026-03-01' };
    const ids = (cards: Awaited<ReturnType<typeof cardsOf>>) => cards.map(({ partnerId }) => partnerId);
    expect(ids(await readScorecards(store, { ...request, takingPart: true }))).toEqual(['A', 'B', 'C', 'H']);
    expect(ids(await readScorecards(store, request))).toEqual(partners);
  });

  it('lists the weakest in a factor first, and last of whom nothing can be said', async () => {
    const cards = await cardsOf(programOf({ kpis, ladders, head: factors }));
    expect(byWeakness(cards, 'business').map(({ partnerId }) => partnerId)).toEqual(['A', 'B', 'C']);
    expect(byWeakness(cards, 'focus').map(({ partnerId }) => partnerId)).toEqual(['B', 'A', 'C']);
  });
});
