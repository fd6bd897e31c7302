import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Store } from '../../src/store/store.ts';
import { explainTier } from '../../src/tier/explain/explain.ts';
import { simulateTier } from '../../src/tier/look/simulate.ts';
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
});

const today = '2026-03-01';

const points = (kind: string, more = '') =>
  `{ label: ${kind}, help: x, unit: points, measure: { sum: fact.quantity, where: { attribute: kind, is: ${kind} }${more} } }`;

interface Given {
  kpis: string;
  high: string;
  head?: string;
  country?: string | null;
  facts?: readonly { kind: string; quantity: number; on?: string }[];
}

/** What `tier why` says to a partner below the upper of two tiers. */
async function why({ kpis, high, head = '', country = 'Norway', facts = [] }: Given) {
  const program = programOf({
    head,
    kpis,
    ladders: `  - key: main
    label: Main
    tiers:
      - { key: low, label: Low }
      - { key: high, label: High, requirements: ${high} }
    movement: { rampDays: 0 }`,
  });
  await insertRows(store, 'partner', [
    { id: 'A', name: 'A', types: ['reseller'], started_on: '2020-01-01', country },
  ]);
  await insertRows(
    store,
    'fact',
    facts.map(({ kind, quantity, on = '2026-01-15' }, index) => ({
      ...{ id: `F${index}`, partner: 'A', kind, quantity, occurred_on: on },
    })),
  );
  await passBy(store, program, today);
  const explained = await explainTier(store, { program, partnerId: 'A', now: at(today) });
  return { rules: program, ...explained, enough: explained.enoughAlone.map(({ text }) => text) };
}

describe('what alone is enough', () => {
  const capped = {
    kpis: `  learning: ${points('learning', ', cap: 200')}
  sales: ${points('sales')}
  total: { label: total, help: x, unit: points, score: { sum: [learning, sales] } }`,
    facts: [
      { kind: 'learning', quantity: 80 },
      { kind: 'sales', quantity: 10 },
    ],
  };

  it('goes no further than the cap of a measured figure', async () => {
    const { enoughAlone, shortfalls, rules } = await why({
      ...capped,
      high: '[{ kpi: total, atLeast: 300 }]',
    });
    expect(enoughAlone[0]!.through.map(({ text }) => text)).toEqual([
      'sales: 210 points more, to 220 points',
    ]);
    expect(shortfalls).toEqual([
      'total, 210 points more: learning could bring 120 (80 of 200 points); without a limit: sales (10 points)',
    ]);
    const supposed = (value: string) =>
      simulateTier(store, {
        program: rules,
        partnerId: 'A',
        now: at(today),
        changes: [{ name: 'learning', value }],
      });
    await expect(supposed('201')).rejects.toThrow('never more than 200 points');
    await expect(supposed('200')).resolves.toBeDefined();
  });

  it('says of what is divided, or less a number, nothing of what it could bring', async () => {
    const made = `  learning: ${points('learning')}
  half: { label: half, help: x, unit: number, score: { ratio: { of: learning, to: 2 } } }
  rest: { label: rest, help: x, unit: points, score: { difference: { of: learning, less: 10 } } }`;
    const { shortfalls } = await why({
      kpis: made,
      facts: capped.facts,
      high: '[{ kpi: half, atLeast: 300 }, { kpi: rest, atLeast: 300 }]',
    });
    expect(shortfalls).toEqual([]);
  });

  it('says where several figures behind one are needed together', async () => {
    const both = `  learning: ${points('learning', ', cap: 100')}
  sales: ${points('sales', ', cap: 100')}
  total: { label: total, help: x, unit: points, score: { sum: [learning, sales] } }`;
    const { enough } = await why({ kpis: both, high: '[{ kpi: total, atLeast: 150 }]' });
    expect(enough).toEqual(['total: 150 points more, to 150 points, by several figures behind it together']);
  });

  it('names the figure behind a score where the score alone is not enough', async () => {
    const { enough } = await why({
      ...capped,
      high: '[{ kpi: total, atLeast: 300 }, { kpi: sales, atLeast: 100 }]',
    });
    expect(enough).toEqual(['sales: 210 points more, to 220 points']);
  });

  it('is no growth from a base that is too small, which is said beside the figure that stands in', async () => {
    const quarter = (ago: string) =>
      `{ sum: fact.quantity, where: { attribute: kind, is: sales }, window: { current: year, by: occurredOn${ago} } }`;
    const { enough, requirements } = await why({
      kpis: `  growth: { label: growth, help: x, unit: percent, whenEmpty: zero, growth: { now: ${quarter('')}, before: ${quarter(', ago: 12 months')}, minimumBase: 100 } }`,
      high: '[{ kpi: growth, atLeast: 20 }]',
      facts: [
        { kind: 'sales', quantity: 500 },
        { kind: 'sales', quantity: 99, on: '2025-01-20' },
      ],
    });
    expect(requirements[0]).toMatchObject({
      state: 'not_met',
      reason: 'there is nothing to compare with yet; counts as 0 %',
    });
    expect(enough).toEqual([]);
  });

  it('says of a period that is over when it ended', async () => {
    const { enough } = await why({
      kpis: `  sales: ${points('sales', ', window: { previous: quarter, by: occurredOn }')}`,
      high: '[{ kpi: sales, atLeast: 50 }]',
    });
    expect(enough).toEqual(['sales: 50 points more, to 50 points, in a window that ended on 2025-12-31']);
    await emptyStore(store);
    const full = await why({
      kpis: `  sales: ${points('sales', ', window: { lastFull: 1 quarter, by: occurredOn }')}`,
      high: '[{ kpi: sales, atLeast: 50 }]',
    });
    // What comes now counts in the next one, as with figures that others publish each month.
    expect(full.enough).toEqual(['sales: 50 points more, to 50 points']);
  });

  it('is not over where a measure of the figure has no window', async () => {
    const { enough } = await why({
      kpis: `  sales: { label: sales, help: x, unit: percent, ratio: { of: { count: fact, where: { attribute: kind, is: sales }, window: { previous: year, by: occurredOn } }, to: { count: fact } } }`,
      high: '[{ kpi: sales, atLeast: 50 }]',
      facts: [
        { kind: 'sales', quantity: 1, on: '2025-05-01' },
        ...['a', 'b', 'c'].map((kind) => ({ kind, quantity: 1 })),
      ],
    });
    expect(enough).toEqual(['sales: 25 percentage points more, to 50 %']);
  });

  it('stands beside the records that lack what tells them apart, by its name', async () => {
    const { requirements } = await why({
      kpis: `  sales: ${points('sales').replace(' } }', ' }, perEach: { of: dimension, atMost: 50, take: sum } }')}`,
      high: '[{ kpi: sales, atLeast: 50 }]',
      facts: [{ kind: 'sales', quantity: 60 }],
    });
    expect(requirements[0]!.recordsText).toBe('0 facts (1 without a value for dimension)');
  });

  const regional = {
    head: `regions:
  list:
    - { key: north, label: North, countries: [Norway] }
    - { key: rest, label: Rest, countries: otherwise }`,
    kpis: `  sales: ${points('sales')}`,
    facts: [{ kind: 'sales', quantity: 60 }],
    country: null,
  };

  it('is the region where that is what is not known', async () => {
    const one = await why({ ...regional, high: '[{ kpi: sales, atLeast: { north: 50, rest: 100 } }]' });
    expect(one.enough).toEqual(['Its country, which is empty: one in North']);
    await emptyStore(store);
    const any = await why({ ...regional, high: '[{ kpi: sales, atLeast: { north: 50, rest: 60 } }]' });
    expect(any.enough).toEqual(['Its country, which is empty: any will do']);
    await emptyStore(store);
    const none = await why({ ...regional, high: '[{ kpi: sales, atLeast: { north: 70, rest: 80 } }]' });
    expect(none.enough).toEqual([]);
  });
});

describe('ways to a tier', () => {
  const high = `[{ any: [{ label: Sales path, all: [{ kpi: sales, atLeast: 500 }, { kpi: learning, atLeast: 10 }] },
        { all: [{ kpi: sales, atLeast: 50 }, { kpi: learning, atLeast: 40 }] }] }]`;
  const kpis = `  learning: ${points('learning')}\n  sales: ${points('sales')}`;
  const facts = [
    { kind: 'learning', quantity: 40 },
    { kind: 'sales', quantity: 60 },
  ];

  it('are told apart by their names or numbers, and the reason names the one that was taken', async () => {
    const { requirements, history } = await why({ kpis, high, facts });
    expect(requirements.map(({ label, choice }) => `${label} (${choice})`)).toEqual([
      'sales (Sales path)',
      'learning (Sales path)',
      'sales (way 2 of 2)',
      'learning (way 2 of 2)',
    ]);
    expect(history[0]!.reason).toBe(
      'High met: sales 60 points (needs 50 points), learning 40 points (needs 40 points).',
    );
  });
});
