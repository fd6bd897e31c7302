import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { computeKpi } from '../../src/kpi/compute.ts';
import { kpiRecords } from '../../src/kpi/records.ts';
import type { Store } from '../../src/store/store.ts';
import { emptyStore, openTestStore } from '../services/test-store.ts';
import { exactly, explained, figureText, measuring, valueOn } from './measure-house.ts';
import { insertRows, programOf } from './sample.ts';

/** Of the records of a partner the newest one counts: figures that are computed elsewhere and written down as facts. */
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

const score = measuring(
  'unit: points\nmeasure: { latest: fact.quantity, where: { attribute: kind, is: score }, window: { last: 6 months, by: occurredOn } }',
);
const facts = async (...rows: [id: string, occurredOn: string | null, quantity: string | null][]) => {
  await insertRows(
    store,
    'fact',
    rows.map(([id, occurred_on, quantity]) => ({ id, partner: 'A', kind: 'score', occurred_on, quantity })),
  );
};

describe('the newest record', () => {
  it('counts alone, and the older ones are named as such', async () => {
    await facts(['f1', '2026-06-01', '80'], ['f2', '2026-10-01', '61.5'], ['f3', '2026-09-30', '90']);
    expect(await exactly(store, score, { asOf })).toBe('123/2');
    expect(await explained(store, score, asOf)).toEqual({
      counted: ['f2'],
      leftOut: ['f1: there is a newer one', 'f3: there is a newer one'],
    });
    expect(await valueOn(store, score, { asOf })).toMatchObject({
      counted: 1,
      excludedBy: { superseded: 2 },
    });
  });

  it('is the largest of its day', async () => {
    await facts(['f1', '2026-10-01', '70'], ['f2', '2026-10-01', '72'], ['f3', '2026-10-01', '71']);
    expect(await exactly(store, score, { asOf })).toBe('72');
  });

  it('is none of the days to come, and takes over on the day after its own', async () => {
    await facts(['f1', '2026-10-01', '70'], ['f2', asOf, '40']);
    const value = await valueOn(store, score, { asOf });
    expect(value).toMatchObject({ numerator: '70', nextChangeAt: '2026-11-24T00:00:00.000Z' });
    expect(await exactly(store, score, { asOf: '2026-11-24' })).toBe('40');
  });

  it('counts until its window ends, and no older one comes back', async () => {
    await facts(['f1', '2026-05-22', '90'], ['f2', '2026-05-23', '70']);
    expect(await exactly(store, score, { asOf })).toBe('70');
    expect(await exactly(store, score, { asOf: '2026-11-24' })).toBe('no_records');
  });

  it('has a value and a date', async () => {
    await facts(['f1', '2026-10-01', '70'], ['f2', '2026-11-01', null], ['f3', null, '99']);
    expect(await exactly(store, score, { asOf })).toBe('70');
    expect((await explained(store, score, asOf)).leftOut).toEqual([
      'f2: its quantity is empty',
      'f3: its date is empty',
    ]);
  });

  it('gives no figure where its amount has no rate, and an older one without a rate does not matter', async () => {
    const spend = measuring(
      'unit: money\nmeasure: { latest: fact.amount, window: { last: 1 year, by: occurredOn } }',
    );
    const amount = (id: string, day: string, currency: string) => ({
      id,
      partner: 'A',
      kind: 'spend',
      occurred_on: day,
      amount: '100',
      amount_currency: currency,
    });
    await insertRows(store, 'fact', [amount('f1', '2026-01-01', 'XXX'), amount('f2', '2026-02-01', 'EUR')]);
    expect(await exactly(store, spend, { asOf })).toBe('110');
    await insertRows(store, 'fact', [amount('f3', '2026-03-01', 'XXX')]);
    expect(await exactly(store, spend, { asOf })).toContain('fact f3 has an amount in XXX');
  });

  it('is none that was taken back, nor what takes it back, and the one before counts again', async () => {
    const row = { partner: 'A', kind: 'score', dimension: 'Sweden' };
    await insertRows(store, 'fact', [
      { ...row, id: 'f1', entry: '1', occurred_on: '2026-09-01', quantity: '70' },
      { ...row, id: 'f2', entry: '2', occurred_on: '2026-10-01', quantity: '80' },
      // In no region by itself: it is where the entry is that it takes back.
      { ...row, id: 'f3', entry: '3', occurred_on: asOf, quantity: '-80', reverses: '2', dimension: null },
      { ...row, id: 'f4', entry: '4', occurred_on: '2026-10-05', quantity: '-9', reverses: 'nope' },
    ]);
    const regional = programOf({
      head: 'regions: { records: { fact: dimension }, list: [{ key: nordics, label: Nordics, countries: [Sweden] }] }',
      kpis: '  k: { label: K, help: x, unit: points, perRegion: true, measure: { latest: fact.quantity, window: { last: 6 months, by: occurredOn } } }',
    });
    const inNordics = async (day: string) => {
      const scope = { program: regional, asOf: day, now: Date.parse(day), feeds: [] };
      const [value] = await computeKpi(store, scope, { kpi: 'k.nordics', partners: ['A'] });
      return figureText(value!);
    };
    const before = await valueOn(store, score, { asOf });
    expect(before).toMatchObject({ numerator: '80', nextChangeAt: '2026-11-24T00:00:00.000Z' });
    expect(await inNordics(asOf)).toBe('80');
    expect(await exactly(store, score, { asOf: '2026-11-24' })).toBe('70');
    expect(await inNordics('2026-11-24')).toBe('70');
    expect(await explained(store, score, '2026-11-24')).toEqual({
      counted: ['f1'],
      leftOut: [
        'f2: another entry takes it back',
        'f3: it takes another entry back',
        'f4: the entry that it takes back does not count',
      ],
    });
  });

  it('counts with what is left of it where only a part is taken back', async () => {
    const row = { partner: 'A', kind: 'score' };
    await insertRows(store, 'fact', [
      { ...row, id: 'f1', entry: '1', occurred_on: '2026-09-01', quantity: '70' },
      { ...row, id: 'f2', entry: '2', occurred_on: '2026-10-01', quantity: '80' },
      { ...row, id: 'f3', entry: '3', occurred_on: '2026-10-02', quantity: '-20.5', reverses: '2' },
      { ...row, id: 'f4', entry: '4', occurred_on: asOf, quantity: '-59.5', reverses: '2' },
    ]);
    const before = await valueOn(store, score, { asOf });
    expect([figureText(before), before.nextChangeAt]).toEqual(['119/2', '2026-11-24T00:00:00.000Z']);
    const { included } = await kpiRecords(store, { program: score, kpi: 'k', partnerId: 'A', now: 0, asOf });
    expect(included.map(({ id, value }) => [id, value])).toEqual([['f2', '59.5']]);
    expect((await explained(store, score, asOf)).leftOut).toEqual([
      'f1: there is a newer one',
      'f3: it takes another entry back',
      'f4: dated 2026-11-23, today; it counts from 2026-11-24',
    ]);
    expect(await exactly(store, score, { asOf: '2026-11-24' })).toBe('70');
    await store.query(`update tierlink.fact set quantity = '-60' where id = 'f4'`);
    expect(await exactly(store, score, { asOf: '2026-11-24' })).toBe('70');
  });

  it('is taken back in its own currency, and by another one at the rates', async () => {
    const spend = (rate: string) =>
      measuring(
        `unit: money\nmeasure: { latest: fact.amount, rate: ${rate}, window: { last: 1 year, by: occurredOn } }`,
        {
          currency:
            '{ code: USD, rates: { EUR: [{ from: 2020-01-01, rate: 2 }, { from: 2026-03-01, rate: 1 }] } }',
        },
      );
    const byDay = spend('{ by: occurredOn }');
    const add = async (
      id: string,
      day: string,
      amount: string,
      currency: string,
      reverses: string | null = null,
    ) =>
      await insertRows(store, 'fact', [
        { id, entry: id, partner: 'A', occurred_on: day, amount, amount_currency: currency, reverses },
      ]);
    await add('1', '2026-01-01', '10', 'USD');
    await add('2', '2026-02-01', '100', 'EUR');
    await add('3', '2026-03-01', '-60', 'EUR', '2');
    // At the rate of the entry, whose rest it is.
    expect(await exactly(store, byDay, { asOf })).toBe('80');
    await add('4', '2026-03-02', '-40', 'EUR', '2');
    expect(await exactly(store, byDay, { asOf })).toBe('10');
    await store.query(`update tierlink.fact set amount_currency = 'USD' where id = '4'`);
    expect(await exactly(store, byDay, { asOf })).toBe('100');
    await store.query(`update tierlink.fact set amount_currency = 'XXX' where id = '4'`);
    expect(await exactly(store, byDay, { asOf })).toContain('fact 4 has an amount in XXX');
    await add('5', '2026-02-02', '7', 'USD');
    expect(await exactly(store, byDay, { asOf })).toBe('7');
    await store.query(`update tierlink.fact set amount_currency = 'XXX' where id in ('2', '3')`);
    await store.query(`delete from tierlink.fact where id = '5'`);
    // What was taken back whole needs no rate.
    expect(await exactly(store, byDay, { asOf })).toBe('10');
  });

  it('is in no doubt for reversals without a rate of an entry that is not there', async () => {
    const spend = measuring(
      'unit: money\nmeasure: { latest: fact.amount, window: { last: 1 year, by: occurredOn } }',
    );
    const row = { partner: 'A', amount: '-1', reverses: '9' };
    await insertRows(store, 'fact', [
      {
        ...row,
        id: 'f1',
        entry: '1',
        occurred_on: '2026-01-01',
        amount: '5',
        amount_currency: 'USD',
        reverses: null,
      },
      { ...row, id: 'f2', entry: '2', occurred_on: '2026-02-01', amount_currency: 'XXX' },
      { ...row, id: 'f3', entry: '3', occurred_on: '2026-02-01', amount_currency: 'YYY' },
    ]);
    expect(await exactly(store, spend, { asOf })).toBe('5');
  });

  it('that is a time is taken back whole', async () => {
    const row = { partner: 'A', kind: 'score', occurred_on: '2026-10-01', expires_on: '2026-10-11' };
    await insertRows(store, 'fact', [
      { ...row, id: 'f1', entry: '1', occurred_on: '2026-09-01' },
      { ...row, id: 'f2', entry: '2' },
      { ...row, id: 'f3', entry: '3', reverses: '2' },
    ]);
    const days = measuring(
      'unit: days\nmeasure: { latest: { of: fact, daysFrom: occurredOn, to: expiresOn }, window: { last: 1 year, by: occurredOn } }',
    );
    expect(await exactly(store, days, { asOf })).toBe('40');
  });

  it('is one for each partner', async () => {
    await insertRows(store, 'partner', [{ id: 'B', name: 'Contoso', started_on: '2026-01-01' }]);
    await facts(['f1', '2026-06-01', '80'], ['f2', '2026-10-01', '60']);
    await store.query(`update tierlink.fact set partner = 'B' where id = 'f2'`);
    expect(await exactly(store, score, { asOf })).toBe('80');
    expect(await exactly(store, score, { asOf, partner: 'B' })).toBe('60');
  });
});
