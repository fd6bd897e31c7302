import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parseProgram } from '../../src/program/load.ts';
import type { Store } from '../../src/store/store.ts';
import { openTestStore } from '../services/test-store.ts';
import { exactly, measuring, valueOn } from './measure-house.ts';
import { insertDeals, insertRows } from './sample.ts';

/** What each period of a window comes to, and in how many of them something holds, as of 2026-11-23. */
const asOf = '2026-11-23';
let store: Store;

beforeAll(async () => {
  store = await openTestStore();
  await insertRows(store, 'partner', [{ id: 'A', name: 'Northwind' }]);
  await insertDeals(
    store,
    `
    deal | partner | amount   | won | closed     | role    | weight
    d1   | A       | 900 USD  | yes | 2026-03-31 | sourced | 100
    d2   | A       | 700 USD  | yes | 2026-04-30 | sourced | 50
    d3   | A       | 300 USD  | yes | 2026-05-05 | sourced | 100
    d4   | A       | 100 EUR  | yes | 2026-06-01 | sourced | 100
    d5   | A       | 50 USD   | yes | 2026-06-02 | sourced | 100`,
  );
});

afterAll(async () => {
  await store.close();
});

describe('a measure of each period', () => {
  const quarters = (rest: string) =>
    `window: { lastFull: 4 quarters, by: closeOn }, perEach: { of: { period: quarter, by: closeOn }, ${rest} }`;

  it.each([
    ['the weakest quarter, in which nothing was sold', 'count', `count: deal, ${quarters('take: min')}`, '0'],
    ['the best one', 'money', `sum: deal.amount, ${quarters('take: max')}`, '900'],
    ['the mean of all four', 'money', `sum: deal.amount, ${quarters('take: average')}`, '855/2'],
    ['the middle one', 'money', `sum: deal.amount, ${quarters('take: median')}`, '405'],
    [
      'how many had a sale',
      'count',
      `count: deal, having: { count: deal, atLeast: 1 }, ${quarters('take: count')}`,
      '2',
    ],
    [
      'how many had one sale at most, or none',
      'count',
      `count: deal, having: { count: deal, atMost: 1 }, ${quarters('take: count')}`,
      '3',
    ],
    [
      'how many had none, whatever is taken of each',
      'count',
      `max: deal.amount, having: { sum: deal.amount, lessThan: 1 }, ${quarters('take: count')}`,
      '2',
    ],
    [
      'none for what nothing comes to',
      'count',
      `count: deal, having: { max: deal.amount, atMost: 900 }, ${quarters('take: count')}`,
      '2',
    ],
    [
      'the mean of those that came to little, and of those without a sale',
      'money',
      `sum: deal.amount, having: { sum: deal.amount, atMost: 850 }, ${quarters('take: average')}`,
      '270',
    ],
    [
      'how many in a row had one sale at most, or none',
      'count',
      `count: deal, having: { count: deal, atMost: 1 }, ${quarters('take: longestRun')}`,
      '2',
    ],
    [
      'how many in a row up to the last had one sale at most',
      'count',
      `count: deal, having: { count: deal, atMost: 1 }, ${quarters('take: lastRun')}`,
      '1',
    ],
    [
      'how many in a row came to so much',
      'count',
      `count: deal, having: { sum: deal.amount, atLeast: 800 }, ${quarters('take: longestRun')}`,
      '2',
    ],
    [
      'no run that goes on where the last one falls short',
      'count',
      `count: deal, having: { sum: deal.amount, atLeast: 800 }, ${quarters('take: lastRun')}`,
      '0',
    ],
    [
      'all of them in a row, where nothing was sold at all',
      'count',
      `count: deal, where: { attribute: stage, is: None }, having: { count: deal, atMost: 0 }, ${quarters('take: lastRun')}`,
      '4',
    ],
    [
      'how many came to so much',
      'count',
      `count: deal, having: { sum: deal.amount, atLeast: 850 }, ${quarters('take: count')}`,
      '1',
    ],
    [
      'the smallest of those that came to so much',
      'money',
      `sum: deal.amount, having: { sum: deal.amount, atLeast: 850 }, ${quarters('take: min')}`,
      '900',
    ],
    [
      'no smallest deal of a quarter without one',
      'money',
      `min: deal.amount, ${quarters('take: min')}`,
      '50',
    ],
    [
      'nothing in each, where nothing was sold at all',
      'count',
      `count: deal, where: { attribute: stage, is: None }, ${quarters('take: min')}`,
      '0',
    ],
    [
      'each month of a year',
      'count',
      'count: deal, window: { previous: fiscalYear, by: closeOn }, perEach: { of: { period: month, by: closeOn }, take: max }',
      '0',
    ],
  ])('says %s', async (_, unit, measure, expected) => {
    expect(await exactly(store, measuring(`unit: ${unit}\nmeasure: { ${measure} }`), { asOf })).toBe(
      expected,
    );
  });

  it('goes on to the next quarters by itself', async () => {
    const program = measuring(
      `unit: count\nmeasure: { count: deal, having: { count: deal, atLeast: 1 }, ${quarters('take: count')} }`,
    );
    const value = await valueOn(store, program, { asOf });
    expect(value.nextChangeAt?.slice(0, 10)).toBe('2027-04-01');
    expect(await exactly(store, program, { asOf: '2027-04-01' })).toBe('1');
  });

  it('has no customers in a row', () => {
    const text = measuring(`unit: count\nmeasure: { count: deal, ${quarters('take: min')} }`).source;
    const written = text.replace('{ period: quarter, by: closeOn }, take: min', 'customer, take: lastRun');
    const { findings } = parseProgram(written, 'test.yaml');
    expect(findings.map(({ reason }) => reason)).toContain(
      'only periods come in a row; write of: { period: month, by: ... } for lastRun',
    );
  });

  it('lets a run go on with the next quarter, without a record', async () => {
    const program = measuring(
      `unit: count\nmeasure: { count: deal, having: { count: deal, atMost: 0 }, ${quarters('take: lastRun')} }`,
    );
    const value = await valueOn(store, program, { asOf });
    expect([value.numerator, value.nextChangeAt?.slice(0, 10)]).toEqual(['1', '2027-01-01']);
    expect(await exactly(store, program, { asOf: '2027-01-01' })).toBe('2');
  });
});
