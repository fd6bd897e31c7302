import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { attributesRead } from '../../src/kpi/reads.ts';
import { parseProgram } from '../../src/program/load.ts';
import type { Store } from '../../src/store/store.ts';
import { openTestStore } from '../services/test-store.ts';
import { exactly, explained, measuring } from './measure-house.ts';
import { insertDeals, insertRows } from './sample.ts';

/** What each customer or person comes to, before all of them do, as of 2026-11-23. */
const asOf = '2026-11-23';
let store: Store;

beforeAll(async () => {
  store = await openTestStore();
  await insertRows(store, 'partner', [{ id: 'A', name: 'Northwind' }]);
  await insertRows(store, 'customer', [
    { id: 'c1', name: 'Fabrikam', extra: '{"seats":300}' },
    { id: 'c2', name: 'Adatum', extra: '{"seats":"100"}' },
    { id: 'c3', name: 'Tailspin', extra: '{"seats":"many"}' },
    { id: 'c4', name: 'Wingtip', extra: '{"seats":-1}' },
    { id: 'c5', name: 'Litware' },
  ]);
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
  await store.query(
    `update tierlink.deal set customer = case id when 'd3' then 'c2' when 'd4' then 'c3' when 'd5' then null else 'c1' end`,
  );
  await insertRows(store, 'person', [
    { id: 'p1', partner: 'A', email: 'ann@x.example' },
    { id: 'p2', partner: 'A', email: 'ANN@x.example ' },
    { id: 'p3', partner: 'A', email: 'bob@x.example' },
  ]);
  const certificates = [
    ['t1', 'p1', 'PRO-100'],
    ['t2', 'p1', 'PRO-200'],
    ['t3', 'p2', 'pro-100'],
    ['t4', 'p3', 'PRO-100'],
    ['t5', 'p2', 'PRO-300'],
  ];
  await insertRows(
    store,
    'certification',
    certificates.map(([id, person, code]) => ({ id, person, code, issued_on: '2026-01-01' })),
  );
  const cases = [
    ['s1', 'c1', 5],
    ['s2', 'c1', 2],
    ['s3', 'c1', 4],
    ['s4', 'c2', 3],
    ['s5', 'c3', 1],
    ['s6', 'c4', 1],
    ['s7', 'c5', 1],
  ];
  await insertRows(
    store,
    'case',
    cases.map(([id, customer, satisfaction]) => ({ id, partner: 'A', customer, satisfaction })),
  );
  const entries = [
    { id: 'f1', entry: '1', quantity: '10', subject: 'x' },
    { id: 'f2', entry: '2', quantity: '8', subject: 'x' },
    { id: 'f3', entry: '3', quantity: '-10', reverses: '1', subject: 'x' },
    { id: 'f4', entry: '4', quantity: '5', subject: 'X' },
    { id: 'f5', entry: '5', quantity: '-3', reverses: '4', subject: 'x' },
    { id: 'f6', entry: '6', quantity: '1', subject: 'x' },
    ...[
      { id: 'b1', entry: 'b', quantity: '150', dimension: 'blank' },
      { id: 'b2', reverses: 'b', quantity: '-150', occurred_on: '2026-08-03' },
      { id: 'o1', entry: 'o', quantity: '150', dimension: 'other', occurred_on: '2026-06-03' },
      { id: 'o2', reverses: 'o', quantity: '-150', dimension: 'another', occurred_on: '2026-08-03' },
    ].map((one) => ({ entry: null, dimension: null, subject: null, ...one, kind: 'back' })),
  ];
  await insertRows(
    store,
    'fact',
    entries.map((one) => ({
      reverses: null,
      dimension: null,
      kind: 'points',
      occurred_on: '2026-02-01',
      ...one,
      partner: 'A',
    })),
  );
});
afterAll(async () => {
  await store.close();
});

const seats = 'attributes:\n  customer.extra.seats: number';

describe('a measure of each customer or person', () => {
  it.each([
    [
      'no more of a customer than so much',
      'money',
      'sum: deal.amount, perEach: { of: customer, atMost: 400 }',
      '810',
    ],
    ['the median of customers', 'money', 'sum: deal.amount, perEach: { of: customer, take: median }', '300'],
    [
      'the mean of customers',
      'money',
      'sum: deal.amount, perEach: { of: customer, take: average }',
      '1660/3',
    ],
    ['the largest customer', 'money', 'sum: deal.amount, perEach: { of: customer, take: max }', '1250'],
    ['the largest deals of each', 'money', 'sum: deal.amount, perEach: { of: customer, records: 1 }', '1310'],
    [
      'customers with two deals',
      'money',
      'sum: deal.amount, having: { count: deal, atLeast: 2 }, perEach: { of: customer }',
      '1250',
    ],
    [
      'no customer twice as much as a cap says',
      'money',
      'sum: deal.amount, cap: 500, perEach: { of: customer, atMost: 400 }',
      '500',
    ],
    [
      'what one person counts at most',
      'count',
      'count: certification, perEach: { of: person, records: 2 }',
      '3',
    ],
    [
      'different codes of each person',
      'count',
      'distinct: certification.code, perEach: { of: person, atMost: 2 }',
      '3',
    ],
    [
      'the most codes of a person',
      'count',
      'distinct: certification.code, perEach: { of: person, take: max }',
      '3',
    ],
    ['the best of each, added up', 'number', 'max: case.satisfaction, perEach: { of: customer }', '11'],
    [
      'what each person has of different codes',
      'count',
      'distinct: certification.code, perEach: { of: person }',
      '4',
    ],
    [
      'the mean number of certificates',
      'number',
      'count: certification, perEach: { of: person, take: average }',
      '5/2',
    ],
    [
      'combinations, each by itself',
      'count',
      'count: certification, perEach: { of: [person, code], records: 1 }',
      '4',
    ],
    [
      'means of means, exactly',
      'number',
      'average: case.satisfaction, perEach: { of: customer, take: average }',
      '29/15',
    ],
    [
      'the middle of means',
      'number',
      'average: case.satisfaction, perEach: { of: customer, take: median }',
      '1',
    ],
    [
      'means up to a limit',
      'number',
      'average: case.satisfaction, perEach: { of: customer, atMost: 2, take: sum }',
      '7',
    ],
    [
      'entries with what is left of them',
      'number',
      'sum: fact.quantity, perEach: { of: subject, records: 2 }',
      '10',
    ],
    [
      'nothing of nobody',
      'money',
      'sum: deal.amount, where: { attribute: stage, is: None }, perEach: { of: customer, atMost: 1 }',
      '0',
    ],
    [
      'no largest of nobody',
      'money',
      'sum: deal.amount, where: { attribute: stage, is: None }, perEach: { of: customer, take: max }',
      'no_records',
    ],
  ])('says %s', async (_, unit, measure, expected) => {
    expect(await exactly(store, measuring(`unit: ${unit}\nmeasure: { ${measure} }`), { asOf })).toBe(
      expected,
    );
  });

  it('says what the largest is of all', async () => {
    const share = measuring(
      'unit: percent\nratio: { of: { sum: deal.amount, perEach: { of: customer, take: max } }, to: { sum: deal.amount, where: { attribute: customer, blank: false } } }',
    );
    expect(await exactly(store, share, { asOf })).toBe('6250/83');
  });

  it('tells of each record what all of its customer comes to, and of whom it is none', async () => {
    const capped = measuring(
      'unit: money\nmeasure: { sum: deal.amount, perEach: { of: customer, atMost: 400 } }',
    );
    expect(await explained(store, capped, asOf)).toEqual({
      counted: [
        'd1: all of its customer comes to 1,250 USD, of which 400 USD counts',
        'd2: all of its customer comes to 1,250 USD, of which 400 USD counts',
        'd3: all of its customer comes to 300 USD',
        'd4: all of its customer comes to 110 USD',
      ],
      leftOut: ['d5: its customer is empty'],
    });
  });

  it('reads what says whose records are, and what is left of an entry where so many count', () => {
    const read = (measure: string, unit = 'number') => [
      ...attributesRead(measuring(`unit: ${unit}\nmeasure: { ${measure} }`, { head: seats }), 'k'),
    ];
    expect(read('sum: deal.amount, perEach: { of: customer, take: max }', 'money')).toContain(
      'deal.customer',
    );
    expect(read('count: fact, perEach: { of: subject, records: 1 }')).toEqual(
      expect.arrayContaining(['fact.subject', 'fact.quantity']),
    );
    expect(read('average: case.satisfaction, weightedBy: customer.extra.seats')).toContain(
      'customer.extra.seats',
    );
  });

  it('names the records that are too many', async () => {
    const twice = measuring(
      'unit: count\nmeasure: { count: certification, perEach: { of: person, records: 2 } }',
    );
    expect((await explained(store, twice, asOf)).leftOut).toEqual([
      't3: its person has 2 that count already',
      't5: its person has 2 that count already',
    ]);
  });
});

describe('what takes an entry of a ledger back', () => {
  const back = 'sum: fact.quantity, where: { attribute: kind, is: back }';
  const quarters = 'window: { lastFull: 4 quarters, by: occurredOn }';
  it.each([
    ['takes it from whom it was given to', `${back}, perEach: { of: dimension, atMost: 100 }`, '0'],
    ['leaves of each nothing', `${back}, perEach: { of: dimension, take: min }`, '0'],
    ['takes up none of the records', `${back}, perEach: { of: dimension, records: 2 }`, '0'],
    [
      'takes it in the quarter in which it was given',
      `${back}, ${quarters}, perEach: { of: { period: quarter, by: occurredOn }, take: min }`,
      '0',
    ],
  ])('%s, whatever it says itself', async (_, measure, expected) => {
    const program = measuring(`unit: number\nmeasure: { ${measure} }`);
    expect(await exactly(store, program, { asOf })).toBe(expected);
    const { leftOut } = await explained(store, program, asOf);
    expect(leftOut.filter((one) => one.includes('is empty'))).toEqual([]);
  });
});

describe('the best period of each', () => {
  const best = (rest: string, period = 'quarter') =>
    `window: { lastFull: 4 quarters, by: closeOn }, perEach: { of: customer, best: { period: ${period}, by: closeOn }${rest} }`;

  it.each([
    ['added up', 'money', `sum: deal.amount, ${best('')}`, '1310'],
    ['on average', 'money', `sum: deal.amount, ${best(', take: average')}`, '1310/3'],
    ['the smallest of them', 'money', `sum: deal.amount, ${best(', take: min')}`, '110'],
    ['to so much at most', 'money', `sum: deal.amount, ${best(', atMost: 400')}`, '810'],
    ['of the month', 'money', `sum: deal.amount, ${best('', 'month')}`, '1310'],
    ['by the number of records', 'count', `count: deal, ${best('')}`, '3'],
    ['by the number of different values', 'count', `distinct: deal.name, ${best(', take: max')}`, '1'],
    [
      'of who has several',
      'money',
      `sum: deal.amount, having: { count: deal, atLeast: 2 }, ${best('')}`,
      '900',
    ],
    [
      'of the entries that are left of what was given in it',
      'number',
      'sum: fact.quantity, where: { attribute: kind, is: back }, window: { lastFull: 4 quarters, by: occurredOn }, perEach: { of: dimension, best: { period: quarter, by: occurredOn } }',
      '0',
    ],
  ])('%s', async (_name, unit, measure, expected) => {
    expect(await exactly(store, measuring(`unit: ${unit}\nmeasure: { ${measure} }`), { asOf })).toBe(
      expected,
    );
  });

  it('leaves out the others, each with that reason, and of as good ones all but the last', async () => {
    const sums = measuring(`unit: money\nmeasure: { sum: deal.amount, ${best(', atMost: 400')} }`);
    const { counted, leftOut } = await explained(store, sums, asOf);
    expect(counted).toEqual([
      'd1: the best quarter of its customer, 2026-01-01 to 2026-03-31, comes to 900 USD, of which 400 USD counts',
      'd3: the best quarter of its customer, 2026-04-01 to 2026-06-30, comes to 300 USD',
      'd4: the best quarter of its customer, 2026-04-01 to 2026-06-30, comes to 110 USD',
    ]);
    expect(leftOut).toEqual(['d2: its customer has a better quarter', 'd5: its customer is empty']);
    const counts = measuring(`unit: count\nmeasure: { count: deal, ${best('')} }`);
    expect((await explained(store, counts, asOf)).leftOut[0]).toBe('d1: its customer has a better quarter');
  });

  it.each([
    [
      'sum: deal.amount, perEach: { of: customer, best: { period: quarter, by: closeOn } }',
      'best: needs one window of whole periods by closeOn',
    ],
    [
      `average: deal.amount, ${best('')}`,
      'best: the best period is the one with the most; use it with sum, count or distinct',
    ],
    [
      `sum: deal.amount, ${best(', records: 2')}`,
      'best: which records count is said by the period; leave out records',
    ],
    [
      `sum: deal.amount, ${best('').replace('of: customer', 'of: { period: quarter, by: closeOn }')}`,
      'best: each period is taken by itself already; for the best of them write take: max',
    ],
  ])('is refused where it says nothing: %s', (measure, reason) => {
    const text = measuring('unit: money\nmeasure: { sum: deal.amount }').source;
    const written = text.replace('measure: { sum: deal.amount }', `measure: { ${measure} }`);
    const found = parseProgram(written, 'test.yaml').findings.map(
      (one) => `${one.path.split('.').at(-1)}: ${one.reason}`,
    );
    expect(found).toContainEqual(expect.stringContaining(reason));
  });
});

describe('an average by weight', () => {
  it('says what all come to, and which weigh nothing that is known', async () => {
    const program = measuring(
      'unit: number\nmeasure: { average: case.satisfaction, weightedBy: customer.extra.seats }',
      { head: seats },
    );
    expect(await exactly(store, program, { asOf })).toBe('18/5');
    expect(await explained(store, program, asOf)).toEqual({
      counted: ['s1: it weighs 300', 's2: it weighs 300', 's3: it weighs 300', 's4: it weighs 100'],
      leftOut: [
        `s5: its customer's seats "many" is no number`,
        `s6: its customer's seats is below zero`,
        `s7: its customer's seats is empty`,
      ],
    });
  });

  it('weighs by amounts at their rates, and there is none of what weighs nothing', async () => {
    const byAmount = (where = '') =>
      measuring(`unit: number\nmeasure: { average: deal.probability, weightedBy: amount${where} }`);
    await store.query(
      `update tierlink.deal set probability = case id when 'd4' then 20 when 'd3' then 10 end`,
    );
    expect(await exactly(store, byAmount(), { asOf })).toBe('520/41');
    await store.query(`update tierlink.deal set amount = 0 where id = 'd3'`);
    expect(await exactly(store, byAmount(', where: { attribute: amount, atMost: 0 }'), { asOf })).toBe(
      'no_records',
    );
    const ofEach = byAmount(
      ', where: { attribute: amount, atMost: 0 }, perEach: { of: customer, take: sum }',
    );
    expect(await exactly(store, ofEach, { asOf })).toBe('no_records');
    await store.query(`update tierlink.deal set amount = 300 where id = 'd3'`);
  });
});

describe('what records of a group come to', () => {
  it.each([
    ['average: case.satisfaction, atLeast: 3', '2'],
    ['average: case.satisfaction, moreThan: "3.66"', '1'],
    ['average: case.satisfaction, moreThan: "3.67"', '0'],
    ['median: case.satisfaction, atLeast: 4', '1'],
    ['median: case.satisfaction, where: { attribute: satisfaction, atMost: 4 }, atMost: 3', '5'],
  ])('may be asked for on average or in the middle: %s', async (having, expected) => {
    const program = measuring(`unit: count\nmeasure: { distinct: case.customer, having: { ${having} } }`);
    expect(await exactly(store, program, { asOf })).toBe(expected);
  });

  it('is said exactly', async () => {
    const program = measuring(
      'unit: count\nmeasure: { distinct: case.customer, having: { average: case.satisfaction, moreThan: "3.67" } }',
    );
    const { leftOut } = await explained(store, program, asOf);
    expect(leftOut[0]).toBe('s1: the average of satisfaction is 11/3 (more than 3.67 needed)');
  });

  it.each([
    ['average: case.satisfaction, atLeast: "3.6"', '2'],
    ['average: case.satisfaction, atLeast: "3.67"', '0'],
    ['median: case.satisfaction, lessThan: 3', '1'],
  ])('is asked of what matches a record as well: %s', async (has, expected) => {
    const program = measuring(
      `unit: count\nmeasure: { count: deal, where: { has: { matching: { customer: customer }, ${has} } } }`,
    );
    expect(await exactly(store, program, { asOf })).toBe(expected);
  });
});
