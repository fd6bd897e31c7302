import { expect, it } from '@jest/globals';
import { computeKpi } from '../../src/kpi/compute.ts';
import { attributesRead } from '../../src/kpi/reads.ts';
import type { Store } from '../../src/store/store.ts';
import { storeForEach } from '../services/store-for-each.ts';
import { exactly, explained, figureText, measuring, valueOn } from './measure-house.ts';
import { insertRows, programOf } from './sample.ts';

/** Of the records of a product area (customer, ...) the newest one counts, and the measure says what those come to. */
const asOf = '2026-11-23';
let store: Store;
storeForEach(async (opened) => {
  store = opened;
  await insertRows(store, 'partner', [{ id: 'A', name: 'Northwind', started_on: '2026-01-01' }]);
});

const window = 'window: { last: 6 months, by: occurredOn }';
const seats = (aggregate: string, unit = 'number') =>
  measuring(`unit: ${unit}\nmeasure: { ${aggregate}, newestOfEach: dimension, ${window} }`);

type Row = [id: string, dimension: string | null, occurredOn: string, quantity: string | null];
const facts = async (...rows: Row[]) => {
  await insertRows(
    store,
    'fact',
    rows.map(([id, dimension, occurred_on, quantity]) => ({
      id,
      partner: 'A',
      kind: 'seats',
      dimension,
      occurred_on,
      quantity,
    })),
  );
};

it('takes of an entry what is left of it, and counts it while anything is', async () => {
  const row = { partner: 'A', kind: 'seats', dimension: 'Cloud' };
  await insertRows(store, 'fact', [
    { ...row, id: 'f1', entry: '1', occurred_on: '2026-09-01', quantity: '80' },
    { ...row, id: 'f2', entry: '2', occurred_on: '2026-09-02', quantity: '-20', reverses: '1' },
    { ...row, id: 'f3', entry: '3', occurred_on: '2026-10-01', quantity: '7', dimension: 'Data' },
    { ...row, id: 'f4', entry: '4', occurred_on: '2026-10-02', quantity: '-7', reverses: '3' },
    { ...row, id: 'f5', entry: '5', occurred_on: '2026-10-01', quantity: null, dimension: 'Sea' },
    { ...row, id: 'f6', entry: '6', occurred_on: '2026-10-02', quantity: null, reverses: '5' },
  ]);
  expect(await exactly(store, seats('sum: fact.quantity'), { asOf })).toBe('60');
  expect(await exactly(store, seats('count: fact', 'count'), { asOf })).toBe('1');
  expect(await exactly(store, seats('distinct: fact.dimension', 'count'), { asOf })).toBe('1');
  const head = 'tables:\n  weights: { entries: { Cloud: 3 }, otherwise: 2 }';
  const weighed = (aggregate: string) =>
    measuring(
      `unit: number\nmeasure: { ${aggregate}, newestOfEach: dimension, times: { table: weights, by: dimension }, ${window} }`,
      { head },
    );
  expect(await exactly(store, weighed('sum: fact.quantity'), { asOf })).toBe('180');
  expect(await exactly(store, weighed('count: fact'), { asOf })).toBe('3');
});

it('counts no entry of which it is not known how much was taken back, whatever else was', async () => {
  const row = { partner: 'A', kind: 'seats', dimension: 'Cloud' };
  await insertRows(store, 'fact', [
    { ...row, id: 'f1', entry: '1', occurred_on: '2026-09-01', quantity: '80' },
    { ...row, id: 'f2', entry: '2', occurred_on: '2026-09-02', quantity: '-20', reverses: '1' },
  ]);
  expect(await exactly(store, seats('count: fact', 'count'), { asOf })).toBe('1');
  await insertRows(store, 'fact', [
    { ...row, id: 'f3', entry: '3', occurred_on: '2026-09-03', quantity: null, reverses: '1' },
  ]);
  expect(await exactly(store, seats('count: fact', 'count'), { asOf })).toBe('0');
  // Where amounts are added up, what takes back nothing that is known is named, as every empty value is.
  expect(await exactly(store, seats('sum: fact.quantity'), { asOf })).toBe('60');
  expect((await explained(store, seats('sum: fact.quantity'), asOf)).leftOut).toEqual([
    'f2: it takes another entry back',
    'f3: its quantity is empty',
  ]);
});

it('reads quantities wherever entries are taken back in part', () => {
  expect([...attributesRead(seats('count: fact', 'count'), 'k')]).toContain('fact.quantity');
  const ledger = measuring(`unit: count\nmeasure: { count: fact, ${window} }`);
  expect([...attributesRead(ledger, 'k')]).not.toContain('fact.quantity');
});

it('adds up the newest of each, and names the older ones', async () => {
  await facts(
    ['f1', 'Cloud', '2026-08-01', '500'],
    ['f2', 'Cloud', '2026-09-01', '80'],
    ['f3', 'Data', '2026-07-01', '7.5'],
    ['f4', 'Data', '2026-01-01', '900'],
  );
  const sum = seats('sum: fact.quantity');
  expect(await exactly(store, sum, { asOf })).toBe('175/2');
  expect(await explained(store, sum, asOf)).toEqual({
    counted: ['f2', 'f3'],
    leftOut: [
      'f1: there is a newer one',
      'f4: dated 2026-01-01, before the window, which begins on 2026-05-23',
    ],
  });
});

it.each([
  ['count: fact', 'count', '3'],
  ['average: fact.quantity', 'number', '31'],
  ['median: fact.quantity', 'number', '10'],
  ['min: fact.quantity', 'number', '3'],
  ['max: fact.quantity', 'number', '80'],
  ['distinct: fact.dimension', 'count', '2'],
])('%s', async (aggregate, unit, expected) => {
  await facts(
    ['f1', 'Cloud', '2026-08-01', '500'],
    ['f2', 'cloud ', '2026-09-01', '80'],
    ['f3', 'Data', '2026-07-01', '10'],
    // Those that name none are one value more, and of one day the largest counts.
    ['f4', null, '2026-07-01', '2'],
    ['f5', null, '2026-07-01', '3'],
  );
  expect(await exactly(store, seats(aggregate, unit), { asOf })).toBe(expected);
});

it('looks at groups of the newest ones alone', async () => {
  const healthy = measuring(
    `unit: count\nmeasure: { distinct: fact.dimension, newestOfEach: dimension, having: { max: fact.quantity, atLeast: 70 }, ${window} }`,
  );
  await facts(
    ['f1', 'Cloud', '2026-08-01', '90'],
    ['f2', 'Cloud', '2026-09-01', '60'],
    ['f3', 'Data', '2026-08-01', '60'],
    ['f4', 'Data', '2026-09-01', '70'],
  );
  expect(await exactly(store, healthy, { asOf })).toBe('1');
  expect((await explained(store, healthy, asOf)).counted).toEqual(['f4: the largest quantity is 70']);
});

it('changes by itself: one of a day to come takes over, and one that leaves its window has no older one', async () => {
  const sum = seats('sum: fact.quantity');
  await facts(
    ['f1', 'Cloud', '2026-10-01', '5'],
    ['f2', 'Cloud', asOf, '6'],
    ['f3', 'Data', '2026-05-23', '100'],
  );
  expect(await valueOn(store, sum, { asOf })).toMatchObject({
    numerator: '105',
    nextChangeAt: '2026-11-24T00:00:00.000Z',
  });
  expect(await exactly(store, sum, { asOf: '2026-11-24' })).toBe('6');
});

it('multiplies the newest ones by tables', async () => {
  const worth = measuring(
    `unit: number\nmeasure: { sum: fact.quantity, newestOfEach: dimension, times: { table: rates, by: dimension }, ${window} }`,
    { head: 'tables: { rates: { entries: { Cloud: 3, Data: "0.5" } } }' },
  );
  await facts(
    ['f1', 'Cloud', '2026-08-01', '500'],
    ['f2', 'Cloud', '2026-09-01', '8'],
    ['f3', 'Data', '2026-09-01', '3'],
  );
  expect(await exactly(store, worth, { asOf })).toBe('51/2');
});

it('goes through references, and refuses an amount without a rate only where it is the newest', async () => {
  await insertRows(store, 'customer', [
    { id: 'c1', name: 'One' },
    { id: 'c2', name: 'Two' },
  ]);
  const deal = (id: string, customer: string, close_on: string, amount: string, amount_currency = 'USD') => ({
    id,
    customer,
    close_on,
    amount,
    amount_currency,
    name: id,
  });
  await insertRows(store, 'deal', [
    deal('d1', 'c1', '2026-02-01', '1', 'XXX'),
    deal('d2', 'c1', '2026-03-01', '20'),
    deal('d3', 'c2', '2026-03-01', '30'),
  ]);
  await insertRows(
    store,
    'credit',
    ['d1', 'd2', 'd3'].map((id) => ({ id: `k${id}`, deal: id, partner: 'A', weight: 100, role: 'sourced' })),
  );
  const newest = measuring(
    'unit: money\nmeasure: { sum: deal.amount, newestOfEach: customer.name, window: { last: 1 year, by: closeOn } }',
  );
  expect(await exactly(store, newest, { asOf })).toBe('50');
  await store.query(`update tierlink.deal set close_on = '2026-04-01' where id = 'd1'`);
  expect(await exactly(store, newest, { asOf })).toContain('deal d1 has an amount in XXX');
});

it('is looked at in each region by itself', async () => {
  const program = programOf({
    head: 'regions: { records: { fact: kind }, list: [{ key: nordics, label: N, countries: [Sweden] }, { key: iberia, label: I, countries: [Spain] }] }',
    kpis: `  k: { label: K, help: x, unit: number, perRegion: true, measure: { sum: fact.quantity, newestOfEach: dimension, ${window} } }`,
  });
  const row = { partner: 'A', dimension: 'Cloud' };
  await insertRows(store, 'fact', [
    { ...row, id: 'f1', kind: 'Sweden', occurred_on: '2026-08-01', quantity: '5' },
    { ...row, id: 'f2', kind: 'Spain', occurred_on: '2026-09-01', quantity: '7' },
  ]);
  const scope = { program, asOf, now: Date.parse(asOf), feeds: [] };
  const figure = async (kpi: string) => {
    const [value] = await computeKpi(store, scope, { kpi, partners: ['A'] });
    return figureText(value!);
  };
  expect([await figure('k'), await figure('k.nordics'), await figure('k.iberia')]).toEqual(['7', '5', '7']);
});

it('takes people with one e-mail address for one, as distinct does', async () => {
  await insertRows(store, 'person', [
    { id: 'p0', partner: 'A', email: ' Ann@X.example ' },
    { id: 'p1', partner: 'A', email: 'ann@x.example' },
    { id: 'p2', partner: 'A' },
  ]);
  await insertRows(
    store,
    'certification',
    ['p0', 'p1', 'p2'].map((person, index) => ({
      id: `t${index}`,
      partner: 'A',
      person,
      code: 'PRO',
      issued_on: `2026-10-0${index + 1}`,
    })),
  );
  const newest = measuring(
    'unit: count\nmeasure: { count: certification, newestOfEach: person, window: { last: 6 months, by: issuedOn } }',
  );
  expect(await exactly(store, newest, { asOf })).toBe('2');
});
