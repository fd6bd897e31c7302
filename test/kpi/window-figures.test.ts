import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { addDays } from '../../src/program/civil-date.ts';
import type { Store } from '../../src/store/store.ts';
import { emptyStore, openTestStore } from '../services/test-store.ts';
import { exactly, explained, figureText, insertMany, measuring, valueOn } from './measure-house.ts';
import { insertRows } from './sample.ts';

/** Windows as figures have them: which records count on a day, and when that changes. */
let store: Store;

beforeAll(async () => {
  store = await openTestStore();
});
afterAll(async () => {
  await store.close();
});
beforeEach(async () => {
  await emptyStore(store);
  await insertRows(store, 'partner', [{ id: 'A', name: 'Northwind', started_on: '2026-01-31' }]);
});

/** Facts named by their days. */
async function insertDays(days: readonly string[]) {
  await insertMany(store, 'fact', {
    columns: 'id text, partner text, occurred_on date',
    rows: days.map((id) => ({ id, partner: 'A', occurred_on: id })),
  });
}

/** Leads named by the instants at which they were created. */
async function insertInstants(instants: readonly string[]) {
  await insertMany(store, 'lead', {
    columns: 'id text, partner text, created_at timestamptz',
    rows: instants.map((id) => ({ id, partner: 'A', created_at: id })),
  });
}

const facts = (window: string, head = '') =>
  measuring(`unit: count\nmeasure: { count: fact, window: { ${window}, by: occurredOn } }`, { head });
const leads = (window: string, timeZone: string) =>
  measuring(`unit: count\nmeasure: { count: lead, window: { ${window}, by: createdAt } }`, { timeZone });

describe('days in a window', () => {
  it.each([
    [
      'WN-1 the first day counts, the day of the evaluation does not',
      'last: 12 months',
      '2026-11-23',
      ['2025-11-22', '2025-11-23', '2026-11-22', '2026-11-23'],
      ['2025-11-23', '2026-11-22'],
    ],
    [
      'WN-2 a month that is too short ends at its last day',
      'last: 12 months',
      '2028-02-29',
      ['2027-02-27', '2027-02-28', '2027-03-01', '2028-02-28', '2028-02-29'],
      ['2027-02-28', '2027-03-01', '2028-02-28'],
    ],
    [
      'WN-3 the last full 12 months end with the last month',
      'lastFull: 12 months',
      '2026-11-23',
      ['2025-10-31', '2025-11-01', '2026-10-31', '2026-11-01'],
      ['2025-11-01', '2026-10-31'],
    ],
    [
      'the same month of last year',
      'lastFull: 1 month, ago: 12 months',
      '2026-11-23',
      ['2025-09-30', '2025-10-01', '2025-10-31', '2025-11-01', '2026-10-01'],
      ['2025-10-01', '2025-10-31'],
    ],
    [
      'one month before the last of March',
      'last: 1 month',
      '2027-03-31',
      ['2027-02-27', '2027-02-28', '2027-03-01', '2027-03-30'],
      ['2027-02-28', '2027-03-01', '2027-03-30'],
    ],
    [
      'the prior year',
      'previous: year',
      '2027-01-01',
      ['2025-12-31', '2026-01-01', '2026-12-31', '2027-01-01'],
      ['2026-01-01', '2026-12-31'],
    ],
    [
      'since the start, which is the last of January, for a month',
      'sinceStart: 1 month',
      '2026-11-23',
      ['2026-01-30', '2026-01-31', '2026-02-27', '2026-02-28'],
      ['2026-01-31', '2026-02-27'],
    ],
  ])('%s', async (_name, window, asOf, days, expected) => {
    await insertDays(days);
    expect((await explained(store, facts(window), asOf)).counted).toEqual(expected);
    expect(await exactly(store, facts(window), { asOf })).toBe(String(expected.length));
  });

  it.each([
    ['previous: fiscalYear', ['2025-07-01', '2026-06-30']],
    ['current: fiscalYear', ['2026-07-01', '2026-11-22']],
    ['previous: fiscalQuarter', ['2026-07-01', '2026-09-30']],
  ])('of a fiscal year that begins in July: %s', async (window, expected) => {
    await insertDays([
      '2025-06-30',
      '2025-07-01',
      '2026-06-30',
      '2026-07-01',
      '2026-09-30',
      '2026-11-22',
      '2026-11-23',
    ]);
    const { counted } = await explained(store, facts(window, 'fiscalYearStart: 7'), '2026-11-23');
    expect([counted.at(0), counted.at(-1)]).toEqual(expected);
  });

  it('since the start come in on the day after theirs, and stay', async () => {
    await insertDays(['2026-02-10', '2026-02-20', '2026-03-20']);
    const program = facts('sinceStart: 1 month');
    const figures: string[] = [];
    for (let today: string | undefined = '2026-02-10'; today !== undefined; ) {
      const value = await valueOn(store, program, { asOf: today });
      figures.push(`${today} ${figureText(value)}`);
      today = value.nextChangeAt?.slice(0, 10);
    }
    expect(figures).toEqual(['2026-02-10 0', '2026-02-11 1', '2026-02-21 2']);
    expect(await exactly(store, program, { asOf: '2030-01-01' })).toBe('2');
  });
});

describe('instants in a window', () => {
  it('WN-4 lie on the day of the program in its zone; a day has no zone', async () => {
    await insertInstants(['2026-12-31T23:30:00Z']);
    await insertDays(['2026-12-31']);
    const asOf = '2027-06-01';
    expect(await exactly(store, leads('current: year', 'UTC'), { asOf })).toBe('0');
    expect(await exactly(store, leads('current: year', 'Europe/Stockholm'), { asOf })).toBe('1');
    for (const timeZone of ['UTC', 'Europe/Stockholm', 'America/Los_Angeles']) {
      const kpi = 'unit: count\nmeasure: { count: fact, window: { previous: year, by: occurredOn } }';
      expect(await exactly(store, measuring(kpi, { timeZone }), { asOf })).toBe('1');
    }
  });

  it.each([
    [
      'of 23 hours',
      '2026-03-30',
      ['2026-03-28T22:59:59Z', '2026-03-28T23:00:00Z', '2026-03-29T21:59:59Z', '2026-03-29T22:00:00Z'],
    ],
    [
      'of 25 hours',
      '2026-10-26',
      ['2026-10-24T21:59:59Z', '2026-10-24T22:00:00Z', '2026-10-25T22:59:59Z', '2026-10-25T23:00:00Z'],
    ],
  ])('belong to a day %s from its first second to its last', async (_name, asOf, instants) => {
    await insertInstants(instants);
    const { counted } = await explained(store, leads('last: 1 day', 'Europe/Stockholm'), asOf);
    expect(counted).toEqual(instants.slice(1, 3));
  });

  it.each([
    ['Europe/Stockholm', '2026-03-28T12:00:00Z', '2026-03-29', '2026-03-28T23:00:00.000Z'],
    ['Europe/Stockholm', '2026-03-29T12:00:00Z', '2026-03-30', '2026-03-29T22:00:00.000Z'],
    ['Europe/Stockholm', '2026-10-25T12:00:00Z', '2026-10-26', '2026-10-25T23:00:00.000Z'],
    // There is no midnight on this day: it begins at one o'clock.
    ['America/Santiago', '2026-09-05T12:00:00Z', '2026-09-06', '2026-09-06T04:00:00.000Z'],
  ])('in %s, created %s, change the figure when %s begins', async (timeZone, instant, day, begins) => {
    await insertInstants([instant]);
    const value = await valueOn(store, leads('current: month', timeZone), { asOf: addDays(day, -1) });
    expect([figureText(value), value.nextChangeAt]).toEqual(['0', begins]);
  });

  it('are hours apart as clocks run, and days apart as calendars have them', async () => {
    await insertRows(store, 'lead', [
      { id: 'l', partner: 'A', delivered_at: '2026-03-28T11:00:00Z', accepted_at: '2026-03-29T10:00:00Z' },
    ]);
    const timeZone = 'Europe/Stockholm';
    const hours = 'unit: hours\nmeasure: { median: { of: lead, hoursFrom: deliveredAt, to: acceptedAt } }';
    const days = 'unit: days\nmeasure: { median: { of: lead, daysFrom: deliveredAt, to: acceptedAt } }';
    const asOf = '2026-04-01';
    expect(await exactly(store, measuring(hours, { timeZone }), { asOf })).toBe('23');
    expect(await exactly(store, measuring(days, { timeZone }), { asOf })).toBe('1');
  });

  it('agree with the calendar of the platform on random instants in three zones', async () => {
    const start = Date.parse('2026-02-15T00:00:00Z');
    const instants = fc.array(fc.integer({ min: 0, max: 300 * 24 * 60 }), { maxLength: 25 });
    await fc.assert(
      fc.asyncProperty(
        instants,
        fc.integer({ min: 20, max: 290 }),
        fc.constantFrom('Europe/Stockholm', 'America/Santiago', 'Pacific/Chatham'),
        async (minutes, ahead, timeZone) => {
          await store.query('delete from tierlink.lead');
          const all = [...new Set(minutes)].map((one) => new Date(start + one * 60_000).toISOString());
          await insertInstants(all);
          const asOf = addDays('2026-02-15', ahead);
          const dayOf = (instant: string) =>
            new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short' }).format(new Date(instant));
          const inMonth = all.filter(
            (one) => dayOf(one).slice(0, 7) === asOf.slice(0, 7) && dayOf(one) < asOf,
          );
          const inDays = all.filter((one) => dayOf(one) >= addDays(asOf, -7) && dayOf(one) < asOf);
          const { counted } = await explained(store, leads('current: month', timeZone), asOf);
          expect([timeZone, asOf, counted]).toEqual([timeZone, asOf, inMonth.sort()]);
          const week = await explained(store, leads('last: 7 days', timeZone), asOf);
          expect(week.counted).toEqual(inDays.sort());
        },
      ),
      { numRuns: 25 },
    );
  });
});
