import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { computeKpi } from '../../src/kpi/compute.ts';
import { recordChanges } from '../../src/kpi/record-changes.ts';
import { kpiRecords } from '../../src/kpi/records.ts';
import { exact, exactRatio } from '../../src/program/exact.ts';
import { loadProgram } from '../../src/program/load.ts';
import type { Store } from '../../src/store/store.ts';
import { behindFigures } from '../../src/tier/explain/left-out.ts';
import { emptyStore, openTestStore } from '../services/test-store.ts';
import { insertDeals, insertRows, programOf } from './sample.ts';

/** What is named as left out, and what is too far away to be news. As of 2026-11-23. */
const program = loadProgram('programs/starter.yaml');
const asOf = '2026-11-23';
const now = Date.parse(`${asOf}T09:00:00Z`);
let store: Store;

beforeAll(async () => {
  store = await openTestStore();
});
afterAll(async () => {
  await store.close();
});
beforeEach(async () => {
  await emptyStore(store);
  await insertRows(store, 'partner', [{ id: 'A', name: 'Northwind', started_on: '2026-01-10' }]);
});

/** "counted: ids / left out: id why" as listed; the count of the figure must be the same. */
async function listed(kpi: string, rules = program): Promise<{ counted: string[]; leftOut: string[] }> {
  const { included, excluded } = await kpiRecords(store, { program: rules, kpi, partnerId: 'A', now });
  const [value] = await computeKpi(store, { program: rules, asOf, now, feeds: [] }, { kpi, partners: ['A'] });
  expect([value!.counted, value!.excluded]).toEqual([included.length, excluded.length]);
  return {
    counted: included.map(({ id }) => id).sort(),
    leftOut: excluded.map(({ id, why }) => `${id}: ${why}`).sort(),
  };
}

async function evidence(kpi: string): Promise<string | undefined> {
  const asked = { program, partnerId: 'A', now, kpis: [kpi], limit: 5 };
  return (await behindFigures(store, asked)).texts.get(kpi);
}

it('lists what growth is measured from: what counts before, also where it is left out of the present', async () => {
  const window = 'validFrom: occurredOn, validThrough: expiresOn';
  const rules = programOf({
    kpis: `  growth: { label: G, help: G, unit: percent, growth: { now: { sum: fact.quantity, window: { ${window} } }, before: { sum: fact.quantity, window: { ${window}, ago: 12 months } } } }`,
  });
  const fact = { partner: 'A', kind: 'contract', quantity: 10 };
  await insertRows(store, 'fact', [
    { ...fact, id: 'both', occurred_on: '2025-01-01' },
    { ...fact, id: 'ended', occurred_on: '2025-01-01', expires_on: '2026-06-30' },
    { ...fact, id: 'new', occurred_on: '2026-01-01' },
  ]);
  const found = await kpiRecords(store, { program: rules, kpi: 'growth', partnerId: 'A', now });
  const shown = ({ included, excluded, others }: typeof found) =>
    [included, excluded, others].map((list) =>
      list.map(({ id, part, value }) => `${id} ${part} ${value}`).sort(),
    );
  expect(shown(found)).toEqual([['both before 10', 'new now 10'], [], ['ended before 10']]);
  const later = { program: rules, kpi: 'growth', partnerId: 'A', now, asOf: '2026-06-30' };
  expect(recordChanges(await kpiRecords(store, later), found)).toMatchObject([
    { id: 'ended', change: 'ended' },
  ]);
});

it('says of what is in the whole of a ratio alone why, and of an end the day of the end', async () => {
  const customers = 'count: fact, where: { attribute: kind, is: customer }';
  const acquired = '{ last: 3 years, by: occurredOn }';
  const rules = programOf({
    kpis: `  kept: { label: K, help: K, unit: percent, ratio: { of: { ${customers}, window: [${acquired}, { validThrough: expiresOn }] }, to: { ${customers}, window: ${acquired} } } }`,
  });
  await insertRows(store, 'fact', [
    { id: 'k1', partner: 'A', kind: 'customer', occurred_on: '2025-04-01' },
    { id: 'k2', partner: 'A', kind: 'customer', occurred_on: '2025-05-01', expires_on: '2026-11-22' },
  ]);
  const asked = { program: rules, kpi: 'kept', partnerId: 'A', now };
  const today = await kpiRecords(store, asked);
  expect(today.included.map(({ id, part, comesTo }) => `${id} ${part} ${comesTo}`).sort()).toEqual([
    'k1 of null',
    'k2 to not in the part: ended 2026-11-22',
  ]);
  expect(recordChanges(await kpiRecords(store, { ...asked, asOf: '2026-11-22' }), today)).toMatchObject([
    { id: 'k2', change: 'changed', why: 'ended 2026-11-22' },
  ]);
});

it('counts in the evidence of a difference what it is compared with, and does not call that left out', async () => {
  const year = (more: string) => `{ sum: fact.quantity, window: { previous: year, by: occurredOn${more} } }`;
  const rules = programOf({
    kpis: `  more: { label: M, help: M, unit: number, difference: { now: ${year('')}, before: ${year(', ago: 12 months')} } }`,
  });
  await insertRows(store, 'fact', [
    { id: 'f1', partner: 'A', kind: 'revenue', quantity: 9, occurred_on: '2025-05-01' },
    { id: 'f2', partner: 'A', kind: 'revenue', quantity: 4, occurred_on: '2024-05-01' },
  ]);
  const found = await behindFigures(store, { program: rules, partnerId: 'A', now, kpis: ['more'], limit: 5 });
  expect(found.texts.get('more')).toBe('1 fact, compared with 1 fact');
  expect(found.notCounted).toEqual([]);
});

it('says of a ratio of two times what counts in the part alone, and of both why it counts in neither', async () => {
  const deals = (window: string) => `{ sum: deal.amount, window: ${window} }`;
  const rules = programOf({
    kpis: `  pace: { label: P, help: P, unit: percent, ratio: { of: ${deals('{ last: 12 months, by: closeOn }')}, to: ${deals('{ last: 12 months, by: closeOn, ago: 12 months }')} } }`,
  });
  await insertDeals(
    store,
    `deal | partner | amount  | won | closed     | role    | weight
     d1   | A       | 300 USD | yes | 2026-05-01 | sourced | 100
     d2   | A       | 40 USD  | yes | 2026-06-01 | sourced | 100
     d3   | A       | -       | yes | 2026-07-01 | sourced | 100
     d4   | A       | 50 USD  | yes | 2025-05-01 | sourced | 100
     d5   | A       | 9 USD   | yes | 2024-10-01 | sourced | 100`,
  );
  const { included, excluded, others } = await kpiRecords(store, {
    ...{ program: rules, kpi: 'pace', partnerId: 'A', now },
  });
  expect(included.map(({ id, part, comesTo }) => `${id} ${part} ${comesTo}`)).toEqual([
    'd4 to not in the part: dated 2025-05-01, before the window, which begins on 2025-11-23',
  ]);
  expect(others.map(({ id }) => id)).toEqual(['d2', 'd1']);
  expect(excluded.map(({ id, why }) => `${id} ${why}`)).toEqual([
    'd3 its amount is empty',
    'd5 dated 2024-10-01, before the window, which begins on 2024-11-23',
  ]);
  const behind = await behindFigures(store, {
    program: rules,
    partnerId: 'A',
    now,
    kpis: ['pace'],
    limit: 5,
  });
  expect(behind.texts.get('pace')).toBe('2 deals, by 1 deal (1 without a value, 1 before the window)');
});

it('says of a ratio of two kinds of records what is divided by what, in words', async () => {
  const rules = programOf({
    kpis: `  share: { label: S, help: S, unit: percent, ratio: { of: { distinct: certification.person }, to: { sum: partner.employees } } }
  own: { label: O, help: O, unit: number, ratio: { of: { distinct: certification.person }, to: { sum: partner.extra.fieldConsultants } } }`,
    head: 'attributes: { partner.extra.fieldConsultants: number }',
  });
  await insertRows(store, 'person', [{ id: 'p1', name: 'Ann', partner: 'A', email: 'ann@a.example' }]);
  await insertRows(store, 'certification', [
    { id: 'c1', person: 'p1' },
    { id: 'c2', person: 'p1' },
  ]);
  const words = async (number: number) => {
    await store.query('update tierlink.partner set employees = $1, extra = $2', [
      number,
      JSON.stringify({ fieldConsultants: number }),
    ]);
    const asked = { program: rules, partnerId: 'A', now, kpis: ['share', 'own'], limit: 5 };
    return [...(await behindFigures(store, asked)).texts.values()];
  };
  expect(await words(1400)).toEqual([
    '1 person, 2 certificates, by 1,400 employees',
    '1 person, 2 certificates, by 1,400 field consultants',
  ]);
  expect(await words(1)).toEqual([
    '1 person, 2 certificates, by 1 employee',
    '1 person, 2 certificates, by field consultants: 1',
  ]);
});

describe('certificates', () => {
  beforeEach(async () => {
    await insertRows(store, 'person', [
      { id: 'p1', name: 'Ann', partner: 'A', email: 'ann@a.example' },
      { id: 'p2', name: 'Bo', partner: 'A', email: 'bo@a.example', left_on: '2026-06-30' },
    ]);
    const one = { person: 'p1', status: 'active', issued_on: '2024-01-01', expires_on: null };
    await insertRows(store, 'certification', [
      { ...one, id: 'valid' },
      { ...one, id: 'also' },
      { ...one, id: 'ended', expires_on: '2026-11-22' },
      { ...one, id: 'endedLongAgo', expires_on: '2025-11-22' },
      { ...one, id: 'later', issued_on: '2026-12-01' },
      { ...one, id: 'markedExpired', status: 'expired' },
      { ...one, id: 'revoked', status: 'revoked' },
      { ...one, id: 'left', person: 'p2' },
    ]);
  });

  it('are left out with the reason, once they ended, are not valid yet, were revoked, or their holder left', async () => {
    expect(await listed('certifiedPeople')).toEqual({
      counted: ['also', 'valid'],
      leftOut: [
        'ended: ended 2026-11-22',
        'later: valid from 2026-12-01',
        'left: its holder left on 2026-06-30',
        'markedExpired: expired',
        'revoked: revoked',
      ],
    });
  });

  it('are left out by a window of several with the day and the bound of that one', async () => {
    const rules = programOf({
      kpis: `  recent:
    label: R
    help: R
    unit: count
    measure:
      count: certification
      window: [{ last: 36 months, by: issuedOn }, { validThrough: person.leftOn }, { last: 24 months, by: extra.renewedOn }]`,
      head: 'attributes: { certification.extra.renewedOn: date }',
    });
    const renewed = (day: string) => ({ extra: JSON.stringify({ renewedOn: day }) });
    await insertRows(store, 'certification', [
      { id: 'old', person: 'p1', issued_on: '2023-05-01', ...renewed('2026-01-01') },
      { id: 'gone', person: 'p2', issued_on: '2024-05-01', ...renewed('2026-01-01') },
      { id: 'stale', person: 'p1', issued_on: '2024-05-01', ...renewed('2024-11-22') },
    ]);
    const { leftOut } = await listed('recent', rules);
    expect(leftOut).toEqual(
      expect.arrayContaining([
        'gone: its holder left on 2026-06-30',
        'old: dated 2023-05-01, before the window, which begins on 2023-11-23',
        'stale: dated 2024-11-22, before the window, which begins on 2024-11-23',
      ]),
    );
  });

  it('go with a holder who is no longer among the people of partners', async () => {
    await store.query(`update tierlink.person set in_scope = false where id = 'p1'`);
    const { counted, leftOut } = await listed('certifiedPeople');
    expect(counted).toEqual([]);
    expect(leftOut).toContain('valid: no longer in the scope of its mapping');
  });

  it('are counted beside the people who hold them', async () => {
    expect(await evidence('certifiedPeople')).toBe(
      '1 person, 2 certificates (2 expired, 1 not yet valid, 1 of people who left, 1 revoked)',
    );
  });
});

describe('deals', () => {
  beforeEach(async () => {
    await insertDeals(
      store,
      `
      deal | partner | amount   | won | closed     | role    | weight
      in   | A       | 1000 USD | yes | 2026-03-01 | sourced | 100
      lost | A       | 1000 USD | no  | 2026-03-02 | sourced | 100
      near | A       | 1000 USD | yes | 2024-11-23 | sourced | 100
      far  | A       | 1000 USD | yes | 2024-11-22 | sourced | 100
      void | A       | -        | yes | 2026-03-03 | sourced | 100`,
    );
  });

  it('are named as before the window within one length of it, and when they have no amount', async () => {
    expect(await listed('sourcedRevenue')).toEqual({
      counted: ['in'],
      leftOut: [
        'lost: lost',
        'near: dated 2024-11-23, before the window, which begins on 2025-11-23',
        'void: its amount is empty',
      ],
    });
    expect(await evidence('sourcedRevenue')).toBe('1 deal (1 without a value, 1 lost, 1 before the window)');
  });

  it('of a ratio are listed once, as many as the whole counts', async () => {
    const { included } = await kpiRecords(store, { program, kpi: 'winRate', partnerId: 'A', now });
    expect(included.map(({ id, part }) => `${id} ${part}`).sort()).toEqual(['in of', 'lost to', 'void of']);
    expect((await listed('winRate')).leftOut).toHaveLength(1);
  });
});

it('says of a part of the records of a group up to which day it is', async () => {
  const rules = programOf({
    kpis: `  newTypes:
    label: N
    help: N
    unit: count
    measure:
      distinct: deal.type
      having: { count: deal, window: { elapsed: 12 months, by: closeOn }, atMost: 0 }`,
  });
  await insertDeals(
    store,
    `
      deal   | partner | amount   | won | closed     | role    | weight
      first  | A       | 100 USD  | yes | 2025-11-23 | sourced | 100
      second | A       | 100 USD  | yes | 2026-05-01 | sourced | 100
      one    | A       | 100 USD  | yes | 2025-11-24 | sourced | 100`,
  );
  await store.query(`update tierlink.deal set type = case id when 'one' then 'New' else 'Old' end`);
  expect(await listed('newTypes', rules)).toEqual({
    counted: ['one'],
    leftOut: ['first', 'second'].map((id) => `${id}: Old: 1 deal up to 2025-11-23 (at most 0)`),
  });
});

describe('what each record brings to a figure', () => {
  it('adds up to it exactly, with the share and the currency that it comes from', async () => {
    await insertDeals(
      store,
      `
      deal | partner | amount      | won | closed     | role    | weight
      own  | A       | 1000.10 USD | yes | 2026-03-01 | sourced | 100
      half | A       | 333.33 EUR  | yes | 2026-03-02 | sourced | 50
      old  | A       | 500 USD     | yes | 2024-11-23 | sourced | 100`,
    );
    const { included, excluded } = await kpiRecords(store, {
      program,
      kpi: 'sourcedRevenue',
      partnerId: 'A',
      now,
    });
    const told = [...included, ...excluded].map(({ id, amount, currency, share, value }) => [
      id,
      [amount, currency, share, value],
    ]);
    // 333.33 EUR at 1.08 USD, one half of it.
    expect(Object.fromEntries(told)).toEqual({
      own: ['1000.1', 'USD', '100', '1000.1'],
      half: ['333.33', 'EUR', '50', '179.9982'],
      old: ['500', 'USD', '100', null],
    });
    const scope = { program, asOf, now, feeds: [] };
    const [figure] = await computeKpi(store, scope, { kpi: 'sourcedRevenue', partners: ['A'] });
    const sum = included.map(({ value }) => exact(value!)).reduce((total, value) => total.add(value));
    expect(sum.equals(exactRatio(figure!.numerator!, figure!.denominator!))).toBe(true);
  });

  it('is told of an average too, whose whole only counts', async () => {
    await insertDeals(
      store,
      `
      deal | partner | amount   | won | closed     | role    | weight
      in   | A       | 1000 USD | yes | 2026-03-01 | sourced | 100`,
    );
    const { included } = await kpiRecords(store, { program, kpi: 'averageDeal', partnerId: 'A', now });
    expect(included).toMatchObject([
      { id: 'in', part: 'of', value: '1000', amount: '1000', currency: 'USD' },
    ]);
  });

  it('is nothing where records are only counted', async () => {
    await insertDeals(
      store,
      `
      deal | partner | amount   | won | closed     | role    | weight
      in   | A       | 1000 USD | yes | 2026-03-01 | sourced | 100`,
    );
    const { included } = await kpiRecords(store, { program, kpi: 'winRate', partnerId: 'A', now });
    expect(included).toMatchObject([{ id: 'in', value: null, amount: null }]);
  });
});

describe('a ratio of two entities', () => {
  it('lists what it is a share of, and what each part leaves out', async () => {
    await insertDeals(
      store,
      `
      deal | partner | amount   | won | closed     | role    | weight
      d1   | A       | 100 USD  | yes | 2026-02-01 | sourced | 100
      d2   | A       | 100 USD  | yes | 2026-05-01 | sourced | 100`,
    );
    const { counted, leftOut } = await listed('activation');
    expect([counted, leftOut]).toEqual([['A'], [expect.stringMatching(/^d2: dated 2026-05-01, after/)]]);
  });
});
