import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { recomputeKpis } from '../../src/kpi/recompute.ts';
import type { Store } from '../../src/store/store.ts';
import { explainTier } from '../../src/tier/explain/explain.ts';
import { insertRows, programOf } from '../kpi/sample.ts';
import { emptyStore, openTestStore } from '../services/test-store.ts';
import { at, passBy } from './pass.ts';

let store: Store;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(async () => {
  await store.close();
});
beforeEach(async () => {
  await emptyStore(store);
  await insertRows(store, 'partner', [{ id: 'A', name: 'A', types: ['reseller'], started_on: '2020-01-01' }]);
});

const sum = (kind: string) =>
  `{ label: ${kind}, help: x, unit: number, measure: { sum: fact.quantity, where: { attribute: kind, is: ${kind} } } }`;

/** What `tier why` says to a partner that holds the middle of three tiers, and is short of it. */
async function keeping(silver: string, gold: string, figures: Record<string, number>) {
  const rules = (middle: string, high: string) =>
    programOf({
      kpis: `  people: ${sum('people')}\n  sales: ${sum('sales')}`,
      ladders: `  - key: main
    label: Main
    hold: cumulative
    tiers:
      - { key: bronze, label: Bronze }
      - { key: silver, label: Silver, requirements: [${middle}] }
      - { key: gold, label: Gold, requirements: [${high}] }
    movement: { rampDays: 0 }`,
    });
  await passBy(store, rules('{ kpi: people, atLeast: 0 }', '{ kpi: people, atLeast: 0 }'), '2026-03-01');
  const facts = Object.entries(figures).map(([kind, quantity]) => ({
    ...{ id: kind, partner: 'A', kind, quantity, occurred_on: '2026-01-01' },
  }));
  await insertRows(store, 'fact', facts);
  const program = rules(silver, gold);
  const now = at('2026-03-02');
  await recomputeKpis(store, { program, now });
  await passBy(store, program, '2026-03-02');
  const { missing, requirements, state } = await explainTier(store, { program, partnerId: 'A', now });
  const rows = requirements.map(({ label, ofTier, needs, gapText, choice }) =>
    [label, ofTier, needs, gapText, choice].filter((part) => part !== null).join(' | '),
  );
  return { tier: state.tier, missing, summary: state.summary, rows };
}

describe('what is missing on a cumulative ladder', () => {
  it('is the largest gap of a KPI, with the row that says it', async () => {
    const found = await keeping('{ kpi: people, atLeast: 2 }', '{ kpi: people, atLeast: 3 }', { people: 1 });
    expect(found).toEqual({
      tier: 'gold',
      missing: 'people: 2 more',
      summary: 'To keep Gold: people.',
      rows: ['people | 3 | 2 more'],
    });
  });

  it('has a row for what only a lower tier asks for', async () => {
    const silver = '{ kpi: people, atLeast: 2 }, { kpi: sales, atLeast: 5 }, { fact: plan }';
    const found = await keeping(silver, '{ kpi: people, atLeast: 3 }, { fact: plan }', {
      people: 1,
      sales: 4,
    });
    expect(found.missing).toBe('sales: 1 more; plan: not on file; people: 2 more');
    expect(found.rows).toEqual(['sales | Silver | 5 | 1 more', 'people | 3 | 2 more', 'plan | on file']);
  });

  it('is the gap of a lower tier where that asks for more', async () => {
    const more = await keeping('{ kpi: people, atLeast: 4 }', '{ kpi: people, atLeast: 3 }', { people: 1 });
    expect(more.missing).toBe('people: 3 more');
    expect(more.rows).toEqual(['people | Silver | 4 | 3 more', 'people | 3 | 2 more']);
  });

  it('keeps both where the higher tier only perhaps asks for more', async () => {
    const either = '{ any: [{ kpi: people, atLeast: 3 }, { kpi: sales, atLeast: 5 }] }';
    const found = await keeping('{ kpi: people, atLeast: 2 }', either, { people: 1, sales: 4 });
    expect(found.missing).toBe('people: 1 more; one of (people: 2 more, sales: 1 more)');
    expect(found.rows).toEqual([
      'people | Silver | 2 | 1 more',
      'people | 3 | 2 more | one of 2',
      'sales | 5 | 1 more | one of 2',
    ]);
  });

  it('leaves out a choice of a lower tier that holds with what the higher one asks for', async () => {
    const either = '{ any: [{ kpi: people, atLeast: 2 }, { kpi: sales, atLeast: 5 }] }';
    const found = await keeping(either, '{ kpi: people, atLeast: 3 }', { people: 1, sales: 4 });
    expect(found).toMatchObject({ missing: 'people: 2 more', rows: ['people | 3 | 2 more'] });
  });
});
