import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Store } from '../../src/store/store.ts';
import { emptyStore, openTestStore } from '../services/test-store.ts';
import { exactly, explained, figureText, measuring, valueOn } from './measure-house.ts';
import { insertDeals, insertRows } from './sample.ts';

/** Where random programs and records (independent.test.ts) once found the SQL wrong. */
let store: Store;
const asOf = '2026-11-23';

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

describe('a window that needs less than others', () => {
  it('is from a day on, without a last one', async () => {
    await insertRows(store, 'fact', [
      { id: 'f1', partner: 'A', occurred_on: asOf },
      { id: 'f2', partner: 'A', occurred_on: '2026-11-24' },
    ]);
    const program = measuring('unit: count\nmeasure: { count: fact, window: { validFrom: occurredOn } }');
    expect(await exactly(store, program, { asOf })).toBe('1');
    expect((await explained(store, program, asOf)).leftOut).toEqual(['f2: valid from 2026-11-24']);
  });

  it('counts from the start of the partner what refers to a record', async () => {
    await insertRows(store, 'person', [{ id: 'p1', partner: 'A' }]);
    await insertRows(store, 'certification', [{ id: 't1', person: 'p1', issued_on: '2026-01-20' }]);
    const has = 'has: { count: certification, window: { sinceStart: 30 days, by: issuedOn }, atLeast: 1 }';
    const program = measuring(`unit: count\nmeasure: { count: person, where: { ${has} } }`);
    expect(await exactly(store, program, { asOf })).toBe('1');
  });
});

describe('what refers to a record, inside another condition,', () => {
  const window = 'window: { validFrom: issuedOn, validThrough: expiresOn }';
  const none = `not: { has: { count: certification, ${window}, atLeast: 1 } }`;
  const some = `any: [{ attribute: role, is: sales }, { has: { count: certification, ${window}, atLeast: 1 } }]`;

  it.each([
    ['ends', none, ['2026-11-23 0', '2026-12-01 1']],
    ['begins', some, ['2026-11-23 1', '2026-11-26 2', '2026-12-01 1', '2026-12-06 0']],
  ])('changes the figure on the day on which it %s', async (_name, condition, expected) => {
    await insertRows(store, 'person', [
      { id: 'p1', partner: 'A' },
      { id: 'p2', partner: condition === none ? 'B' : 'A' },
    ]);
    await insertRows(store, 'certification', [
      { id: 't1', person: 'p1', issued_on: '2026-01-01', expires_on: '2026-11-30' },
      { id: 't2', person: 'p2', issued_on: '2026-11-26', expires_on: '2026-12-05' },
    ]);
    const program = measuring(`unit: count\nmeasure: { count: person, where: { ${condition} } }`);
    const figures: string[] = [];
    for (let today: string | undefined = asOf; today !== undefined && today < '2027-06-01'; ) {
      const value = await valueOn(store, program, { asOf: today });
      const figure = figureText(value);
      if (figure !== figures.at(-1)?.split(' ')[1]) figures.push(`${today} ${figure}`);
      today = value.nextChangeAt?.slice(0, 10);
    }
    expect(figures).toEqual(expected);
    const shown = await explained(store, program, asOf);
    expect(shown.leftOut).toEqual([]);
  });
});

describe('an amount without a rate', () => {
  beforeEach(async () => {
    await insertDeals(
      store,
      `
      deal | partner | amount   | won | closed     | role    | weight
      d1   | A       | 100 XXX  | no  | 2026-10-01 | sourced | 100
      d2   | A       | 100 USD  | yes | 2026-10-01 | sourced | 100`,
    );
  });

  it.each([
    ['listed', '[{ attribute: isWon, is: true }, { attribute: amount, atLeast: 50 }]', '1'],
    ['joined', '{ all: [{ attribute: amount, atLeast: 50 }, { attribute: isWon, is: true }] }', '1'],
    [
      'of which one is enough',
      '{ any: [{ attribute: amount, atLeast: 500 }, { attribute: isClosed, is: true }] }',
      '2',
    ],
    [
      'denied',
      '{ not: { all: [{ attribute: amount, atLeast: 500 }, { attribute: isWon, is: true }] } }',
      '2',
    ],
  ])('does not matter where another condition decides: %s', async (_name, where, expected) => {
    const program = measuring(`unit: count\nmeasure: { count: deal, where: ${where} }`);
    expect(await exactly(store, program, { asOf })).toBe(expected);
  });

  it('is an error where it decides, and in groups only where there is an amount', async () => {
    const where = '{ any: [{ attribute: amount, atLeast: 50 }, { attribute: isWon, is: true }] }';
    const program = measuring(`unit: count\nmeasure: { count: deal, where: ${where} }`);
    expect(await exactly(store, program, { asOf })).toContain('deal d1 has an amount in XXX');
    await insertRows(store, 'fact', [{ id: 'f1', partner: 'A', dimension: 'Tenant' }]);
    const groups = 'distinct: fact.dimension, having: { sum: fact.amount, atMost: 0 }';
    expect(await exactly(store, measuring(`unit: count\nmeasure: { ${groups} }`), { asOf })).toBe('1');
  });
});

describe('rates by date', () => {
  const currency =
    '{ code: USD, rates: { EUR: [{ from: 2026-01-01, rate: 1 }, { from: 2026-12-01, rate: 2 }] } }';

  it('leave a record out that has not the date, also where only a condition looks at the amount', async () => {
    await insertDeals(
      store,
      `
      deal | partner | amount   | won | closed | role    | weight
      d1   | A       | 100 EUR  | no  | -      | sourced | 100
      d2   | A       | 100 USD  | no  | -      | sourced | 100`,
    );
    const where = 'where: { attribute: amount, atLeast: 50 }, rate: { by: closeOn }';
    const program = measuring(`unit: count\nmeasure: { count: deal, ${where} }`, { currency });
    expect(await exactly(store, program, { asOf })).toBe('1');
    expect((await explained(store, program, asOf)).leftOut).toEqual(['d1: its close date is empty']);
  });

  it('change what refers to a record on their first day, whatever day the record itself takes', async () => {
    await insertDeals(
      store,
      `
      deal | partner | amount   | won | closed     | role    | weight
      d1   | A       | 100 EUR  | no  | 2026-10-01 | sourced | 100`,
    );
    await insertRows(store, 'lead', [{ id: 'l1', partner: 'A', deal: 'd1' }]);
    const has = '{ has: { sum: lead.deal.amount, atLeast: 150 } }';
    const program = measuring(
      `unit: money\nmeasure: { sum: deal.amount, where: ${has}, rate: { by: closeOn } }`,
      { currency },
    );
    const value = await valueOn(store, program, { asOf });
    expect([figureText(value), value.nextChangeAt]).toEqual(['0', '2026-12-01T00:00:00.000Z']);
    expect(await exactly(store, program, { asOf: '2026-12-01' })).toBe('100');
  });
});

describe('different values', () => {
  it('are numbers and amounts, not how they are written', async () => {
    await insertRows(store, 'fact', [
      { id: 'f1', partner: 'A', quantity: '1.0', amount: '100', amount_currency: 'USD' },
      { id: 'f2', partner: 'A', quantity: '1.00', amount: '100.00', amount_currency: 'USD' },
      { id: 'f3', partner: 'A', quantity: '1', amount: '100', amount_currency: 'EUR' },
    ]);
    const different = (path: string) => measuring(`unit: count\nmeasure: { distinct: ${path} }`);
    expect(await exactly(store, different('fact.quantity'), { asOf })).toBe('1');
    expect(await exactly(store, different('fact.amount'), { asOf })).toBe('2');
  });
});

describe('an entry of which only something without a rate is taken back', () => {
  it.each([
    ['2', '3'],
    ['3', '2'],
  ])('gives no figure and names what has no rate: entry %s, taken back by %s', async (entry, taker) => {
    const row = (id: string, amount: string, amount_currency: string) => ({
      ...{ id, entry: id, partner: 'A', occurred_on: '2026-02-01', amount, amount_currency },
    });
    await insertRows(store, 'fact', [
      { ...row('1', '5', 'USD'), occurred_on: '2026-01-01' },
      row(entry, '100', 'USD'),
      { ...row(taker, '-1', 'XXX'), reverses: entry },
    ]);
    const newest = measuring(
      'unit: money\nmeasure: { latest: fact.amount, window: { last: 1 year, by: occurredOn } }',
    );
    expect(await exactly(store, newest, { asOf })).toContain(`fact ${taker} has an amount in XXX`);
  });
});
