import { expect, it } from '@jest/globals';
import { attributesRead } from '../../src/kpi/reads.ts';
import type { Store } from '../../src/store/store.ts';
import { behindFigures } from '../../src/tier/explain/left-out.ts';
import { fc } from '../services/fast-check.ts';
import { storeForEach } from '../services/store-for-each.ts';
import { exactly, explained, measuring, valueOn } from './measure-house.ts';
import { insertRows } from './sample.ts';

/** Only the records with the largest, or the smallest, values of an attribute count; of these something may be asked. */
const asOf = '2026-11-23';
let store: Store;
storeForEach(async (opened) => {
  store = opened;
  await insertRows(store, 'partner', [{ id: 'A', name: 'Northwind' }]);
});

type Deal = [id: string, amount: string | null, type?: string, closeOn?: string, currency?: string];
async function deals(...rows: readonly Deal[]): Promise<void> {
  await insertRows(
    store,
    'deal',
    rows.map(([id, amount, type = 'cloud', close_on = '2026-06-01', amount_currency = 'USD']) => ({
      id,
      name: id,
      amount,
      amount_currency,
      type,
      close_on,
    })),
  );
  await insertRows(
    store,
    'credit',
    rows.map(([id]) => ({ id: `k${id}`, deal: id, partner: 'A', weight: 100, role: 'sourced' })),
  );
}

const average = measuring(
  'unit: money\nmeasure: { average: deal.amount, largest: { by: amount, records: 3 } }',
);

it('counts the largest alone, and says which of them a record is not', async () => {
  await deals(['d1', '100'], ['d2', '900'], ['d3', '500'], ['d4', '400'], ['d5', null]);
  expect(await exactly(store, average, { asOf })).toBe('600');
  expect(await explained(store, average, asOf)).toEqual({
    counted: ['d2', 'd3', 'd4'],
    leftOut: ['d1: it is not one of the 3 taken as largest by amount', 'd5: its amount is empty'],
  });
  const { texts } = await behindFigures(store, {
    program: average,
    partnerId: 'A',
    now: Date.parse(asOf),
    kpis: ['k'],
    limit: 5,
  });
  expect(texts.get('k')).toBe('3 deals (1 not one of the 3 taken as largest by amount, 1 without a value)');
});

it('takes fewer where there are fewer, and gives way to a larger one', async () => {
  await deals(['d1', '100'], ['d2', '200']);
  expect(await exactly(store, average, { asOf })).toBe('150');
  await deals(['d3', '300'], ['d4', '400']);
  expect(await exactly(store, average, { asOf })).toBe('300');
});

it('asks something of the chosen ones, which a condition before would choose others by', async () => {
  await deals(['d1', '100'], ['d2', '900', 'data'], ['d3', '500'], ['d4', '400', 'data'], ['d5', '10']);
  const asked = measuring(
    'unit: count\nmeasure: { count: deal, largest: { by: amount, records: 3 }, thenWhere: { attribute: type, is: cloud } }',
  );
  expect(await exactly(store, asked, { asOf })).toBe('1');
  expect(await explained(store, asked, asOf)).toEqual({
    counted: ['d3'],
    leftOut: [
      'd1: it is not one of the 3 taken as largest by amount',
      'd2: it is one of the 3 taken as largest by amount, but does not satisfy what is asked of it',
      'd4: it is one of the 3 taken as largest by amount, but does not satisfy what is asked of it',
      'd5: it is not one of the 3 taken as largest by amount',
    ],
  });
  const share = measuring(
    'unit: percent\nevery: { of: deal, largest: { by: amount, records: 3 }, must: { attribute: type, is: cloud } }',
  );
  expect(await exactly(store, share, { asOf })).toBe('100/3');
  expect([...attributesRead(asked, 'k')]).toEqual(expect.arrayContaining(['deal.amount', 'deal.type']));
});

it('asks something of the newest ones, in every as well', async () => {
  const row = (id: string, dimension: string, occurred_on: string, quantity: string) => ({
    id,
    partner: 'A',
    kind: 'score',
    dimension,
    occurred_on,
    quantity,
  });
  await insertRows(store, 'fact', [
    row('f1', 'Cloud', '2026-06-01', '90'),
    row('f2', 'Cloud', '2026-07-01', '60'),
    row('f3', 'Data', '2026-06-01', '60'),
    row('f4', 'Data', '2026-07-01', '70'),
  ]);
  const window = 'window: { last: 6 months, by: occurredOn }';
  const healthy = measuring(
    `unit: percent\nevery: { of: fact, newestOfEach: dimension, must: { attribute: quantity, atLeast: 70 }, ${window} }`,
  );
  expect(await exactly(store, healthy, { asOf })).toBe('50');
  const counted = measuring(
    `unit: count\nmeasure: { count: fact, newestOfEach: dimension, thenWhere: { attribute: quantity, atLeast: 70 }, ${window} }`,
  );
  expect((await explained(store, counted, asOf)).leftOut).toEqual([
    'f1: there is a newer one',
    'f2: it is the newest of its dimension, but does not satisfy what is asked of it',
    'f3: there is a newer one',
  ]);
});

it('takes all that are as large as the last one, or only so many', async () => {
  await deals(['d1', '500', 'data'], ['d2', '500'], ['d3', '500', 'data'], ['d4', '100']);
  const cloud = (ties: string) =>
    measuring(
      `unit: count\nmeasure: { count: deal, largest: { by: amount, records: 2${ties} }, thenWhere: { attribute: type, is: data } }`,
    );
  expect(await exactly(store, cloud(''), { asOf })).toBe('1');
  expect(await exactly(store, cloud(', ties: all'), { asOf })).toBe('2');
});

it('compares dates by their day and takes the smallest, without those that have none', async () => {
  await deals(['d1', '5', 'a', '2026-03-01'], ['d2', '7', 'a', '2026-02-01'], ['d3', '9', 'a', '2026-04-01']);
  await store.query(`update tierlink.deal set close_on = null where id = 'd3'`);
  const first = measuring(
    'unit: money\nmeasure: { sum: deal.amount, smallest: { by: closeOn, records: 1 } }',
  );
  expect(await exactly(store, first, { asOf })).toBe('7');
  expect((await explained(store, first, asOf)).leftOut).toEqual([
    'd1: it is not the one taken as oldest by close date',
    'd3: its close date is empty',
  ]);
});

it('has no figure while it is not known how large a record is, and has one where that cannot matter', async () => {
  await deals(['d1', '100'], ['d2', '5', 'cloud', '2026-06-01', 'XXX']);
  const first = measuring(
    'unit: count\nmeasure: { count: deal, largest: { by: amount, records: 1 }, thenWhere: { attribute: type, is: cloud } }',
  );
  expect(await exactly(store, first, { asOf })).toContain('deal d2 has an amount in XXX');
  const newest = measuring(
    'unit: money\nmeasure: { sum: deal.amount, largest: { by: closeOn, records: 1 } }',
  );
  await store.query(`update tierlink.deal set close_on = '2026-05-01' where id = 'd2'`);
  expect(await exactly(store, newest, { asOf })).toBe('100');
});

it('takes of an entry what is left of it', async () => {
  const row = { partner: 'A', kind: 'points', occurred_on: '2026-06-01' };
  await insertRows(store, 'fact', [
    { ...row, id: 'f1', entry: '1', quantity: '100' },
    { ...row, id: 'f2', entry: '2', quantity: '-95', reverses: '1' },
    { ...row, id: 'f3', entry: '3', quantity: '20' },
  ]);
  const sum = measuring(
    'unit: number\nmeasure: { sum: fact.quantity, largest: { by: quantity, records: 1 } }',
  );
  expect(await exactly(store, sum, { asOf })).toBe('20');
  expect((await explained(store, sum, asOf)).leftOut).toEqual([
    'f1: it is not the one taken as largest by quantity',
    'f2: it takes another entry back',
  ]);
});

it('changes by itself on the day on which one of the largest leaves the window', async () => {
  await deals(['d1', '100', 'a', '2026-01-01'], ['d2', '50', 'a', '2026-06-01']);
  const sum = measuring(
    'unit: money\nmeasure: { sum: deal.amount, largest: { by: amount, records: 1 }, window: { last: 12 months, by: closeOn } }',
  );
  expect(await valueOn(store, sum, { asOf })).toMatchObject({
    numerator: '100',
    nextChangeAt: '2027-01-02T00:00:00.000Z',
  });
  expect(await exactly(store, sum, { asOf: '2027-01-02' })).toBe('50');
});

it('does not depend on the order in which records came', async () => {
  const rows: Deal[] = ['d1', 'd2', 'd3', 'd4', 'd5'].map((id, at) => [
    id,
    '500',
    at % 2 === 0 ? 'cloud' : 'data',
  ]);
  const asked = measuring(
    'unit: count\nmeasure: { count: deal, largest: { by: amount, records: 3 }, thenWhere: { attribute: type, is: cloud } }',
  );
  await fc.assert(
    fc.asyncProperty(
      fc.shuffledSubarray(rows, { minLength: 5 }),
      fc.integer({ min: 1, max: 4 }),
      async (all, cut) => {
        await store.query('truncate tierlink.credit, tierlink.deal cascade');
        await deals(...all.slice(0, cut));
        await deals(...all.slice(cut));
        expect((await explained(store, asked, asOf)).counted).toEqual(['d1', 'd3']);
      },
    ),
    { numRuns: 6 },
  );
});
