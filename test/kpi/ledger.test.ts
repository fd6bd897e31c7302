import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { kpiRecords } from '../../src/kpi/records.ts';
import { addDays } from '../../src/program/civil-date.ts';
import type { Store } from '../../src/store/store.ts';
import { fc } from '../services/fast-check.ts';
import { emptyStore, openTestStore } from '../services/test-store.ts';
import { exactly, explained, figureText, insertMany, measuring, valueOn } from './measure-house.ts';
import { insertRows } from './sample.ts';

/** Points as the entries of a ledger: each with its own end, some taken back by others. */
const asOf = '2026-11-23';
const program = measuring(`unit: number
measure:
  sum: fact.quantity
  where: { attribute: kind, is: points }
  window: { validFrom: occurredOn, validThrough: expiresOn }`);
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

describe('a ledger of points', () => {
  beforeEach(async () => {
    const rows: [
      entry: string,
      quantity: string,
      occurredOn: string,
      expiresOn: string | null,
      reverses: string | null,
    ][] = [
      ['e1', '100', '2026-01-10', '2026-12-31', null],
      ['e2', '50', '2026-02-10', '2026-11-22', null],
      ['e3', '200.5', '2026-03-01', null, null],
      ['r1', '-100', '2026-12-01', null, 'e1'],
      ['r2', '-50', '2026-05-01', null, 'e2'],
      ['r3', '-80', '2026-06-01', null, 'e3'],
      ['r4', '-10', '2026-06-01', null, 'nope'],
      ['r5', '80', '2026-07-01', null, 'r3'],
    ];
    await insertRows(
      store,
      'fact',
      rows.map(([entry, quantity, occurred_on, expires_on, reverses]) => ({
        id: entry,
        entry,
        partner: 'A',
        kind: 'points',
        quantity,
        occurred_on,
        expires_on,
        reverses,
      })),
    );
    await insertRows(store, 'fact', [
      { id: 'other', entry: 'nope', partner: 'B', kind: 'points', quantity: '10', occurred_on: '2026-01-01' },
      { id: 'usage', entry: 'nope', partner: 'A', kind: 'usage', quantity: '10', occurred_on: '2026-01-01' },
    ]);
  });

  it('counts a reversal only together with its entry', async () => {
    expect(await exactly(store, program, { asOf })).toBe('441/2');
    const entryGone = 'the entry that it takes back does not count';
    expect(await explained(store, program, asOf)).toEqual({
      counted: ['e1', 'e3', 'r3'],
      leftOut: [
        'e2: ended 2026-11-22',
        'r1: valid from 2026-12-01',
        `r2: ${entryGone}`,
        `r4: ${entryGone}`,
        `r5: ${entryGone}`,
      ],
    });
  });

  it('changes on the days of its entries, and never takes points twice', async () => {
    const figures: string[] = [];
    for (let today: string | undefined = '2026-11-22'; today !== undefined && today < '2027-06-01'; ) {
      const value = await valueOn(store, program, { asOf: today });
      figures.push(`${today} ${figureText(value)}`);
      today = value.nextChangeAt?.slice(0, 10);
    }
    expect(figures.slice(0, 4)).toEqual([
      '2026-11-22 441/2',
      '2026-11-23 441/2',
      '2026-12-01 241/2',
      '2027-01-01 241/2',
    ]);
  });

  it('lists each entry with its number and the day through which it counts', async () => {
    const { included } = await kpiRecords(store, { program, kpi: 'k', partnerId: 'A', now: 0, asOf });
    expect(included.map(({ name, value, until }) => [name, value, until]).sort()).toEqual([
      ['points, e1', '100', '2026-12-31'],
      ['points, e3', '200.5', null],
      ['points, r3, takes back e3', '-80', null],
    ]);
  });
});

it('a company takes an entry back only from the subsidiary that has it', async () => {
  await store.query(`update tierlink.partner set parent = 'A' where id = 'B'`);
  const entry = { kind: 'points', occurred_on: '2026-01-01' };
  await insertRows(store, 'fact', [
    { ...entry, id: 'a', partner: 'A', entry: 'E1', quantity: '100', expires_on: '2026-02-01' },
    { ...entry, id: 'b', partner: 'B', entry: 'E1', quantity: '10' },
    { ...entry, id: 'r', partner: 'A', entry: 'E2', quantity: '-100', reverses: 'E1' },
  ]);
  const company = measuring(
    'unit: number\nrollUp: company\nmeasure: { sum: fact.quantity, window: { validFrom: occurredOn, validThrough: expiresOn } }',
  );
  expect(await exactly(store, company, { asOf })).toBe('10');
});

const day = fc.integer({ min: 0, max: 300 }).map((count) => addDays('2026-01-01', count));
const entries = fc.array(
  fc.record({
    quantity: fc.integer({ min: -100, max: 100 }),
    occurredOn: fc.option(day, { nil: null, freq: 8 }),
    expiresOn: fc.option(day, { nil: null }),
    reverses: fc.option(fc.integer({ min: 0, max: 12 }), { nil: null, freq: 2 }),
    kind: fc.constantFrom('points', 'Points', 'usage'),
  }),
  { maxLength: 14 },
);

it('a ledger agrees with plain code on random data, on the day and on every announced one', async () => {
  await fc.assert(
    fc.asyncProperty(entries, day, async (some, on) => {
      await store.query('delete from tierlink.fact');
      await insertMany(store, 'fact', {
        columns:
          'id text, entry text, partner text, kind text, quantity numeric, occurred_on date, expires_on date, reverses text',
        rows: some.map(({ quantity, kind, occurredOn, expiresOn, reverses }, index) => ({
          id: `f${index}`,
          entry: `E${index}`,
          partner: 'A',
          kind,
          quantity,
          occurred_on: occurredOn,
          expires_on: expiresOn,
          reverses: reverses === null ? null : `E${reverses}`,
        })),
      });
      const byHand = (today: string) => {
        const isValid = ({ occurredOn, expiresOn, kind }: (typeof some)[number]) =>
          kind !== 'usage' && (occurredOn ?? '') <= today && (expiresOn ?? '9999') >= today;
        const counts = some.filter((one) => {
          const entry = one.reverses === null ? undefined : some[one.reverses];
          if (!isValid(one)) return false;
          return one.reverses === null || (entry !== undefined && entry.reverses === null && isValid(entry));
        });
        return String(counts.reduce((sum, { quantity }) => sum + quantity, 0));
      };
      let today = on;
      for (let step = 0; step < 5; step++) {
        const value = await valueOn(store, program, { asOf: today });
        expect([today, figureText(value)]).toEqual([today, byHand(today)]);
        const next = value.nextChangeAt?.slice(0, 10) ?? addDays(today, 500);
        for (let quiet = today; quiet < next; quiet = addDays(quiet, 1))
          expect([quiet, byHand(quiet)]).toEqual([quiet, byHand(today)]);
        today = next;
      }
    }),
    { numRuns: 20 },
  );
});
