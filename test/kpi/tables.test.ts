import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Fraction } from 'fraction.js';
import { attributesRead, entitiesRead } from '../../src/kpi/reads.ts';
import { kpiRecords } from '../../src/kpi/records.ts';
import { addDays } from '../../src/program/civil-date.ts';
import type { Store } from '../../src/store/store.ts';
import { fc } from '../services/fast-check.ts';
import { emptyStore, openTestStore } from '../services/test-store.ts';
import { exactly, explained, figureText, insertMany, measuring, valueOn } from './measure-house.ts';
import { insertRows } from './sample.ts';

/** Records multiplied by what tables have for them. */
const asOf = '2026-11-23';
let store: Store;

beforeAll(async () => {
  store = await openTestStore();
});
afterAll(async () => {
  await store.close();
});
beforeEach(async () => {
  await emptyStore(store);
  await insertRows(store, 'partner', [{ id: 'A', name: 'Northwind' }]);
});

const rateCard = `tables:
  rates:
    entries: { Business Central: 1000, Customer Insights: "0.2", Power Apps: 200 }`;
const contracted = 'unit: number\nmeasure: { sum: fact.quantity, times: { table: rates, by: dimension } }';

async function insertUsage(rows: readonly [id: string, dimension: string | null, quantity: string][]) {
  await insertRows(
    store,
    'fact',
    rows.map(([id, dimension, quantity]) => ({ id, partner: 'A', kind: 'usage', dimension, quantity })),
  );
}

it('asks for no rate of an amount where a table has no version in force', async () => {
  await insertRows(store, 'fact', [
    { id: 'f1', partner: 'A', amount: '5', amount_currency: 'JPY', occurred_on: '2025-12-31' },
    { id: 'f2', partner: 'A', amount: '5', amount_currency: 'USD', occurred_on: '2026-01-01' },
  ]);
  const head = 'tables: { sizes: { versions: [{ from: 2026-01-01, bands: [{ from: 0, value: 3 }] }] } }';
  const program = measuring(
    'unit: number\nmeasure: { count: fact, times: { table: sizes, by: amount, dated: occurredOn } }',
    { head },
  );
  expect(await exactly(store, program, { asOf })).toBe('3');
  expect((await explained(store, program, asOf)).leftOut).toHaveLength(1);
  expect(await exactly(store, program, { asOf: '2025-12-01' })).toBe('3');
});

describe('a rate card', () => {
  it('gives the contracted value that the program of Microsoft prints', async () => {
    await insertUsage([
      ['bc', 'Business Central', '10'],
      ['ci', 'customer  insights', '50000'],
    ]);
    const program = measuring(contracted, { head: rateCard });
    expect(await exactly(store, program, { asOf })).toBe('20000');
    const { included } = await kpiRecords(store, { program, kpi: 'k', partnerId: 'A', now: 0, asOf });
    expect(included.map(({ id, value, times }) => `${id} ${value} ${times}`).sort()).toEqual([
      'bc 10000 1000',
      'ci 10000 0.2',
    ]);
  });

  it('names what it has no value for, or refuses it, or takes another one', async () => {
    await insertUsage([
      ['bc', 'Business Central', '1'],
      ['no', 'Paper', '7'],
      ['blank', null, '3'],
    ]);
    const leaving = measuring(contracted, { head: rateCard });
    expect(await exactly(store, leaving, { asOf })).toBe('1000');
    expect((await explained(store, leaving, asOf)).leftOut).toEqual([
      'blank: what the table "rates" looks up is empty',
      'no: the table "rates" has no value for "Paper"',
    ]);
    const refusing = measuring(contracted, { head: `${rateCard}\n    missing: refuse` });
    const value = await valueOn(store, refusing, { asOf });
    expect(value.error?.code).toBe('entry_missing');
    expect(figureText(value)).toBe('fact blank cannot be counted: what the table "rates" looks up is empty');
    await store.query(`delete from tierlink.fact where id = 'blank'`);
    expect(await exactly(store, refusing, { asOf })).toBe(
      'fact no cannot be counted: the table "rates" has no value for "Paper"',
    );
    const otherwise = measuring(contracted, { head: `${rateCard}\n    otherwise: "1/3"` });
    expect(await exactly(store, otherwise, { asOf })).toBe('3007/3');
  });

  it('dirties by what it looks up', () => {
    const program = measuring(
      'unit: number\nmeasure: { count: deal, times: { table: rates, by: customer.country, dated: createdAt } }',
      { head: 'tables: { rates: { versions: [{ from: 2020-01-01, entries: { SE: 2 } }] } }' },
    );
    expect([...entitiesRead(program, 'k')].sort()).toEqual(['credit', 'customer', 'deal']);
    expect([...attributesRead(program, 'k')]).toEqual(
      expect.arrayContaining(['deal.customer', 'customer.country', 'deal.createdAt']),
    );
  });
});

describe('a table by region', () => {
  const head = `regions:
  list:
    - { key: nordics, label: Nordics, countries: [Sweden, SE] }
    - { key: latam, label: Latin America, countries: [Brazil, BR] }
    - { key: india, label: India, countries: [India] }
    - { key: world, label: Rest, countries: otherwise }
    - { key: growth, label: Growth markets, regions: [latam, india] }
tables:
  market:
    versions:
      - { from: 2020-01-01, regions: { growth: 3 }, otherwise: 1 }
      - { from: 2026-01-01, regions: { growth: 2, india: "2.5", nordics: 1 } }`;
  const program = measuring(
    'unit: number\nmeasure: { sum: fact.quantity, times: { table: market, by: dimension, dated: occurredOn } }',
    { head },
  );
  const rows = async (...all: [id: string, country: string | null, day?: string][]) => {
    await insertRows(
      store,
      'fact',
      all.map(([id, dimension, occurred_on = '2026-02-01']) => ({
        id,
        partner: 'A',
        kind: 'sale',
        dimension,
        quantity: '1',
        occurred_on,
      })),
    );
  };

  it('takes every spelling of a country, the own value of a region before that of its group', async () => {
    await rows(['f1', 'SE'], ['f2', 'brazil '], ['f3', 'India'], ['f4', 'Chad'], ['f5', null]);
    expect(await exactly(store, program, { asOf })).toBe('11/2');
    expect((await explained(store, program, asOf)).leftOut).toEqual([
      'f4: the table "market" has no value for "Chad"',
      'f5: what the table "market" looks up is empty',
    ]);
  });

  it('keeps the version of each date, with its otherwise for every other country', async () => {
    await rows(['f1', 'SE', '2025-02-01'], ['f2', 'BR', '2025-02-01'], ['f3', null, '2025-02-01']);
    expect(await exactly(store, program, { asOf })).toBe('5');
  });
});

describe('points', () => {
  const points = `tables:
  item:
    gives: points
    entries: { qbo client: 50, self-employed client: 25, payroll client: 50 }`;

  it.each([
    ['QB-D', [3, 1, 0], '175'],
    ['QB-D and one more', [4, 1, 0], '225'],
    ['the clients of QB-C', [10, 0, 3], '650'],
  ] as const)('for each item: %s', async (_name, counts, expected) => {
    const kinds = ['qbo client', 'self-employed client', 'payroll client'];
    await insertRows(
      store,
      'fact',
      counts.flatMap((count, kind) =>
        Array.from({ length: count }, (_, index) => ({
          id: `${kind}-${index}`,
          partner: 'A',
          kind: kinds[kind],
        })),
      ),
    );
    const kpi = 'unit: number\nmeasure: { count: fact, times: { table: item, by: kind } }';
    expect(await exactly(store, measuring(kpi, { head: points }), { asOf })).toBe(expected);
  });

  /** Per US$100: sourced 5, assisted 3, managed 1; twice that in a growth market. */
  const tiers = `tables:
  perDollar:
    gives: points
    entries: { sourced: "0.05", assisted: "0.03", managed: "0.01" }
  market:
    entries: { BR: 2, IN: 2 }
    otherwise: 1`;
  const sold = `unit: number
measure:
  sum: deal.amount
  times: [{ table: perDollar, by: type }, { table: market, by: customer.country }]`;

  it.each([
    ['US', '580'],
    ['BR', '1160'],
  ])('for each dollar, doubled in a growth market: HS-D in %s', async (country, expected) => {
    await insertRows(store, 'customer', [{ id: 'c', country }]);
    await insertSold([
      ['s', 'sourced', '4000', '2026-01-01'],
      ['a', 'assisted', '6000', '2026-01-01'],
      ['m', 'managed', '20000', '2026-01-01'],
    ]);
    expect(await exactly(store, measuring(sold, { head: tiers }), { asOf })).toBe(expected);
  });

  it('stay at the rate of the day on which a line began', async () => {
    await insertRows(store, 'customer', [{ id: 'c', country: 'US' }]);
    await insertSold([
      ['old', 'sourced', '1000', '2021-10-15'],
      ['new', 'sourced', '1000', '2024-03-15'],
      ['early', 'sourced', '1000', '2019-12-31'],
    ]);
    const head = `tables:
  rate:
    gives: points
    versions:
      - { from: 2020-01-01, entries: { sourced: "0.03" } }
      - { from: 2024-01-01, entries: { sourced: "0.05" } }`;
    const locked = measuring(
      'unit: number\nmeasure: { sum: deal.amount, times: { table: rate, by: type, dated: createdAt } }',
      { head },
    );
    expect(await exactly(store, locked, { asOf })).toBe('80');
    expect((await explained(store, locked, asOf)).leftOut).toEqual([
      'early: the table "rate" has no value for "sourced"',
    ]);
    const today = measuring('unit: number\nmeasure: { sum: deal.amount, times: { table: rate, by: type } }', {
      head,
    });
    const before = await valueOn(store, today, { asOf: '2023-06-01' });
    expect([figureText(before), before.nextChangeAt]).toEqual(['90', '2024-01-01T00:00:00.000Z']);
    expect(await exactly(store, today, { asOf: '2024-01-01' })).toBe('150');
  });

  async function insertSold(rows: readonly [string, string, string, string][]) {
    for (const [id, type, amount, createdOn] of rows) {
      await insertRows(store, 'deal', [
        { id, type, amount, amount_currency: 'USD', customer: 'c', created_at: `${createdOn}T12:00:00Z` },
      ]);
      await insertRows(store, 'credit', [{ id: `k${id}`, deal: id, partner: 'A', weight: '100' }]);
    }
  }
});

describe('bands and factors', () => {
  it('leave money what it is: co-op funds at 1.1 %', async () => {
    await insertRows(store, 'fact', [
      { id: 'f', partner: 'A', kind: 'loyalty', amount: '200000', amount_currency: 'USD' },
    ]);
    const kpi = 'unit: money\nmeasure: { sum: fact.amount, times: { table: accrual, by: kind } }';
    const head = 'tables: { accrual: { entries: { loyalty: "0.011", parts: "0.0075" } } }';
    expect(await exactly(store, measuring(kpi, { head }), { asOf })).toBe('2200');
  });

  it("begin at their number, in the program's currency for amounts", async () => {
    const rows = ['99.99 USD', '100 USD', '909.09 EUR', '909.10 EUR', '-1 USD'].map((text, index) => {
      const [amount, currency] = text.split(' ');
      return { id: `f${index}`, partner: 'A', kind: 'spend', amount, amount_currency: currency };
    });
    await insertRows(store, 'fact', rows);
    const kpi = 'unit: number\nmeasure: { count: fact, times: { table: size, by: amount } }';
    const head =
      'tables: { size: { bands: [{ from: 0, value: 1 }, { from: 100, value: 5 }, { from: "1000", value: 25 }] } }';
    const program = measuring(kpi, { head });
    expect(await exactly(store, program, { asOf })).toBe('36');
    expect((await explained(store, program, asOf)).leftOut).toEqual([
      'f4: the table "size" has no value for "-1"',
    ]);
    await store.query(`update tierlink.fact set amount_currency = 'JPY' where id = 'f0'`);
    expect(await exactly(store, program, { asOf })).toBe(
      'fact f0 has an amount in JPY, for which the program has no rate',
    );
  });
});

describe('groups by what a rate card makes of them', () => {
  it('count workloads of tenants that are worth enough, one month against the same of last year', async () => {
    const month = { now: '2026-10-15', before: '2025-10-15' };
    const rows: [day: string, tenant: string, workload: string, quantity: string][] = [
      [month.now, 't1', 'Business Central', '3'],
      [month.now, 't1', 'Business Central', '2'],
      [month.now, 't2', 'Power Apps', '24'],
      [month.now, 't3', 'Power Apps', '25'],
      [month.now, 't4', 'Paper', '9000'],
      [month.before, 't1', 'Business Central', '5'],
    ];
    await insertRows(
      store,
      'fact',
      rows.map(([day, tenant, kind, quantity], index) => ({
        id: `f${index}`,
        partner: 'A',
        kind,
        dimension: `${kind}@${tenant}`,
        quantity,
        occurred_on: day,
      })),
    );
    const worth = (
      ago: string,
    ) => `{ distinct: fact.dimension, window: { lastFull: 1 month, by: occurredOn${ago} },
      having: { sum: fact.quantity, times: { table: rates, by: kind }, atLeast: 5000 } }`;
    const deployments = `unit: count\ndifference:\n  now: ${worth('')}\n  before: ${worth(', ago: 12 months')}`;
    const program = measuring(deployments, { head: rateCard });
    expect(await exactly(store, program, { asOf })).toBe('1');
    const now = measuring(`unit: count\nmeasure: ${worth('')}`, { head: rateCard });
    expect(await explained(store, now, asOf)).toEqual({
      counted: [
        'f0: the sum of quantity times rates is 5,000',
        'f1: the sum of quantity times rates is 5,000',
        'f3: the sum of quantity times rates is 5,000',
      ],
      leftOut: [
        'f2: Power Apps@t2: the sum of quantity times rates is 4,800 (5,000 needed)',
        'f4: the table "rates" has no value for "Paper"',
      ],
    });
    const some = measuring(
      `unit: count\nmeasure: { distinct: fact.dimension, having: { sum: fact.quantity, times: { table: rates, by: kind }, where: { attribute: kind, isNot: Paper }, atLeast: 1 } }`,
      { head: `${rateCard}\n    missing: refuse` },
    );
    expect(await exactly(store, some, { asOf })).toBe('3');
    expect([...attributesRead(some, 'k')]).toContain('fact.kind');
  });
});

const day = fc.integer({ min: 0, max: 900 }).map((count) => addDays('2024-06-01', count));
const facts = fc.array(
  fc.record({
    dimension: fc.constantFrom('x', 'Y', 'z', null),
    amount: fc.integer({ min: 0, max: 300_000 }).map((cents) => (cents / 100).toFixed(2)),
    currency: fc.constantFrom('USD', 'EUR'),
    occurredOn: day,
  }),
  { maxLength: 25 },
);
const versions = [
  { from: '2025-01-01', entries: { X: '1/3', y: '2' }, otherwise: null },
  { from: '2026-01-01', entries: { X: '0.7' }, otherwise: '1/7' },
] as const;
const bands = [
  ['0', '1'],
  ['500', '1.25'],
  ['1500', '5/3'],
] as const;

it('tables agree with plain code on random data, exactly', async () => {
  const head = `tables:
  rate: { versions: [{ from: 2025-01-01, entries: { X: 1/3, y: 2 } }, { from: 2026-01-01, entries: { X: "0.7" }, otherwise: 1/7 }] }
  size: { bands: [{ from: 0, value: 1 }, { from: 500, value: "1.25" }, { from: 1500, value: 5/3 }] }`;
  const program = measuring(
    `unit: money
measure:
  sum: fact.amount
  times: [{ table: rate, by: dimension, dated: occurredOn }, { table: size, by: amount }]`,
    { head },
  );
  await fc.assert(
    fc.asyncProperty(facts, async (some) => {
      await emptyStore(store);
      await insertMany(store, 'partner', { columns: 'id text', rows: [{ id: 'A' }] });
      await insertMany(store, 'fact', {
        columns:
          'id text, partner text, dimension text, amount numeric, amount_currency text, occurred_on date',
        rows: some.map(({ currency, occurredOn, ...fact }, index) => ({
          ...fact,
          id: `f${index}`,
          partner: 'A',
          amount_currency: currency,
          occurred_on: occurredOn,
        })),
      });
      let total = new Fraction(0);
      for (const { dimension, amount, currency, occurredOn } of some) {
        const version = versions.findLast(({ from }) => from <= occurredOn);
        if (version === undefined) continue;
        const key = dimension?.toLowerCase();
        const entry = Object.entries(version.entries).find(([name]) => name.toLowerCase() === key)?.[1];
        const rate = entry ?? version.otherwise;
        if (rate === null) continue;
        const worth = new Fraction(amount).mul(currency === 'EUR' ? '1.1' : 1);
        const [, size] = bands.findLast(([from]) => worth.gte(from))!;
        total = total.add(worth.mul(rate).mul(size));
      }
      const expected = `${total.s * total.n}${total.d === 1n ? '' : `/${total.d}`}`;
      expect(await exactly(store, program, { asOf })).toBe(expected);
    }),
    { numRuns: 20 },
  );
});
