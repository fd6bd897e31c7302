import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Fraction } from 'fraction.js';
import { addDays } from '../../src/program/civil-date.ts';
import type { Store } from '../../src/store/store.ts';
import { fc } from '../services/fast-check.ts';
import { emptyStore, openTestStore } from '../services/test-store.ts';
import { exactly, explained, figureText, insertMany, measuring, valueOn } from './measure-house.ts';
import { insertDeals, insertRows } from './sample.ts';

/** Amounts at the rate of a day: that of the evaluation, of the end of a window, or of the record. */
const asOf = '2026-11-23';
const currency = `{ code: USD, rates: {
  EUR: [{ from: 2025-01-01, rate: 1 }, { from: 2026-01-01, rate: "1.10" }, { from: 2026-10-01, rate: 6/5 }],
  SEK: "0.1" } }`;
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

const sum = (rest: string) => measuring(`unit: money\nmeasure: { sum: deal.amount, ${rest} }`, { currency });

describe('a rate by date', () => {
  beforeEach(async () => {
    await insertDeals(
      store,
      `
      deal | partner | amount   | won | closed     | role    | weight
      d1   | A       | 100 EUR  | yes | 2025-12-31 | sourced | 100
      d2   | A       | 200 EUR  | yes | 2026-09-30 | sourced | 50
      d3   | A       | 50 SEK   | yes | 2026-03-01 | sourced | 100
      d4   | A       | 7 USD    | yes | 2026-03-01 | sourced | 100`,
    );
  });

  it.each([
    ['of the evaluation', 'rate: { at: evaluation }', '252'],
    ['of the evaluation, unless it is said otherwise', 'where: { attribute: isWon, is: true }', '252'],
    ['of the record', 'rate: { by: closeOn }', '222'],
    [
      'of the end of the window',
      'window: { previous: quarter, by: closeOn }, rate: { at: windowEnd }',
      '110',
    ],
    ['of today for the same window', 'window: { previous: quarter, by: closeOn }', '120'],
  ])('is that %s', async (_name, rest, expected) => {
    expect(await exactly(store, sum(rest), { asOf })).toBe(expected);
  });

  it('holds in conditions on amounts as well', async () => {
    const large = (rate: string) =>
      measuring(
        `unit: count\nmeasure: { count: deal, where: { attribute: amount, atLeast: 110 }, rate: ${rate} }`,
        { currency },
      );
    expect(await exactly(store, large('{ by: closeOn }'), { asOf })).toBe('1');
    expect(await exactly(store, large('{ at: evaluation }'), { asOf })).toBe('2');
  });

  it('is that of each part of a growth, where the program says the end of the window', async () => {
    const both = (rateAt: string) =>
      measuring(
        `unit: percent
growth:
  now: { sum: deal.amount, window: { previous: quarter, by: closeOn }, where: { attribute: isWon, is: true } }
  before: { sum: deal.amount, window: { previous: quarter, by: closeOn, ago: 9 months }, where: { attribute: isWon, is: true } }`,
        { currency: currency.replace('{ code', `{ rateAt: ${rateAt}, code`) },
      );
    // 100 EUR each: at 1.10 and 1 on the last days of the quarters, both at 1.20 today.
    expect(await exactly(store, both('windowEnd'), { asOf })).toBe('10');
    expect(await exactly(store, both('evaluation'), { asOf })).toBe('0');
  });

  it('changes a figure by time alone, on the day from which it holds', async () => {
    const open = sum('where: { attribute: isWon, is: true }');
    const before = await valueOn(store, open, { asOf: '2026-09-29' });
    expect([figureText(before), before.nextChangeAt]).toEqual(['232', '2026-10-01T00:00:00.000Z']);
    expect(await exactly(store, open, { asOf: '2026-10-01' })).toBe('252');
    const ending = sum('window: { last: 12 months, by: closeOn }, rate: { at: windowEnd }');
    const onTheDay = await valueOn(store, ending, { asOf: '2026-10-01' });
    expect([figureText(onTheDay), onTheDay.nextChangeAt]).toEqual(['232', '2026-10-02T00:00:00.000Z']);
    expect(await exactly(store, ending, { asOf: '2026-10-02' })).toBe('252');
    const kept = await valueOn(store, sum('rate: { by: closeOn }'), { asOf: '2026-09-29' });
    expect(kept.nextChangeAt).toBeNull();
    const count = measuring('unit: count\nmeasure: { count: deal }', { currency });
    expect((await valueOn(store, count, { asOf: '2026-09-29' })).nextChangeAt).toBeNull();
  });

  it('that is missing is an error with its day; a record without the date is left out', async () => {
    await store.query(`update tierlink.deal set close_on = null where id = 'd2'`);
    const program = sum('rate: { by: closeOn }');
    expect(await exactly(store, program, { asOf })).toBe('112');
    expect((await explained(store, program, asOf)).leftOut).toEqual(['d2: its close date is empty']);
    await store.query(`update tierlink.deal set close_on = '2024-12-31' where id = 'd1'`);
    expect(await exactly(store, program, { asOf })).toBe(
      'deal d1 has an amount in EUR, for which the program has no rate on 2024-12-31',
    );
    expect((await explained(store, program, asOf)).leftOut).toContain(
      'd1: the program has no rate on 2024-12-31 for EUR',
    );
    await store.query(`update tierlink.deal set amount_currency = 'JPY' where id = 'd3'`);
    await store.query(`update tierlink.deal set close_on = '2026-01-01' where id = 'd1'`);
    expect(await exactly(store, program, { asOf })).toBe(
      'deal d3 has an amount in JPY, for which the program has no rate',
    );
  });

  it('that is missing in a condition on what refers to a record is named with the day of the evaluation', async () => {
    const dated = '{ code: USD, rates: { EUR: [{ from: 2030-01-01, rate: 1 }], SEK: "0.1" } }';
    await store.query(`delete from tierlink.deal where id <> 'd1'`);
    await insertRows(store, 'lead', [{ id: 'l1', deal: 'd1' }]);
    const has = '{ sum: lead.deal.amount, atLeast: 1 }';
    for (const where of [`{ has: ${has} }`, `{ not: { has: ${has} } }`]) {
      const program = measuring(
        `unit: count\nmeasure: { count: deal, rate: { by: closeOn }, where: ${where} }`,
        { currency: dated },
      );
      expect(await exactly(store, program, { asOf })).toBe(
        'deal d1 has an amount in EUR, for which the program has no rate on 2026-11-23',
      );
      expect((await explained(store, program, asOf)).leftOut).toEqual([
        'd1: the program has no rate on 2026-11-23 for EUR',
      ]);
    }
  });

  it('that is missing does not matter for a record that another condition leaves out', async () => {
    await store.query(`update tierlink.deal set amount_currency = 'JPY', is_won = false where id = 'd1'`);
    const won = measuring(
      'unit: count\nmeasure: { count: deal, where: [{ attribute: isWon, is: true }, { attribute: amount, atLeast: 7 }] }',
      { currency },
    );
    expect(await exactly(store, won, { asOf })).toBe('2');
  });

  it('that is missing does not matter for a record that falls short of something else anyway', async () => {
    await store.query(`update tierlink.deal set amount_currency = 'JPY'`);
    await insertRows(store, 'lead', [{ id: 'l1', deal: 'd1' }]);
    const large = '{ has: { sum: lead.deal.amount, atLeast: 1 } }';
    const counted = (leads: number) =>
      measuring(
        `unit: count\nmeasure: { count: deal, where: [{ has: { count: lead, atLeast: ${leads} } }, ${large}] }`,
        { currency },
      );
    expect(await exactly(store, counted(2), { asOf })).toBe('0');
    expect(await exactly(store, counted(1), { asOf })).toBe(
      'deal d1 has an amount in JPY, for which the program has no rate',
    );
  });
});

const day = fc.integer({ min: 0, max: 800 }).map((count) => addDays('2025-01-01', count));
const amounts = fc.array(
  fc.record({
    amount: fc.integer({ min: -9999, max: 999_999 }).map((cents) => (cents / 100).toFixed(2)),
    currency: fc.constantFrom('USD', 'EUR', 'SEK'),
    occurredOn: day,
  }),
  { maxLength: 30 },
);

it('differences of two windows are exact at every kind of rate, as plain code has them', async () => {
  const eur = (on: string) => new Fraction(on < '2026-01-01' ? '1' : on < '2026-10-01' ? '1.1' : '1.2');
  const part = (rate: string, ago: string) =>
    `{ sum: fact.amount, rate: ${rate}, window: { previous: quarter, by: occurredOn${ago} } }`;
  await fc.assert(
    fc.asyncProperty(amounts, day, async (some, on) => {
      await store.query('delete from tierlink.fact');
      await insertMany(store, 'fact', {
        columns: 'id text, partner text, amount numeric, amount_currency text, occurred_on date',
        rows: some.map((one, index) => ({
          id: `f${index}`,
          partner: 'A',
          amount: one.amount,
          amount_currency: one.currency,
          occurred_on: one.occurredOn,
        })),
      });
      for (const rate of ['{ at: evaluation }', '{ at: windowEnd }', '{ by: occurredOn }']) {
        const total = (from: string, to: string) =>
          some
            .filter(({ occurredOn }) => occurredOn >= from && occurredOn < to)
            .reduce((sumSoFar, { amount, currency: code, occurredOn }) => {
              const rateOn = rate.includes('by') ? occurredOn : rate.includes('End') ? addDays(to, -1) : on;
              const worth = code === 'USD' ? 1 : code === 'SEK' ? '0.1' : eur(rateOn);
              return sumSoFar.add(new Fraction(amount).mul(worth));
            }, new Fraction(0));
        const quarter = `${on.slice(0, 5)}${String(Math.floor((Number(on.slice(5, 7)) - 1) / 3) * 3 + 1).padStart(2, '0')}-01`;
        const back = (months: number) => {
          const date = new Date(`${quarter}T00:00:00Z`);
          date.setUTCMonth(date.getUTCMonth() - months);
          return date.toISOString().slice(0, 10);
        };
        // The window of 12 months ago ends before the first rate for some days: nothing is in it then.
        const expected = total(back(3), quarter).sub(total(back(15), back(12)));
        const program = measuring(
          `unit: money\ndifference:\n  now: ${part(rate, '')}\n  before: ${part(rate, ', ago: 12 months')}`,
          { currency },
        );
        const wanted = `${expected.s * expected.n}${expected.d === 1n ? '' : `/${expected.d}`}`;
        const value = await valueOn(store, program, { asOf: on });
        if (value.error === null) expect([rate, figureText(value)]).toEqual([rate, wanted]);
        else expect([rate.includes('End'), back(12) <= '2025-01-01']).toEqual([true, true]);
      }
    }),
    { numRuns: 20 },
  );
});
