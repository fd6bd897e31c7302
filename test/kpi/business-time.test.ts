import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { IANAZone } from 'luxon';
import { computeKpi } from '../../src/kpi/compute.ts';
import { attributesRead, entitiesRead } from '../../src/kpi/reads.ts';
import { kpiRecords } from '../../src/kpi/records.ts';
import {
  businessCalendar,
  businessDays,
  businessMs,
  businessTimeOf,
} from '../../src/program/business-time.ts';
import { dayOf } from '../../src/program/civil-date.ts';
import { exact } from '../../src/program/exact.ts';
import type { Program } from '../../src/program/load.ts';
import { weekdays } from '../../src/program/schema/calendar.ts';
import type { Store } from '../../src/store/store.ts';
import { partnerMatches } from '../../src/tier/partner-condition.ts';
import { fc } from '../services/fast-check.ts';
import { openTestStore } from '../services/test-store.ts';
import { figureText, insertMany, measuring } from './measure-house.ts';
import { insertRows } from './sample.ts';

/** Business days and hours: as SQL, and as the plain code that conditions on partners use, which have to be the same. */
let store: Store;
const asOf = '2026-11-23';
const now = Date.parse(`${asOf}T09:00:00Z`);

const head = `regions: { list: [{ key: nordics, label: Nordics, countries: [SE] }] }
attributes: { partner.extra.asked: instant, partner.extra.answered: instant }
calendars:
  weekdays: { timeZone: Europe/Stockholm }
  desk:
    timeZone: Europe/Stockholm
    open:
      - { days: [monday, tuesday, wednesday, thursday], from: 08:00, to: 12:00 }
      - { days: [monday, tuesday, wednesday, thursday, friday], from: 13:00, to: 17:00 }
    holidays: [{ on: [2026-12-25, 2026-05-02] }, { on: [2026-05-14], regions: [nordics] }, { on: [2026-05-25], countries: [de] }]
  always: { timeZone: Europe/Stockholm, open: [{ days: [saturday, sunday, monday] }] }
  night: { timeZone: America/New_York, open: [{ days: [sunday], from: 01:30, to: 03:30 }] }
  moved: { timeZone: Pacific/Apia }
  havana: { timeZone: America/Havana, open: [{ days: [monday, tuesday, wednesday, thursday, friday, saturday, sunday] }] }
  azores: { timeZone: Atlantic/Azores, open: [{ days: [monday, tuesday, wednesday, thursday, friday, saturday, sunday] }] }
  newfoundland: { timeZone: America/St_Johns, open: [{ days: [monday, tuesday, wednesday, thursday, friday, saturday, sunday] }] }
  sundays: { timeZone: America/Havana, open: [{ days: [sunday] }] }`;

const measured = (unit: 'hours' | 'days', calendar: string) =>
  measuring(
    `unit: ${unit}\nmeasure: { max: { of: case, ${unit}From: openedAt, to: closedAt, calendar: ${calendar} } }`,
    { head },
  );

beforeAll(async () => {
  store = await openTestStore();
  await insertRows(store, 'partner', [
    { id: 'A', name: 'Nordic', country: 'SE' },
    { id: 'B', name: 'German', country: ' De' },
    { id: 'C', name: 'Nowhere' },
  ]);
});
afterAll(async () => {
  await store.close();
});

async function insertCases(cases: readonly { partner: string; from: string; to: string }[]): Promise<void> {
  await store.query('delete from tierlink.support_case');
  await insertMany(store, 'support_case', {
    columns: 'id text, partner text, opened_at timestamptz, closed_at timestamptz',
    rows: cases.map(({ partner, from, to }, index) => ({
      id: `c${index}`,
      partner,
      opened_at: from,
      closed_at: to,
    })),
  });
}

async function figures(program: Program, partners: readonly string[]): Promise<string[]> {
  const scope = { program, asOf, now, feeds: [] };
  const found = await computeKpi(store, scope, { kpi: 'k', partners });
  return partners.map((partner) => figureText(found.find(({ partnerId }) => partnerId === partner)!));
}

/** The same from plain code. */
function plainly(
  program: Program,
  calendar: string,
  { unit, country, from, to }: { unit: 'hours' | 'days'; country: string | null; from: string; to: string },
): string {
  const time = businessTimeOf(businessCalendar(program.calendars[calendar]!, program.regions), country);
  const [begins, ends] = [Date.parse(from), Date.parse(to)];
  const [first, last] = [begins, ends].map((at) => dayOf(at, time.timeZone)) as [string, string];
  return unit === 'days'
    ? String(businessDays(time, first, last))
    : exact(businessMs(time, begins, ends))
        .div(exact(3_600_000))
        .toFraction();
}

const countries: Readonly<Record<string, string | null>> = { A: 'SE', B: ' De', C: null };

describe('business time', () => {
  it.each([
    ['over a weekend', 'weekdays', 'A', '2026-11-20T17:00:00Z', '2026-11-23T08:00:00Z', '15', '1'],
    [
      'begun on a Saturday, from Monday on',
      'weekdays',
      'A',
      '2026-11-21T12:00:00Z',
      '2026-11-24T11:00:00Z',
      '36',
      '1',
    ],
    ['within a weekend', 'weekdays', 'A', '2026-11-21T12:00:00Z', '2026-11-22T12:00:00Z', '0', '0'],
    [
      'from one weekday to the next week',
      'weekdays',
      'A',
      '2026-11-18T12:00:00Z',
      '2026-11-25T12:00:00Z',
      '120',
      '5',
    ],
    [
      'before the desk opens, to its break',
      'desk',
      'A',
      '2026-11-23T03:00:00Z',
      '2026-11-23T11:30:00Z',
      '4',
      '0',
    ],
    [
      'to a day on which it opens late',
      'desk',
      'A',
      '2026-11-26T15:00:00Z',
      '2026-11-27T12:30:00Z',
      '3/2',
      '1',
    ],
    ['over a holiday of everybody', 'desk', 'C', '2026-12-24T15:00:00Z', '2026-12-28T08:00:00Z', '2', '1'],
    [
      'begun on a holiday, from the next opening on',
      'desk',
      'C',
      '2026-12-25T12:00:00Z',
      '2026-12-28T08:00:00Z',
      '1',
      '0',
    ],
    ['over a holiday of its region', 'desk', 'A', '2026-05-13T06:00:00Z', '2026-05-15T15:00:00Z', '12', '1'],
    [
      'over a holiday of the region of others',
      'desk',
      'B',
      '2026-05-13T06:00:00Z',
      '2026-05-15T15:00:00Z',
      '20',
      '2',
    ],
    ['over a holiday of its country', 'desk', 'B', '2026-05-22T06:00:00Z', '2026-05-26T06:00:00Z', '4', '1'],
    [
      'over a holiday of other countries',
      'desk',
      'C',
      '2026-05-22T06:00:00Z',
      '2026-05-26T06:00:00Z',
      '12',
      '2',
    ],
    [
      'of a Sunday on which the clock goes forward',
      'always',
      'A',
      '2026-03-28T23:00:00Z',
      '2026-03-29T22:00:00Z',
      '23',
      '1',
    ],
    [
      'of a Sunday on which the clock goes back',
      'always',
      'A',
      '2026-10-24T22:00:00Z',
      '2026-10-25T23:00:00Z',
      '25',
      '1',
    ],
    [
      'of hours that the clock leaves out',
      'night',
      'A',
      '2026-03-08T00:00:00Z',
      '2026-03-09T00:00:00Z',
      '1',
      '0',
    ],
    [
      'of hours that the clock has twice',
      'night',
      'A',
      '2026-11-01T00:00:00Z',
      '2026-11-02T00:00:00Z',
      '2',
      '0',
    ],
    [
      'over a Friday that an island never had',
      'moved',
      'A',
      '2011-12-29T10:00:00Z',
      '2011-12-31T10:00:00Z',
      '24',
      '2',
    ],
    [
      'of a Sunday whose midnight comes twice',
      'sundays',
      'A',
      '2026-11-01T03:30:00Z',
      '2026-11-02T06:00:00Z',
      '25',
      '1',
    ],
    ['over years', 'weekdays', 'A', '1999-01-04T12:00:00Z', '2032-01-05T12:00:00Z', '206640', '8610'],
  ])('%s', async (_name, calendar, partner, from, to, hours, days) => {
    await insertCases([{ partner, from, to }]);
    for (const [unit, expected] of [
      ['hours', hours],
      ['days', days],
    ] as const) {
      const program = measured(unit, calendar);
      const country = countries[partner]!;
      expect([unit, plainly(program, calendar, { unit, country, from, to })]).toEqual([unit, expected]);
      expect([unit, await figures(program, [partner])]).toEqual([unit, [expected]]);
    }
  });

  /** Half hours from a day before an instant to a day after it. */
  const halves = (change: number) =>
    Array.from({ length: 96 }, (_none, index) => change + (index - 48) * half);
  const half = 30 * 60_000;

  it.each([
    'America/Havana',
    'Atlantic/Azores',
    'America/St_Johns',
    'America/Sao_Paulo',
    'America/Santiago',
    'Asia/Beirut',
    'Africa/Cairo',
    'Africa/Casablanca',
    'Europe/Stockholm',
    'Australia/Lord_Howe',
    'Antarctica/Troll',
    'Pacific/Apia',
  ])('of a desk that never closes is all time that passes, in %s', (timeZone) => {
    const open = [{ days: [...weekdays], from: '00:00', to: '24:00' }];
    const time = businessTimeOf(businessCalendar({ timeZone, open, holidays: [] }, undefined), null);
    const zone = IANAZone.create(timeZone);
    const changes = [1988, 2009, 2011, 2026].flatMap((year) =>
      Array.from({ length: 366 }, (_none, index) => Date.UTC(year, 0, 1 + index)).filter(
        (at) => zone.offset(at) !== zone.offset(at + 86_400_000),
      ),
    );
    expect(changes.length).toBeGreaterThan(0);
    const wrong = changes
      .flatMap(halves)
      .filter((at) => businessMs(time, at, at + half) !== half)
      .map((at) => new Date(at).toISOString());
    expect(wrong).toEqual([]);
  });

  it.each([
    ['havana', '2026-11-01T05:00:00Z'],
    ['azores', '2026-10-25T01:00:00Z'],
    ['newfoundland', '1988-10-30T01:31:00Z'],
    ['newfoundland', '2009-11-01T02:31:00Z'],
  ])(
    'of a desk that never closes is all time that passes in SQL as well: %s, %s',
    async (calendar, change) => {
      const iso = (at: number) => new Date(at).toISOString();
      await insertCases(
        halves(Date.parse(change)).map((at) => ({ partner: 'A', from: iso(at), to: iso(at + half) })),
      );
      const program = measured('hours', calendar);
      const { included } = await kpiRecords(store, { program, kpi: 'k', partnerId: 'A', now, asOf });
      expect([included.length, [...new Set(included.map(({ value }) => value))]]).toEqual([96, ['0.5']]);
    },
  );

  it('is the same in SQL and in plain code at random instants, in every country', async () => {
    const start = Date.parse('2024-12-20T00:00:00Z');
    const instant = fc
      .tuple(fc.integer({ min: 0, max: 900 * 24 * 60 }), fc.constantFrom(0, 1, 59_999))
      .map(([minutes, ms]) => new Date(start + minutes * 60_000 + ms).toISOString());
    const pairs = fc.array(fc.tuple(instant, instant), { minLength: 3, maxLength: 3 });
    const asked = fc.constantFrom('weekdays', 'desk', 'always', 'night', 'moved', 'sundays', 'newfoundland');
    await fc.assert(
      fc.asyncProperty(pairs, asked, async (all, calendar) => {
        const cases = Object.keys(countries).map((partner, index) => {
          const [from, to] = [...all[index]!].sort() as [string, string];
          return { partner, from, to };
        });
        await insertCases(cases);
        for (const unit of ['hours', 'days'] as const) {
          const program = measured(unit, calendar);
          const expected = cases.map(({ partner, ...one }) =>
            plainly(program, calendar, { unit, country: countries[partner]!, ...one }),
          );
          expect(await figures(program, Object.keys(countries))).toEqual(expected);
        }
      }),
      { numRuns: 40 },
    );
  });

  it('is what a condition asks of records, of those that refer to others, and of the partner itself', async () => {
    await insertCases([
      { partner: 'A', from: '2026-11-20T17:00:00Z', to: '2026-11-23T08:00:00Z' },
      { partner: 'A', from: '2026-11-16T08:00:00Z', to: '2026-11-19T09:00:00Z' },
    ]);
    const share = measuring(
      'unit: percent\nevery: { of: case, must: { hoursFrom: openedAt, to: closedAt, calendar: weekdays, atMost: 48 } }',
      { head },
    );
    expect(await figures(share, ['A'])).toEqual(['50']);
    const facts = {
      country: 'SE',
      'extra.asked': '2026-05-13T06:00:00Z',
      'extra.answered': '2026-05-15T15:00:00Z',
    };
    const between = { hoursFrom: 'extra.asked', to: 'extra.answered', calendar: 'desk' };
    const holds = (bound: object, country = 'SE') =>
      partnerMatches(share, { ...facts, country }, { ...between, ...bound });
    expect([holds({ atMost: 12 }), holds({ lessThan: 12 }), holds({ atLeast: 20 }, 'DE')]).toEqual([
      true,
      false,
      true,
    ]);
    const days = { daysFrom: 'extra.asked', to: 'extra.answered', calendar: 'desk' };
    expect(partnerMatches(share, facts, { ...days, atMost: 1 })).toBe(true);
    expect(partnerMatches(share, {}, { ...days, atMost: 1 })).toBe(false);
    await insertRows(store, 'deal', [{ id: 'd', name: 'd' }]);
    await insertRows(store, 'credit', [{ id: 'k', deal: 'd', partner: 'A', role: 'sourced', weight: '100' }]);
    await insertRows(store, 'lead', [
      {
        id: 'l',
        partner: 'A',
        deal: 'd',
        delivered_at: '2026-05-13T06:00:00Z',
        accepted_at: '2026-05-15T15:00:00Z',
      },
    ]);
    const deals = (bound: string) =>
      measuring(
        `unit: count\nmeasure: { count: deal, where: { has: { count: lead, where: { hoursFrom: deliveredAt, to: acceptedAt, calendar: desk, ${bound} }, atLeast: 1 } } }`,
        { head },
      );
    expect([await figures(deals('atMost: 12'), ['A']), await figures(deals('lessThan: 12'), ['A'])]).toEqual([
      ['1'],
      ['0'],
    ]);
  });

  it('tells calendars apart whose keys differ in upper and lower case alone', async () => {
    await insertCases([{ partner: 'A', from: '2026-05-13T06:00:00Z', to: '2026-05-15T15:00:00Z' }]);
    const calendar = (day: string) =>
      `{ timeZone: Europe/Stockholm, holidays: [{ on: [${day}], countries: [SE] }] }`;
    const both = measuring(
      'unit: count\nmeasure: { count: case, where: [{ daysFrom: openedAt, to: closedAt, calendar: deskA, atMost: 1 }, { daysFrom: openedAt, to: closedAt, calendar: deska, atLeast: 2 }] }',
      { head: `calendars: { deskA: ${calendar('2026-05-14')}, deska: ${calendar('2026-05-22')} }` },
    );
    expect(await figures(both, ['A'])).toEqual(['1']);
  });

  it('says of each record what it comes to, and reads the country of the partner only where holidays are by country', async () => {
    await insertCases([{ partner: 'A', from: '2026-11-20T17:00:00Z', to: '2026-11-23T08:00:00Z' }]);
    const byRegion = measured('hours', 'desk');
    const plain = measured('hours', 'weekdays');
    const { included } = await kpiRecords(store, { program: plain, kpi: 'k', partnerId: 'A', now, asOf });
    expect(included.map(({ value }) => value)).toEqual(['15']);
    expect([...entitiesRead(byRegion, 'k')].sort()).toEqual(['case', 'partner']);
    expect(attributesRead(byRegion, 'k').has('partner.country')).toBe(true);
    expect([...entitiesRead(plain, 'k')]).toEqual(['case']);
  });
});
