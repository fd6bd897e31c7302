import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { computeKpi } from '../../src/kpi/compute.ts';
import { kpiRecords } from '../../src/kpi/records.ts';
import { typedSql } from '../../src/kpi/sql/typed.ts';
import type { AttributeValue } from '../../src/model/entities.ts';
import { canonicalDecimal } from '../../src/model/values.ts';
import { customValue } from '../../src/program/custom-attributes.ts';
import type { Program } from '../../src/program/load.ts';
import type { Store } from '../../src/store/store.ts';
import { figureWords } from '../../src/tier/explain/wording.ts';
import { loadFacts } from '../../src/tier/load.ts';
import { partnerMatches } from '../../src/tier/partner-condition.ts';
import { tierEvidence } from '../../src/tier/requirement.ts';
import { openTestStore } from '../services/test-store.ts';
import { insertDeals, insertRows, programOf } from './sample.ts';

/** Attributes of one's own, read as what the program says that they are, as of 2026-11-23. */
let store: Store;
const asOf = '2026-11-23';
const now = Date.parse(`${asOf}T00:00:00Z`);

const attributes = `attributes:
  deal.extra.seats: number
  deal.extra.goLive: date
  deal.extra.signedAt: instant
  deal.extra.fee: money
  deal.extra.isGreen: boolean
  customer.extra.size: number
  partner.extra.sellers: number
  partner.extra.auditedOn: date
  partner.extra.calledAt: instant
  partner.extra.isLocal: boolean`;

beforeAll(async () => {
  store = await openTestStore();
  const own = {
    sellers: '12.50',
    auditedOn: '2026-02-28',
    calledAt: '2026-11-22T23:30:00.000Z',
    isLocal: true,
  };
  await insertRows(store, 'partner', [
    { id: 'A', name: 'Northwind', extra: JSON.stringify(own) },
    { id: 'B', name: 'Contoso', extra: '{"sellers":"many","auditedOn":"2026-02-30","isLocal":"yes"}' },
    { id: 'C', name: 'Tailspin', extra: '{"sellers":" 12.5 ","auditedOn":"","isLocal":"false"}' },
    { id: 'D', name: 'Adatum' },
  ]);
  await insertRows(store, 'customer', [{ id: 'c1', name: 'Fabrikam', extra: '{"size":900}' }]);
  await insertDeals(
    store,
    `
    deal | partner | amount     | won  | closed     | role    | weight
    d1   | A       | 1000 USD   | yes  | 2026-03-31 | sourced | 100
    d2   | A       | 3000 USD   | yes  | 2026-10-31 | sourced | 50
    d3   | A       | 2000 EUR   | yes  | 2026-11-05 | sourced | 100
    d4   | A       | 10 USD     | yes  | 2026-11-05 | sourced | 100`,
  );
  const extras = {
    d1: {
      seats: 300,
      goLive: '2026-06-01',
      signedAt: '2026-05-31T22:30:00.000Z',
      fee: { amount: '100', currency: 'EUR' },
      isGreen: true,
    },
    d2: {
      seats: '12.5',
      goLive: '2028-02-29',
      signedAt: '2026-06-01T10:00:00Z',
      fee: '50',
      isGreen: 'false',
    },
    d3: { seats: 'n/a', goLive: '2026-02-30', signedAt: 'soon', fee: 'free', isGreen: 'maybe' },
    d4: {},
  };
  for (const [id, extra] of Object.entries(extras))
    await store.query('update tierlink.deal set extra = $2::jsonb, customer = $3 where id = $1', [
      id,
      JSON.stringify(extra),
      id === 'd1' ? 'c1' : null,
    ]);
});
afterAll(async () => {
  await store.close();
});

function kpiProgram(kpi: string, head = ''): Program {
  return programOf({
    head: `${attributes}\n${head}`,
    timeZone: 'Europe/Stockholm',
    kpis: `  k:\n    label: K\n    help: K\n${kpi.replace(/^/gm, '    ')}`,
  });
}

async function figure(program: Program): Promise<string> {
  const [value] = await computeKpi(store, { program, asOf, now, feeds: [] }, { kpi: 'k', partners: ['A'] });
  return `${figureWords(value!, value!)}${value!.empty === null ? '' : ` (${value!.empty})`}`;
}

async function leftOut(program: Program): Promise<string[]> {
  const { excluded } = await kpiRecords(store, { program, kpi: 'k', partnerId: 'A', now, asOf });
  return excluded.map(({ id, reason, why }) => `${id} ${reason}: ${why}`).sort();
}

describe('attributes of one’s own, by their type', () => {
  it.each([
    ['a number is added up', 'unit: number\nmeasure: { sum: deal.extra.seats }', '312.5'],
    [
      'a number is compared',
      'unit: count\nmeasure: { count: deal, where: { attribute: extra.seats, atLeast: 300 } }',
      '1',
    ],
    [
      'a number is told apart as one',
      'unit: count\nmeasure: { count: deal, where: { attribute: extra.seats, is: 12.50 } }',
      '1',
    ],
    [
      'a date lies in a window',
      'unit: count\nmeasure: { count: deal, window: { last: 12 months, by: extra.goLive } }',
      '1',
    ],
    [
      'a date is the last valid day',
      'unit: count\nmeasure: { count: deal, window: { validThrough: extra.goLive } }',
      '2',
    ],
    [
      'one of several windows',
      'unit: count\nmeasure: { count: deal, window: { any: [{ last: 12 months, by: extra.goLive }, { last: 20 days, by: closeOn }] } }',
      '3',
    ],
    [
      'a time between two dates',
      'unit: days\nmeasure: { max: { of: deal, daysFrom: closeOn, to: extra.goLive } }',
      '486 days',
    ],
    [
      'an instant is a day of the time zone',
      'unit: count\nmeasure: { count: deal, where: { attribute: extra.signedAt, is: 2026-06-01 } }',
      '2',
    ],
    [
      'hours between instants',
      'unit: hours\nmeasure: { max: { of: deal, hoursFrom: extra.signedAt, to: extra.signedAt } }',
      '0 hours',
    ],
    [
      'an amount with its currency, or in that of the program',
      'unit: money\nmeasure: { sum: deal.extra.fee }',
      '135 USD',
    ],
    [
      'true or false',
      'unit: count\nmeasure: { count: deal, where: { attribute: extra.isGreen, is: false } }',
      '1',
    ],
    [
      'what is not of its type is blank',
      'unit: count\nmeasure: { count: deal, where: { attribute: extra.seats, blank: true } }',
      '2',
    ],
    ['an attribute of the customer', 'unit: number\nmeasure: { sum: deal.customer.extra.size }', '900'],
    ['a different number once', 'unit: count\nmeasure: { distinct: deal.extra.seats }', '2'],
    [
      'groups by what they come to',
      'unit: count\nmeasure: { distinct: deal.id, having: { sum: deal.extra.seats, atLeast: 300 } }'.replace(
        'deal.id',
        'deal.name',
      ),
      '1',
    ],
  ])('%s', async (_what, kpi, expected) => {
    expect(await figure(kpiProgram(kpi))).toBe(expected);
  });

  it('looks a number up in bands', async () => {
    const head =
      'tables: { t: { missing: refuse, bands: [{ from: 0, value: 1 }, { from: 100, value: 5 }] } }';
    const program = kpiProgram(
      'unit: number\nmeasure: { count: deal, where: { attribute: extra.isGreen, blank: false }, times: { table: t, by: extra.seats } }',
      head,
    );
    expect(await figure(program)).toBe('6');
    const all = kpiProgram(
      'unit: number\nmeasure: { count: deal, where: { attribute: extra.seats, isNot: 0 }, times: { table: t, by: extra.seats } }',
      head,
    );
    expect(await figure(all)).toBe('6');
    const withWrong = kpiProgram(
      'unit: number\nmeasure: { count: deal, where: { attribute: name, is: d3 }, times: { table: t, by: extra.seats } }',
      head,
    );
    expect(await leftOut(withWrong)).toEqual(['d3 wrong_type: its seats "n/a" is no number']);
  });
});

it('the end of a record by a date of its own is no end of what it belongs to', async () => {
  const program = kpiProgram('unit: count\nmeasure: { count: deal, window: { validThrough: extra.goLive } }');
  expect(await leftOut(program)).toContainEqual('d1 expired: ended 2026-06-01');
});

describe('a value that is not of its type', () => {
  it.each([
    [
      'unit: number\nmeasure: { sum: deal.extra.seats }',
      'd3 wrong_type: its seats "n/a" is no number',
      'd4 value_blank: its seats is empty',
    ],
    [
      'unit: money\nmeasure: { sum: deal.extra.fee }',
      'd3 wrong_type: its fee "free" is no amount',
      'd4 value_blank: its fee is empty',
    ],
    [
      'unit: count\nmeasure: { count: deal, window: { elapsed: 1 day, by: extra.goLive } }',
      'd3 wrong_type: its go live "2026-02-30" is no date',
      'd4 date_blank: its go live is empty',
    ],
  ])('is named in %s', async (kpi, ...expected) => {
    const found = await leftOut(kpiProgram(kpi));
    expect(found.filter((one) => /^d[34]/.test(one))).toEqual(expected);
  });

  it('is no open end of a validity', async () => {
    const program = kpiProgram(
      'unit: count\nmeasure: { count: deal, window: { validThrough: extra.goLive } }',
    );
    expect(await leftOut(program)).toContainEqual('d3 wrong_type: its go live "2026-02-30" is no date');
  });

  it('is named where it stands in the way, not another one that does not', async () => {
    const either =
      'window: { any: [{ last: 3 months, by: closeOn }, { last: 12 months, by: extra.goLive }] }';
    expect(
      await leftOut(kpiProgram(`unit: number\nmeasure: { sum: deal.extra.seats, ${either} }`)),
    ).toContainEqual('d3 wrong_type: its seats "n/a" is no number');
  });

  it('is not named where an empty date stands in the way', async () => {
    const program = kpiProgram(
      `unit: count\nmeasure: { count: deal, where: { attribute: name, is: d3 }, window: [{ last: 12 months, by: createdAt }, { any: [{ last: 3 months, by: closeOn }, { last: 12 months, by: extra.goLive }] }] }`,
    );
    expect(await leftOut(program)).toEqual([
      'd3 date_blank: its creation date or close date or go live is empty',
    ]);
  });

  it('is said of a partner in the evidence of a tier', async () => {
    const [B] = await loadFacts(store, ['B']);
    const program = kpiProgram('unit: number\nmeasure: { sum: deal.extra.seats }');
    const tier = {
      key: 't',
      label: 'T',
      requirements: [{ partner: { attribute: 'extra.sellers', atLeast: 5 } }],
    };
    const { requirements } = tierEvidence({ program, kpis: new Map(), partner: B!.facts }, tier);
    expect(requirements).toMatchObject([
      { state: 'not_met', has: 'many', reason: 'its sellers "many" is no number' },
    ]);
  });
});

describe('conditions on a partner’s own attributes', () => {
  it.each([
    ['{ attribute: extra.sellers, atLeast: 9 }', 'AC'],
    ['{ attribute: extra.sellers, is: 12.5 }', 'AC'],
    ['{ attribute: extra.sellers, in: [1, 12.5] }', 'AC'],
    ['{ attribute: extra.sellers, isNot: 12.5 }', ''],
    ['{ attribute: extra.sellers, blank: true }', 'BD'],
    ['{ attribute: extra.auditedOn, atMost: 2026-02-28 }', 'A'],
    ['{ attribute: extra.auditedOn, blank: true }', 'BCD'],
    ['{ attribute: extra.calledAt, is: 2026-11-23 }', 'A'],
    ['{ daysFrom: extra.auditedOn, to: extra.calledAt, atLeast: 268 }', 'A'],
    ['{ attribute: extra.isLocal, is: true }', 'A'],
    ['{ attribute: extra.isLocal, is: false }', 'C'],
  ])('%s means the same in SQL and in an evaluation', async (condition, expected) => {
    const program = kpiProgram(`unit: count\nmeasure: { count: partner, where: ${condition} }`);
    const partners = ['A', 'B', 'C', 'D'];
    const values = await computeKpi(store, { program, asOf, now, feeds: [] }, { kpi: 'k', partners });
    const [filter] = [program.kpis.k!.measure!.where!].flat();
    const facts = await loadFacts(store, partners);
    const inSql = values.filter(({ numerator }) => numerator === '1').map(({ partnerId }) => partnerId);
    const evaluated = facts.filter((one) => partnerMatches(program, one.facts, filter!)).map(({ id }) => id);
    expect([inSql.join(''), evaluated.join('')]).toEqual([expected, expected]);
  });
});

describe('what is a value of a type', () => {
  const values: AttributeValue[] = [
    ...['', ' ', 'x', '12', ' 12.50 ', '-0', '+5', '1e3', '.5', '5.', '\t7', '\u00a08', '٣', '1_000'],
    ...['2026-02-28', '2026-02-29', '2028-02-29', '1900-02-29', '2026-02-30', '2026-13-01', '0000-01-01'],
    ...[' 2026-11-23 ', '2026-11-23T10:00:00Z', '2026-02-30T10:00:00Z', '2026-11-23T10:00Z'],
    ...[
      '2026-11-23T10:00:00',
      '2026-11-23T24:00:00Z',
      '2026-11-23T10:00:00+0130',
      '2026-11-23T10:00:00.5-14:00',
    ],
    ...[' 2026-11-23T10:00:00.000Z', '2026-11-23T10:00:00+15:00', '2026-11-23 10:00:00Z', '20261-11-23'],
    ...['true', ' false', 'True', 'yes', 'TRUE'],
    ...[true, 12, 1e21, -0.25],
    ['5'],
    { amount: '50', currency: 'EUR' },
    { amount: ' 50 ', currency: 'EUR' },
    { amount: 'free', currency: 'EUR' },
  ];

  async function inSql(type: 'decimal' | 'money' | 'date' | 'instant' | 'boolean', value: AttributeValue) {
    const plain = "($1::jsonb ->> 'v')";
    const text = type === 'money' ? `coalesce($1::jsonb -> 'v' ->> 'amount', ${plain})` : plain;
    const [row] = await store.query<{ found: string | null; isNone: boolean }>(
      `select to_json(${typedSql(text, type)}) #>> '{}' as found,
         (btrim(${text}) <> '' and ${typedSql(text, type)} is null) as "isNone"`,
      [JSON.stringify({ v: value })],
    );
    return row!.isNone ? undefined : row!.found;
  }

  it.each(['decimal', 'money', 'date', 'instant', 'boolean'] as const)(
    'is the same of a %s in SQL and in an evaluation',
    async (type) => {
      const comparable = (found: AttributeValue | undefined) => {
        if (found === undefined || found === null) return found;
        const text = typeof found === 'object' && 'amount' in found ? found.amount : String(found);
        if (type === 'instant') return Date.parse(text);
        return type === 'decimal' || type === 'money' ? canonicalDecimal(text) : text;
      };
      const found: unknown[] = [];
      for (const value of values) found.push([value, comparable(await inSql(type, value))]);
      expect(values.map((value) => [value, comparable(customValue(type, value))])).toEqual(found);
    },
  );
});
