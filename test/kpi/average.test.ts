import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Fraction } from 'fraction.js';
import type { Store } from '../../src/store/store.ts';
import { fc } from '../services/fast-check.ts';
import { emptyStore, openTestStore } from '../services/test-store.ts';
import { exactly, explained, insertMany, measuring } from './measure-house.ts';
import { insertDeals, insertRows } from './sample.ts';

/** Averages, which are a sum and a number of records and only divided at the end. */
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
  await insertRows(store, 'partner', [{ id: 'A', name: 'Northwind', started_on: '2026-01-01' }]);
});

describe('an average', () => {
  beforeEach(async () => {
    await insertDeals(
      store,
      `
      deal | partner | amount   | won | closed     | role    | weight
      d1   | A       | 100 EUR  | yes | 2026-03-31 | sourced | 100
      d2   | A       | 90 USD   | yes | 2026-04-01 | sourced | 50
      d3   | A       | 0.01 USD | yes | 2026-04-30 | sourced | 100
      d4   | A       | -        | yes | 2026-05-01 | sourced | 100`,
    );
  });

  it.each([
    ['of amounts, each by its share', 'unit: money\nmeasure: { average: deal.amount }', '15501/300'],
    ['no more than the cap', 'unit: money\nmeasure: { average: deal.amount, cap: 50 }', '50'],
    ['below a cap', 'unit: money\nmeasure: { average: deal.amount, cap: 52 }', '15501/300'],
    ['of days', 'unit: days\nmeasure: { average: { of: deal, daysFrom: closeOn, to: closeOn } }', '0'],
    ['of nothing', 'unit: number\nmeasure: { average: fact.quantity }', 'no_records'],
    [
      'compared with another one',
      'unit: ratio\nratio: { of: { average: deal.amount }, to: { max: deal.amount } }',
      '15501/33000',
    ],
    [
      'of points',
      'unit: number\nmeasure: { average: deal.amount, times: { table: t, by: stage } }',
      '15501/900',
    ],
  ])('%s', async (_name, kpi, expected) => {
    const head = 'tables: { t: { gives: points, entries: { none: 1 }, otherwise: 1/3 } }';
    const [n, d] = expected.split('/');
    const wanted = d === undefined ? expected : new Fraction(Number(n), Number(d)).toFraction();
    expect(await exactly(store, measuring(kpi, { head }), { asOf })).toBe(wanted);
  });

  it('names the records without a value, which are not in its number', async () => {
    const program = measuring('unit: money\nmeasure: { average: deal.amount }');
    expect(await explained(store, program, asOf)).toEqual({
      counted: ['d1', 'd2', 'd3'],
      leftOut: ['d4: its amount is empty'],
    });
  });

  it('waits for enough records', async () => {
    const kpi = 'unit: money\nminimumSample: 4\nmeasure: { average: deal.amount }';
    expect(await exactly(store, measuring(kpi), { asOf })).toBe('minimum_sample');
  });
});

it.each(['average', 'median', 'min', 'max', 'sum'])(
  'a cap is no figure: the %s of records that bring nothing is none',
  async (aggregate) => {
    await insertRows(store, 'fact', [{ id: 'f1', partner: 'A', kind: 'usage', quantity: null }]);
    const program = measuring(`unit: number\nmeasure: { ${aggregate}: fact.quantity, cap: 40 }`);
    expect(await exactly(store, program, { asOf })).toBe(aggregate === 'sum' ? '0' : 'no_records');
  },
);

it('averages agree with plain code on random data', async () => {
  const program = measuring('unit: number\nmeasure: { average: fact.quantity, cap: 40 }');
  const quantity = fc.option(fc.integer({ min: -9999, max: 9999 }), { nil: null, freq: 5 });
  await fc.assert(
    fc.asyncProperty(fc.array(quantity, { maxLength: 20 }), async (hundredths) => {
      await store.query('delete from tierlink.fact');
      await insertMany(store, 'fact', {
        columns: 'id text, partner text, quantity numeric',
        rows: hundredths.map((one, index) => ({
          id: `f${index}`,
          partner: 'A',
          quantity: one === null ? null : (one / 100).toFixed(2),
        })),
      });
      const known = hundredths.filter((one) => one !== null);
      const mean = new Fraction(
        known.reduce((sum, one) => sum + one, 0),
        Math.max(1, known.length) * 100,
      );
      const expected =
        known.length === 0 ? 'no_records' : (mean.gt(40) ? new Fraction(40) : mean).toFraction();
      expect(await exactly(store, program, { asOf })).toBe(expected);
    }),
    { numRuns: 25 },
  );
});
