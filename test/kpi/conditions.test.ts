import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { attributesRead, entitiesRead } from '../../src/kpi/reads.ts';
import { recomputeKpis } from '../../src/kpi/recompute.ts';
import { addDays } from '../../src/program/civil-date.ts';
import type { Store } from '../../src/store/store.ts';
import { markDirty as markChanged } from '../../src/sync/records/dirty.ts';
import { fc } from '../services/fast-check.ts';
import { emptyStore, openTestStore } from '../services/test-store.ts';
import { exactly, explained, figureText, insertMany, measuring, valueOn } from './measure-house.ts';
import { insertDeals, insertRows, markDirty } from './sample.ts';

/** Records that count only when what belongs to them comes to something. */
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
  await insertRows(store, 'partner', [{ id: 'A', name: 'Northwind' }, { id: 'B' }]);
});

const tenants = `unit: count
measure:
  distinct: fact.dimension
  where: { attribute: kind, is: usage }
  window: { last: 3 months, by: occurredOn }
  having: { sum: fact.quantity, atLeast: 300 }`;

const masters = `unit: people
measure:
  count: person
  where:
    - { attribute: role, is: technical }
    - has:
        count: certification
        where: { not: { attribute: status, is: revoked } }
        window: { validFrom: issuedOn, validThrough: expiresOn }
        atLeast: 2`;

describe('groups of records', () => {
  beforeEach(async () => {
    const one = { partner: 'A', kind: 'Usage', occurred_on: '2026-10-01' };
    await insertRows(store, 'fact', [
      { ...one, id: 'n1', dimension: 'Nord', quantity: '200' },
      { ...one, id: 'n2', dimension: 'NORD', quantity: '100' },
      { ...one, id: 's1', dimension: 'Syd', quantity: '299.99' },
      { ...one, id: 's2', dimension: 'Syd', quantity: '500', occurred_on: '2026-08-22' },
      { ...one, id: 'o1', dimension: 'Ost', quantity: '300.01' },
      { ...one, id: 'x1', dimension: 'Syd', quantity: '900', partner: 'B' },
      { ...one, id: 'y1', dimension: 'Syd', quantity: '900', kind: 'spend' },
    ]);
  });

  it('count where their sum reaches the bound, however a value is spelt', async () => {
    expect(await exactly(store, measuring(tenants), { asOf })).toBe('2');
  });

  it('are explained: what each comes to, and what it takes', async () => {
    expect(await explained(store, measuring(tenants), asOf)).toEqual({
      counted: [
        'n1: the sum of quantity is 300',
        'n2: the sum of quantity is 300',
        'o1: the sum of quantity is 300.01',
      ],
      leftOut: [
        's1: Syd: the sum of quantity is 299.99 (300 needed)',
        's2: dated 2026-08-22, before the window, which begins on 2026-08-23',
      ],
    });
  });

  it('change on the day on which one of their records leaves the window', async () => {
    const value = await valueOn(store, measuring(tenants), { asOf: '2026-12-31' });
    expect([figureText(value), value.nextChangeAt]).toEqual(['2', '2027-01-02T00:00:00.000Z']);
    expect(await exactly(store, measuring(tenants), { asOf: '2027-01-02' })).toBe('0');
  });

  it('must meet every condition, each over the records that it is about', async () => {
    const both = tenants.replace(
      'having: { sum: fact.quantity, atLeast: 300 }',
      'having: [{ count: fact, atLeast: 2 }, { max: fact.quantity, where: { attribute: quantity, lessThan: 150 }, atMost: 100 }]',
    );
    expect(await exactly(store, measuring(both), { asOf })).toBe('1');
  });

  it('come to what is asked in each of two parts of the window, and change when a record leaves its part', async () => {
    const part = (more: string) =>
      `{ sum: fact.quantity, window: { lastFull: 1 month, by: occurredOn${more} }, moreThan: 100 }`;
    const both = measuring(`unit: count
measure:
  distinct: fact.dimension
  where: { attribute: kind, is: seats }
  window: { any: [{ lastFull: 1 month, by: occurredOn }, { lastFull: 1 month, by: occurredOn, ago: 12 months }] }
  having: [${part('')}, ${part(', ago: 12 months')}]`);
    const [now, before] = ['2026-10-15', '2025-10-31'];
    const rows: [id: string, dimension: string, day: string, quantity: number][] = [
      ['a1', 'both', now, 60],
      ['a2', 'both', now, 41],
      ['a3', 'both', before, 101],
      ['b1', 'now', now, 900],
      ['b2', 'now', before, 100],
      ['c1', 'before', before, 900],
      ['d1', 'other month', '2026-09-30', 900],
      ['d2', 'other month', before, 900],
    ];
    const own = { partner: 'A', kind: 'seats' };
    await insertRows(
      store,
      'fact',
      rows.map(([id, dimension, occurred_on, quantity]) => ({
        ...own,
        id,
        dimension,
        occurred_on,
        quantity,
      })),
    );
    const value = await valueOn(store, both, { asOf });
    expect([figureText(value), value.nextChangeAt]).toEqual(['1', '2026-12-01T00:00:00.000Z']);
    const { counted, leftOut } = await explained(store, both, asOf);
    const sum = (first: string, last: string) => `the sum of quantity from ${first} to ${last} is`;
    const [october, year] = [sum('2026-10-01', '2026-10-31'), sum('2025-10-01', '2025-10-31')];
    expect(counted[0]).toBe(`a1: ${october} 101, ${year} 101`);
    expect(leftOut).toContain(`b1: now: ${year} 100 (more than 100 needed)`);
    expect(leftOut).toContain(`c1: before: ${october} 0 (more than 100 needed)`);
  });

  it('of people are those of one e-mail address', async () => {
    await insertRows(store, 'person', [
      { id: 'p1', partner: 'A', email: 'ann@a.example' },
      { id: 'p2', partner: 'A', email: 'Ann@a.example' },
      { id: 'p3', partner: 'A', email: 'bo@a.example' },
    ]);
    await insertRows(store, 'certification', [
      { id: 'c1', person: 'p1', code: 'X' },
      { id: 'c2', person: 'p2', code: 'Y' },
      { id: 'c3', person: 'p3', code: 'X' },
      { id: 'c4', person: 'p3', code: 'X' },
    ]);
    const kpi =
      'unit: people\nmeasure: { distinct: certification.person, having: { distinct: certification.code, atLeast: 2 } }';
    expect(await exactly(store, measuring(kpi), { asOf })).toBe('1');
  });

  it("of customers count the partner's share of their deals, in the program's currency", async () => {
    await insertRows(store, 'customer', [{ id: 'big' }, { id: 'small' }]);
    await insertDeals(
      store,
      `
      deal | partner | amount   | won | closed     | role    | weight
      d1   | A       | 600 EUR  | yes | 2026-03-01 | sourced | 50
      d2   | A       | 670 USD  | yes | 2026-03-01 | sourced | 100
      d3   | A       | 1000 USD | yes | 2026-03-01 | sourced | 99.99`,
    );
    await store.query(`update tierlink.deal set customer = case when id = 'd3' then 'small' else 'big' end`);
    const kpi = measuring(
      'unit: count\nmeasure: { distinct: deal.customer, having: { sum: deal.amount, atLeast: 1000 } }',
    );
    expect(await exactly(store, kpi, { asOf })).toBe('1');
    await store.query(`update tierlink.deal set amount_currency = 'JPY' where id = 'd1'`);
    expect(await exactly(store, kpi, { asOf })).toBe(
      'deal d1 has an amount in JPY, for which the program has no rate',
    );
  });
});

describe('what refers to a record', () => {
  beforeEach(async () => {
    const one = { partner: 'A', role: 'technical' };
    await insertRows(store, 'person', [
      { ...one, id: 'ann' },
      { ...one, id: 'bo' },
      { ...one, id: 'cy' },
      { ...one, id: 'di', role: 'sales' },
    ]);
    await insertRows(store, 'certification', [
      { id: 'a1', person: 'ann', issued_on: '2026-01-01', expires_on: '2026-12-31' },
      { id: 'a2', person: 'ann', issued_on: '2026-01-01', expires_on: '2027-03-31', partner: 'B' },
      { id: 'b1', person: 'bo', issued_on: '2026-01-01', expires_on: '2026-11-22' },
      { id: 'b2', person: 'bo', issued_on: '2026-01-01' },
      { id: 'b3', person: 'bo', issued_on: '2026-01-01', status: 'revoked' },
      { id: 'b4', person: 'bo', issued_on: '2026-12-15' },
      { id: 'd1', person: 'di', issued_on: '2026-01-01' },
      { id: 'd2', person: 'di', issued_on: '2026-01-01' },
    ]);
  });

  it('says how many, and whoever has too few is named', async () => {
    expect(await exactly(store, measuring(masters), { asOf })).toBe('1');
    expect(await explained(store, measuring(masters), asOf)).toEqual({
      counted: ['ann: 2 certificates'],
      leftOut: ['bo: 1 certificate (2 needed)', 'cy: 0 certificates (2 needed)'],
    });
  });

  it('changes the figure by time alone on the days that are announced', async () => {
    const days: string[] = [];
    for (let on = asOf, ahead = 0; ahead < 50; ahead++, on = addDays(on, 1)) {
      const value = await valueOn(store, measuring(masters), { asOf: on });
      if (on === asOf || on === days.at(-1)?.split(' ')[0])
        days[Math.max(0, days.length - 1)] = `${on} ${figureText(value)}`;
      if (days.at(-1)?.startsWith(on) && value.nextChangeAt !== null)
        days.push(value.nextChangeAt.slice(0, 10));
    }
    expect(days.slice(0, 3)).toEqual(['2026-11-23 1', '2026-12-15 2', '2027-01-01 1']);
  });

  it('can be none, and can stand inside other conditions', async () => {
    const none =
      'unit: people\nmeasure: { count: person, where: { has: { count: certification, atMost: 0 } } }';
    expect(await exactly(store, measuring(none), { asOf })).toBe('1');
    const either =
      'unit: people\nmeasure: { count: person, where: { any: [{ attribute: role, is: sales }, { not: { has: { count: certification, atLeast: 1 } } }] } }';
    expect(await exactly(store, measuring(either), { asOf })).toBe('2');
    const excepted =
      'unit: people\nmeasure: { count: person, except: [{ label: uncertified, when: { has: { count: certification, lessThan: 1 } } }] }';
    expect(await explained(store, measuring(excepted), asOf)).toEqual({
      counted: ['ann', 'bo', 'di'],
      leftOut: ['cy: uncertified'],
    });
  });

  it('is computed again when a record that it counts changes, and when only time passes', async () => {
    const program = measuring(masters);
    const figureAt = async (on: string) => {
      const { changes } = await recomputeKpis(store, { program, now: Date.parse(`${on}T06:00:00Z`) });
      return changes.filter(({ partnerId }) => partnerId === 'A').map(({ after }) => after.numerator);
    };
    await markDirty(store, 'partner', ['A', 'B']);
    expect(await figureAt('2026-11-23')).toEqual(['1']);
    expect(await figureAt('2026-11-24')).toEqual([]);
    await store.query(`update tierlink.certification set status = 'active' where id = 'b3'`);
    await store.transaction(async (tx) =>
      markChanged({ tx, now: '2026-11-24T08:00:00Z' }, 'certification', ['b3']),
    );
    expect(await figureAt('2026-11-25')).toEqual(['2']);
    expect(await figureAt('2026-12-31')).toEqual([]);
    expect(await figureAt('2027-01-01')).toEqual(['1']);
  });

  it('inside a condition on groups is read as well', () => {
    const nested = measuring(
      'unit: count\nmeasure: { distinct: deal.customer, having: { count: deal, where: { has: { count: lead, atLeast: 1 } }, atLeast: 1 } }',
    );
    expect([...entitiesRead(nested, 'k')].sort()).toEqual(['credit', 'deal', 'lead']);
    expect(attributesRead(nested, 'k').has('lead.deal')).toBe(true);
  });

  it('dirties what is computed from it', () => {
    const program = measuring(masters);
    expect([...entitiesRead(program, 'k')].sort()).toEqual(['certification', 'person']);
    expect([...attributesRead(program, 'k')].sort()).toEqual([
      'certification.expiresOn',
      'certification.issuedOn',
      'certification.person',
      'certification.status',
      'person.partner',
      'person.role',
    ]);
  });
});

const day = fc.integer({ min: 0, max: 400 }).map((count) => addDays('2026-01-01', count));
const facts = fc.array(
  fc.record({
    dimension: fc.constantFrom('x', 'y', 'z', null),
    quantity: fc.option(fc.integer({ min: -50, max: 300 }), { nil: null, freq: 6 }),
    occurredOn: day,
    partner: fc.constantFrom('A', 'B'),
  }),
  { maxLength: 25 },
);
const certificates = fc.array(
  fc.record({
    person: fc.integer({ min: 0, max: 4 }),
    issuedOn: fc.option(day, { nil: null }),
    expiresOn: fc.option(day, { nil: null }),
  }),
  { maxLength: 20 },
);

describe('conditions on aggregates', () => {
  it('agree with plain code on random data, on the day and on every announced one', async () => {
    await fc.assert(
      fc.asyncProperty(facts, certificates, day, async (some, held, on) => {
        await emptyStore(store);
        await insertMany(store, 'partner', { columns: 'id text', rows: [{ id: 'A' }, { id: 'B' }] });
        await insertMany(store, 'fact', {
          columns: 'id text, partner text, kind text, dimension text, quantity numeric, occurred_on date',
          rows: some.map((fact, index) => ({
            ...fact,
            id: `f${index}`,
            kind: 'usage',
            occurred_on: fact.occurredOn,
          })),
        });
        await insertMany(store, 'person', {
          columns: 'id text, partner text, role text',
          rows: [0, 1, 2, 3, 4].map((index) => ({
            id: `p${index}`,
            partner: index < 4 ? 'A' : 'B',
            role: 'technical',
          })),
        });
        await insertMany(store, 'certification', {
          columns: 'id text, person text, issued_on date, expires_on date',
          rows: held.map(({ person, issuedOn, expiresOn }, index) => ({
            id: `c${index}`,
            person: `p${person}`,
            issued_on: issuedOn,
            expires_on: expiresOn,
          })),
        });
        const byHand = (asOfDay: string) => {
          const from = windowStart(asOfDay);
          const sums = new Map<string, number>();
          for (const { dimension, quantity, occurredOn, partner } of some) {
            if (partner !== 'A' || dimension === null || occurredOn < from || occurredOn >= asOfDay) continue;
            sums.set(dimension, (sums.get(dimension) ?? 0) + (quantity ?? 0));
          }
          const people = [0, 1, 2, 3].filter(
            (person) =>
              held.filter(
                (one) =>
                  one.person === person &&
                  (one.issuedOn === null || one.issuedOn <= asOfDay) &&
                  (one.expiresOn === null || one.expiresOn >= asOfDay),
              ).length >= 2,
          );
          return [[...sums.values()].filter((sum) => sum >= 300).length, people.length].map(String);
        };
        let announced: (string | null)[] = [null, null];
        let before: string[] | null = null;
        for (let ahead = 0; ahead < 8; ahead++) {
          const today = addDays(on, ahead);
          const values = [
            await valueOn(store, measuring(tenants), { asOf: today }),
            await valueOn(store, measuring(masters), { asOf: today }),
          ];
          const figures = values.map(figureText);
          expect([today, ...figures]).toEqual([today, ...byHand(today)]);
          for (const [index, figure] of figures.entries()) {
            if (before !== null && figure !== before[index]) expect(announced[index]).toBe(today);
          }
          before = figures;
          announced = values.map((value, index) => {
            const known = announced[index] ?? null;
            return known === null || known <= today ? (value.nextChangeAt?.slice(0, 10) ?? null) : known;
          });
        }
      }),
      { numRuns: 10 },
    );
  });
});

/** Three calendar months back; a day that the month lacks is its last. */
function windowStart(asOfDay: string): string {
  const [year, month, date] = asOfDay.split('-').map(Number) as [number, number, number];
  const last = new Date(Date.UTC(year, month - 3, 0)).getUTCDate();
  return new Date(Date.UTC(year, month - 4, Math.min(date, last))).toISOString().slice(0, 10);
}
