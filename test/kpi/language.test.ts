import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { computeKpi } from '../../src/kpi/compute.ts';
import { addDays } from '../../src/program/civil-date.ts';
import type { Program } from '../../src/program/load.ts';
import type { Store } from '../../src/store/store.ts';
import { figureWords } from '../../src/tier/explain/wording.ts';
import { loadFacts } from '../../src/tier/load.ts';
import { partnerMatches } from '../../src/tier/partner-condition.ts';
import { openTestStore } from '../services/test-store.ts';
import { insertDeals, insertRows, programOf } from './sample.ts';

/** What the measures of the language say over one small set of records, as of 2026-11-23. */
let store: Store;

beforeAll(async () => {
  store = await openTestStore();
  await insertRows(store, 'partner', [
    {
      id: 'A',
      name: 'Northwind',
      types: ['msp', 'reseller'],
      employees: 40,
      country: 'SE',
      region: ' emea',
      started_on: '2026-01-31',
    },
    {
      id: 'B',
      name: 'Contoso',
      types: [],
      employees: null,
      country: null,
      region: ' ',
      extra: '{"segment":"smb"}',
    },
  ]);
  await insertRows(store, 'customer', [
    { id: 'c1', name: 'Fabrikam', country: 'SE' },
    { id: 'c2', name: 'Adatum', country: 'DE' },
  ]);
  await insertDeals(
    store,
    `
    deal | partner | amount     | won  | closed     | role    | weight
    d1   | A       | 1000 USD   | yes  | 2026-03-31 | sourced | 100
    d2   | A       | 3000 USD   | yes  | 2026-10-31 | sourced | 50
    d3   | A       | 2000 EUR   | no   | 2026-11-05 | sourced | 100
    d4   | A       | 0.01 USD   | yes  | 2025-11-30 | sourced | 33.33
    d5   | A       | -          | open | 2026-12-01 | sourced | 100`,
  );
  await store.query(`update tierlink.deal set customer = case when id in ('d1', 'd4') then 'c1' else 'c2' end,
    registered_at = '2026-12-31T23:30:00Z', registration = 'approved', type = case when id = 'd1' then 'New' end,
    probability = 12.5, extra = case when id = 'd2' then '{"line":"cloud"}'::jsonb else '{}' end`);
});
afterAll(async () => {
  await store.close();
});

async function figure(kpi: string, options: { asOf?: string; timeZone?: string } = {}): Promise<string> {
  const program = programOf({
    kpis: `  k:\n    label: K\n    help: K\n${kpi.replace(/^/gm, '    ')}`,
    ...(options.timeZone === undefined ? {} : { timeZone: options.timeZone }),
  });
  const asOf = options.asOf ?? '2026-11-23';
  const scope = { program, asOf, now: Date.parse(`${asOf}T00:00:00Z`), feeds: [] };
  const [value] = await computeKpi(store, scope, { kpi: 'k', partners: ['A'] });
  return `${figureWords(value!, value!)}${value!.empty === null ? '' : ` (${value!.empty})`}`;
}

const won = 'where: { attribute: isWon, is: true }';

describe('measures', () => {
  it.each([
    ['the largest deal', 'unit: money\nmeasure: { max: deal.amount }', '2,200.00 USD'],
    [
      'the smallest deal, exactly, by its share',
      'unit: number\nratio: { of: { min: deal.amount }, to: { max: deal.amount } }',
      '0',
    ],
    [
      'the middle deal, whole',
      `unit: money\nmeasure: { median: deal.amount, credit: { share: ignore } }`,
      '1,600 USD',
    ],
    ['the sum of a plain number', 'unit: number\nmeasure: { sum: deal.probability }', '62.5'],
    ['different customers', 'unit: count\nmeasure: { distinct: deal.customer }', '2'],
    [
      'different combinations of two attributes',
      'unit: count\nmeasure: { distinct: [deal.customer, deal.isWon] }',
      '3',
    ],
    [
      'combinations of which both are there',
      'unit: count\nmeasure: { distinct: [deal.customer, deal.type] }',
      '1',
    ],
    [
      'combinations by what their records come to',
      'unit: count\nmeasure: { distinct: [deal.customer, deal.isWon], having: { count: deal, atLeast: 2 } }',
      '2',
    ],
    [
      'different countries of customers',
      `unit: count\nmeasure: { distinct: deal.customer.country, ${won} }`,
      '2',
    ],
    [
      'a condition through a reference',
      'unit: count\nmeasure: { count: deal, where: { attribute: customer.country, is: se } }',
      '2',
    ],
    [
      'a condition on a custom attribute',
      'unit: count\nmeasure: { count: deal, where: { attribute: extra.line, is: cloud } }',
      '1',
    ],
    [
      'a floor on amounts of any currency',
      'unit: count\nmeasure: { count: deal, where: { attribute: amount, atLeast: 2200 } }',
      '2',
    ],
    ['a day', 'unit: count\nmeasure: { count: deal, where: { attribute: closeOn, is: "2026-10-31" } }', '1'],
    [
      'the day of an instant',
      'unit: count\nmeasure: { count: deal, where: { attribute: registeredAt, in: ["2026-12-31"] } }',
      '5',
    ],
    [
      'everything but',
      'unit: count\nmeasure: { count: deal, where: { not: { attribute: type, is: New } } }',
      '4',
    ],
    [
      'a value, and another one',
      'unit: count\nmeasure: { count: deal, where: { attribute: type, isNot: New } }',
      '0',
    ],
    [
      'one of two',
      'unit: count\nmeasure: { count: deal, where: { any: [{ attribute: type, blank: false }, { attribute: amount, blank: true }] } }',
      '2',
    ],
    ['no more than a cap', 'unit: count\nmeasure: { count: deal, cap: 3 }', '3'],
    ['no more money than a cap', 'unit: money\nmeasure: { sum: deal.amount, cap: 100 }', '100 USD'],
    [
      'no more days than a cap, by the middle one',
      'unit: days\nmeasure: { median: { of: deal, daysFrom: closeOn, to: registeredAt }, cap: 1 }',
      '1 day',
    ],
    [
      'months closed before this one',
      `unit: count\nmeasure: { count: deal, window: { lastFull: 2 months, by: closeOn } }`,
      '1',
    ],
    [
      'this quarter to date',
      'unit: count\nmeasure: { count: deal, window: { current: quarter, by: closeOn } }',
      '2',
    ],
    [
      'within 60 days of the start',
      'unit: count\nmeasure: { count: deal, window: { sinceStart: 60 days, by: closeOn } }',
      '1',
    ],
    [
      'a share of five records, of which a sample is asked, though it is made of one other record',
      'unit: percent\nminimumSample: 3\nratio: { of: { count: partner }, to: { count: deal } }',
      '20 %',
    ],
    [
      'a share of one record, of which a larger sample is asked, though it is made of five',
      'unit: percent\nminimumSample: 3\nratio: { of: { count: deal }, to: { count: partner } }',
      '- (minimum_sample)',
    ],
    [
      'everything since the start',
      'unit: count\nmeasure: { count: deal, window: { sinceStart: true, by: closeOn } }',
      '3',
    ],
    [
      'within two months of the start, which ends with March',
      'unit: count\nmeasure: { count: deal, window: { sinceStart: 2 months, by: closeOn } }',
      '0',
    ],
    [
      'a difference between two windows',
      `unit: count\ndifference:\n  now: { count: deal, window: { last: 1 month, by: closeOn } }\n  before: { count: deal, window: { last: 1 month, by: closeOn, ago: 11 months } }`,
      '1',
    ],
    [
      'growth from nothing',
      `unit: percent\ngrowth:\n  now: { count: deal, window: { last: 1 month, by: closeOn } }\n  before: { count: deal, window: { last: 1 month, by: closeOn, ago: 60 months } }`,
      '- (no_base)',
    ],
    [
      'a number of records as a share of a number that a record holds',
      `unit: percent\nratio: { of: { count: deal, window: { last: 12 months, by: closeOn } }, to: { sum: deal.probability } }`,
      '6.4 %',
    ],
    [
      'nothing divided by nothing',
      `unit: percent\nratio: { of: { count: lead }, to: { count: lead } }`,
      '- (no_base)',
    ],
    [
      'nothing divided by nothing, declared to be all',
      `unit: percent\nwhenEmpty: one\nratio: { of: { count: lead }, to: { count: lead } }`,
      '100 % (no_base)',
    ],
    [
      'nothing divided by nothing, declared to be none',
      `unit: percent\nwhenEmpty: zero\nratio: { of: { count: lead }, to: { count: lead } }`,
      '0 % (no_base)',
    ],
    [
      'the middle of nothing',
      'unit: hours\nmeasure: { median: { of: lead, hoursFrom: deliveredAt, to: acceptedAt } }',
      '- (no_records)',
    ],
    [
      'a third, rounded where the program says so',
      'unit: ratio\nround: { digits: 2 }\nratio: { of: { count: deal, cap: 1 }, to: { count: deal, cap: 3 } }',
      '0.33',
    ],
  ])('%s', async (_name, kpi, expected) => {
    expect(await figure(kpi)).toBe(expected.replace('.00 USD', ' USD'));
  });

  it('know one address whatever its case, also through a reference', async () => {
    await insertRows(store, 'person', [
      { id: 'h1', partner: 'A', email: 'Ann@a.example' },
      { id: 'h2', partner: 'A', email: ' ann@a.example' },
    ]);
    await insertRows(store, 'certification', [
      { id: 'x1', person: 'h1' },
      { id: 'x2', person: 'h2' },
    ]);
    expect(await figure('unit: people\nmeasure: { distinct: certification.person }')).toBe('1');
    expect(await figure('unit: people\nmeasure: { distinct: certification.person.email }')).toBe('1');
    expect(await figure('unit: people\nmeasure: { distinct: person.email }')).toBe('1');
  });

  it.each([
    // In [2026-04-02, 2026-11-23): 3,000 and 2,200 USD; in [2025-08-10, 2026-04-02): 1,000 and 0.01 USD.
    ['1000.01', '420 %'],
    ['1000.02', '- (no_base)'],
  ])('growth from a base of 1,000.01 where it must be at least %s is %s', async (minimumBase, expected) => {
    const days = (ago: string) =>
      `{ sum: deal.amount, credit: { share: ignore }, window: { last: 235 days, by: closeOn${ago} } }`;
    const kpi = `unit: percent\ngrowth:\n  now: ${days('')}\n  before: ${days(', ago: 235 days')}\n  minimumBase: ${minimumBase}`;
    expect(await figure(kpi)).toBe(expected);
  });

  describe('of facts', () => {
    beforeAll(async () => {
      const fact = (id: string, kind: string, dimension: string | null) => ({
        id,
        partner: 'A',
        kind,
        dimension,
        quantity: 2,
      });
      await insertRows(store, 'fact', [
        fact('f1', 'Cloud usage', 'Suite'),
        fact('f2', ' cloud  USAGE', 'suite '),
        fact('f3', 'Cloud spend', 'Base'),
        fact('f4', 'cloud spend', null),
      ]);
      await store.query(`update tierlink.fact set extra = case id when 'f1' then '{"line":"Cloud"}'
          when 'f2' then '{"line":" cloud "}' when 'f3' then '{"line":"  "}' else '{}' end::jsonb,
        reason = case id when 'f1' then 'On site' when 'f2' then 'on  SITE ' when 'f3' then 'Remote' else ' ' end`);
    });

    it.each([
      ['is', 'measure: { sum: fact.quantity, where: { attribute: kind, is: cloud usage } }', '4'],
      ['is not', 'measure: { sum: fact.quantity, where: { attribute: kind, isNot: CLOUD  usage } }', '4'],
      ['one of', 'measure: { count: fact, where: { attribute: dimension, in: [SUITE, base] } }', '3'],
      ['blank', 'measure: { count: fact, where: { attribute: dimension, blank: true } }', '1'],
      ['different ones', 'measure: { distinct: fact.dimension }', '2'],
      ['different combinations', 'measure: { distinct: [fact.kind, fact.dimension] }', '2'],
    ])('know a name whatever its case and blanks: %s', async (_name, measure, expected) => {
      expect(await figure(`unit: number\n${measure}`)).toBe(expected);
    });

    it.each([
      ['is', 'where: { attribute: reason, is: ON SITE }', '2'],
      ['is not', 'where: { attribute: reason, isNot: on site }', '1'],
      ['blank', 'where: { attribute: reason, blank: true }', '1'],
      ['one of one’s own', 'where: { attribute: extra.line, in: [CLOUD, other] }', '2'],
      ['not one of one’s own', 'where: { attribute: extra.line, isNot: x }', '2'],
    ])('know any text whatever its case and blanks: %s', async (_name, where, expected) => {
      expect(await figure(`unit: number\nmeasure: { count: fact, ${where} }`)).toBe(expected);
    });

    it('have as many different texts as differ in more than case and blanks', async () => {
      expect(await figure('unit: number\nmeasure: { distinct: fact.reason }')).toBe('2');
    });

    it.each([
      ['100', '150', '50 %'],
      ['100', '-50', '-150 %'],
      // From zero or less there is no growth: a loss that doubles would be 100 %, one that becomes a gain -150 %.
      ['-100', '-200', '- (no_base)'],
      ['-100', '50', '- (no_base)'],
      ['0', '50', '- (no_base)'],
    ])('grow from %s to %s by %s', async (before, now, expected) => {
      const at = (day: string, quantity: string) => ({
        id: `g ${before} ${now} ${day}`,
        partner: 'A',
        kind: `net ${before} ${now}`,
        quantity,
        occurred_on: day,
      });
      await insertRows(store, 'fact', [at('2025-06-01', before), at('2026-06-01', now)]);
      const sum = (ago: string) =>
        `{ sum: fact.quantity, where: { attribute: kind, is: net ${before} ${now} }, window: { last: 12 months, by: occurredOn${ago} } }`;
      const kpi = `unit: percent\ngrowth:\n  now: ${sum('')}\n  before: ${sum(', ago: 12 months')}`;
      expect(await figure(kpi)).toBe(expected);
    });
  });

  it('WN-4 count an instant in the day of the program’s own zone', async () => {
    const kpi = 'unit: count\nmeasure: { count: deal, window: { current: year, by: registeredAt } }';
    expect(await figure(kpi, { asOf: '2027-01-02', timeZone: 'UTC' })).toBe('0');
    expect(await figure(kpi, { asOf: '2027-01-02', timeZone: 'Europe/Stockholm' })).toBe('5');
  });

  it('keep cents exact that a floating-point number would not', async () => {
    const rows = Array.from(
      { length: 10 },
      (_row, index) => `x${index} | B | 0.1 USD | yes | 2026-03-01 | sourced | 100`,
    );
    await insertDeals(store, `deal | partner | amount | won | closed | role | weight\n${rows.join('\n')}`);
    const program = programOf({
      kpis: '  k: { label: K, help: K, unit: money, measure: { sum: deal.amount } }',
    });
    const scope = { program, asOf: '2026-11-23', now: 0, feeds: [] };
    const [value] = await computeKpi(store, scope, { kpi: 'k', partners: ['B'] });
    expect(value).toMatchObject({ numerator: '1', denominator: '1' });
  });
});

describe('conditions on partners', () => {
  const conditions = [
    '{ attribute: types, is: msp }',
    '{ attribute: types, in: [msp, isv] }',
    '{ attribute: types, notIn: [isv] }',
    '{ attribute: types, blank: true }',
    '{ attribute: employees, atLeast: 40 }',
    '{ attribute: employees, moreThan: 40 }',
    '{ attribute: employees, blank: true }',
    '{ not: { attribute: employees, lessThan: 50 } }',
    '{ attribute: country, isNot: DE }',
    '{ attribute: country, is: " se" }',
    '{ attribute: country, in: [no, Se] }',
    '{ attribute: country, notIn: [se] }',
    '{ attribute: startedOn, atMost: "2026-01-31" }',
    '{ attribute: extra.segment, is: " SMB" }',
    '{ attribute: extra.segment, isNot: SMB }',
    '{ attribute: region, is: EMEA }',
    '{ attribute: region, notIn: [APAC] }',
    '{ attribute: region, blank: true }',
    '{ daysFrom: startedOn, to: endedOn, atLeast: 1 }',
    '{ any: [{ attribute: country, is: SE }, { attribute: extra.segment, is: smb }] }',
    '{ all: [{ attribute: country, is: SE }, { attribute: types, is: reseller }] }',
    '{ attribute: country, inRegion: north }',
    '{ attribute: country, inRegion: [rest, nowhere] }',
    '{ attribute: country, inRegion: all }',
    '{ not: { attribute: country, inRegion: all } }',
  ];

  it.each(conditions)('%s means the same in SQL and in an evaluation', async (condition) => {
    const program: Program = programOf({
      head: `regions:
  list:
    - { key: north, label: North, countries: [" se", Norway] }
    - { key: nowhere, label: Nowhere, countries: [Atlantis] }
    - { key: rest, label: Rest, countries: otherwise }
    - { key: all, label: All, regions: [north, rest] }`,
      kpis: `  k: { label: K, help: K, unit: count, measure: { count: partner, where: ${condition} } }`,
      ladders: `  - key: l\n    label: L\n    where: ${condition}\n    tiers: [{ key: t, label: T }]`,
    });
    const scope = { program, asOf: '2026-11-23', now: 0, feeds: [] };
    const values = await computeKpi(store, scope, { kpi: 'k', partners: ['A', 'B'] });
    const facts = await loadFacts(store, ['A', 'B']);
    const expected = facts.map((one) =>
      partnerMatches(program, one.facts, program.ladders[0]!.where!) ? '1' : '0',
    );
    expect(values.map(({ numerator }) => numerator)).toEqual(expected);
  });
});

describe('a record that enters and leaves a window month by month', () => {
  it('is counted on exactly the days that the window names', async () => {
    const kpi = `unit: count\nmeasure: { count: deal, where: { attribute: closeOn, is: "2026-10-31" }, window: { last: 1 month, by: closeOn } }`;
    const counted: string[] = [];
    for (let ahead = 0; ahead < 40; ahead++) {
      const asOf = addDays('2026-10-28', ahead);
      if ((await figure(kpi, { asOf })) === '1') counted.push(asOf);
    }
    expect([counted[0], counted.at(-1), counted.length]).toEqual(['2026-11-01', '2026-11-30', 30]);
  });
});
