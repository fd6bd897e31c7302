import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { kpiRecords } from '../../src/kpi/records.ts';
import { validOn } from '../../src/kpi/windows.ts';
import { addDays } from '../../src/program/civil-date.ts';
import type { Store } from '../../src/store/store.ts';
import { fc } from '../services/fast-check.ts';
import { emptyStore, openTestStore } from '../services/test-store.ts';
import { exactly, explained, figureText, insertMany, measuring, valueOn } from './measure-house.ts';
import { insertRows } from './sample.ts';

/** Windows as figures have them: which records count on a day, and when that changes. */
let store: Store;
const dayOf2026 = fc.integer({ min: 0, max: 364 }).map((count) => addDays('2026-01-01', count));

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
    [
      'everything since the start',
      'sinceStart: true',
      '2056-11-23',
      ['2026-01-30', '2026-01-31', '2056-11-22', '2056-11-23'],
      ['2026-01-31', '2056-11-22'],
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

describe('what was valid so long ago', () => {
  const valid = (ago: string) =>
    measuring(
      `unit: count\nmeasure: { count: fact, window: { validFrom: occurredOn, validThrough: expiresOn${ago} } }`,
    );
  const active = 'window: { validFrom: occurredOn, validThrough: expiresOn';

  async function insertSpans(spans: readonly [from: string | null, through: string | null][]) {
    await insertMany(store, 'fact', {
      columns: 'id text, partner text, occurred_on date, expires_on date',
      rows: spans.map(([from, through]) => ({
        id: `${from}/${through}`,
        partner: 'A',
        occurred_on: from,
        expires_on: through,
      })),
    });
  }

  it('counts with its first and its last day, and blanks are open', async () => {
    await insertSpans([
      ['2025-11-23', '2025-11-23'],
      ['2025-11-24', null],
      [null, '2025-11-22'],
      [null, null],
    ]);
    const { counted, leftOut } = await explained(store, valid(', ago: 12 months'), '2026-11-23');
    expect(counted).toEqual(['2025-11-23/2025-11-23', 'null/null']);
    expect(leftOut).toEqual(['2025-11-24/null: valid from 2025-11-24', 'null/2025-11-22: ended 2025-11-22']);
    expect(await exactly(store, valid(''), { asOf: '2026-11-23' })).toBe('2');
  });

  it('looks ahead as well: what is valid for so long more, and until which day', async () => {
    await insertSpans([
      ['2026-01-01', '2027-02-21'],
      ['2026-01-01', '2027-02-20'],
      ['2026-01-01', '2026-11-22'],
      ['2026-12-01', null],
      ['2027-02-22', null],
    ]);
    const program = valid(', ahead: 90 days');
    expect(await explained(store, program, '2026-11-23')).toEqual({
      counted: ['2026-01-01/2027-02-21', '2026-12-01/null'],
      leftOut: [
        '2026-01-01/2026-11-22: ended on 2026-11-22, too soon',
        '2026-01-01/2027-02-20: ends on 2027-02-20, too soon',
        '2027-02-22/null: valid from 2027-02-22',
      ],
    });
    const value = await valueOn(store, program, { asOf: '2026-11-23' });
    expect(value.nextChangeAt?.slice(0, 10)).toBe('2026-11-24');
    const asked = { program, kpi: 'k', partnerId: 'A', now: 0, asOf: '2026-11-23' };
    expect((await kpiRecords(store, asked)).included.map(({ until }) => until)).toContain('2026-11-23');
  });

  it('makes net adds: customers of today less those of a year ago', async () => {
    await insertSpans([
      ['2024-01-01', '2026-03-31'],
      ['2024-01-01', null],
      ['2026-01-01', null],
      ['2026-02-01', '2026-02-28'],
      ['2026-05-01', null],
    ]);
    const program = measuring(
      `unit: count\ndifference:\n  now: { count: fact, ${active} } }\n  before: { count: fact, ${active}, ago: 12 months } }`,
    );
    expect(await exactly(store, program, { asOf: '2026-11-23' })).toBe('1');
  });

  it('makes "at some time in the last 12 months": begun by now, and not over a year ago', async () => {
    await insertSpans([
      ['2024-01-01', '2025-11-22'],
      ['2024-01-01', '2025-11-23'],
      ['2026-11-23', null],
      ['2026-11-24', null],
    ]);
    const program = measuring(
      'unit: count\nmeasure: { count: fact, window: [{ validFrom: occurredOn }, { validThrough: expiresOn, ago: 12 months }] }',
    );
    expect((await explained(store, program, '2026-11-23')).counted).toEqual([
      '2024-01-01/2025-11-23',
      '2026-11-23/null',
    ]);
  });

  it('says through which day of evaluation a record counts', async () => {
    await insertSpans([['2026-01-01', '2026-02-28']]);
    const now = Date.parse('2026-03-29T09:00:00Z');
    const until = async (ago: string) => {
      const asked = { program: valid(ago), kpi: 'k', partnerId: 'A', now, asOf: '2026-03-29' };
      return (await kpiRecords(store, asked)).included.map((record) => record.until);
    };
    expect(await until(', ago: 1 month')).toEqual(['2026-03-31']);
    expect(await until(', ago: 40 days')).toEqual(['2026-04-09']);
  });

  it('changes on the days on which the figure does, from the first to the last', async () => {
    const spans = fc.array(fc.tuple(dayOf2026, dayOf2026), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(spans, fc.constantFrom('1 month', '12 months', '40 days'), async (drawn, ago) => {
        await emptyStore(store);
        await insertRows(store, 'partner', [{ id: 'A', name: 'Northwind' }]);
        const distinct = [
          ...new Map(drawn.map((span) => [span.toSorted().join('/'), span.toSorted()])).values(),
        ];
        await insertSpans(distinct as [string, string][]);
        const program = valid(`, ago: ${ago}`);
        const last = '2028-01-01';
        const byChange: string[] = [];
        for (let day: string | undefined = '2026-01-01'; day !== undefined && day < last; ) {
          const value = await valueOn(store, program, { asOf: day });
          byChange.push(`${day} ${figureText(value)}`);
          day = value.nextChangeAt?.slice(0, 10);
        }
        const plain = (asOf: string) => {
          const asked = validOn({ ago }, asOf);
          return distinct.filter(([from, through]) => from! <= asked && asked <= through!).length;
        };
        let known = -1;
        for (let day = '2026-01-01'; day < last; day = addDays(day, 1)) {
          const figure = plain(day);
          if (figure !== known) expect(byChange).toContain(`${day} ${figure}`);
          known = figure;
        }
        for (const line of byChange) expect(line).toBe(`${line.slice(0, 10)} ${plain(line.slice(0, 10))}`);
      }),
      { numRuns: 12 },
    );
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
