import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Fraction } from 'fraction.js';
import { kpiRecords } from '../../src/kpi/records.ts';
import { addDays } from '../../src/program/civil-date.ts';
import type { Store } from '../../src/store/store.ts';
import { behindFigures } from '../../src/tier/explain/left-out.ts';
import { fc } from '../services/fast-check.ts';
import { emptyStore, openTestStore } from '../services/test-store.ts';
import { exactly, figureText, insertMany, measuring, valueOn } from './measure-house.ts';
import { insertRows } from './sample.ts';

/** What all records of a partner must satisfy, with those that need not. */
const asOf = '2026-11-23';
const now = Date.parse(`${asOf}T09:00:00Z`);
const program = measuring(`unit: percent
whenEmpty: pass
every:
  of: case
  where: { attribute: isClosed, is: true }
  except: [{ label: low priority, when: { attribute: priority, is: Low } }]
  must: { daysFrom: openedAt, to: closedAt, atMost: 5 }
  window: { last: 3 months, by: closedAt }`);
let store: Store;

beforeAll(async () => {
  store = await openTestStore();
});
afterAll(async () => {
  await store.close();
});
beforeEach(async () => {
  await emptyStore(store);
  await insertRows(store, 'partner', [{ id: 'A', name: 'Northwind' }]);
});

async function insertCases(rows: readonly [id: string, opened: string, closed: string, priority: string][]) {
  await insertRows(
    store,
    'case',
    rows.map(([id, opened, closed, priority]) => ({
      id,
      number: id,
      partner: 'A',
      is_closed: true,
      opened_at: `${opened}T08:00:00Z`,
      closed_at: `${closed}T23:00:00Z`,
      priority,
    })),
  );
}

describe('every', () => {
  beforeEach(async () => {
    await insertCases([
      ['fast', '2026-11-01', '2026-11-06', 'High'],
      ['slow', '2026-11-01', '2026-11-07', 'High'],
      ['slower', '2026-10-01', '2026-11-07', 'Normal'],
      ['exempt', '2026-10-01', '2026-11-07', 'Low'],
      ['old', '2026-08-01', '2026-08-22', 'High'],
    ]);
  });

  it('is the share that satisfies it, without those that need not', async () => {
    expect(await exactly(store, program, { asOf })).toBe('100/3');
    await store.query(`delete from tierlink.support_case where id like 'slow%'`);
    expect(await exactly(store, program, { asOf })).toBe('100');
    await store.query(`delete from tierlink.support_case where id = 'fast'`);
    const value = await valueOn(store, program, { asOf });
    expect([figureText(value), value.excluded]).toEqual(['no_base', 2]);
  });

  it('says which records fail, and which are left out', async () => {
    const { included, excluded, others } = await kpiRecords(store, {
      program,
      kpi: 'k',
      partnerId: 'A',
      now,
      asOf,
    });
    expect(included.map(({ id, part }) => `${id} ${part}`).sort()).toEqual([
      'fast met',
      'slow unmet',
      'slower unmet',
    ]);
    expect(excluded.map(({ id, why }) => `${id}: ${why}`).sort()).toEqual([
      'exempt: low priority',
      'old: dated 2026-08-22, before the window, which begins on 2026-08-23',
    ]);
    expect(others).toEqual([]);
    const { texts } = await behindFigures(store, { program, partnerId: 'A', now, kpis: ['k'], limit: 5 });
    expect(texts.get('k')).toBe('3 cases, of which 2 fail (1 low priority, 1 before the window)');
  });

  it('says of each that fails what it comes to', async () => {
    await insertRows(store, 'person', [
      { id: 'ann', partner: 'A' },
      { id: 'bo', partner: 'A' },
    ]);
    await insertRows(store, 'certification', [{ id: 'c1', person: 'ann' }]);
    const certified = measuring(
      'unit: ratio\nevery: { of: person, must: { has: { count: certification, atLeast: 1 } } }',
    );
    expect(await exactly(store, certified, { asOf })).toBe('1/2');
    const { included } = await kpiRecords(store, { program: certified, kpi: 'k', partnerId: 'A', now, asOf });
    expect(included.map(({ id, part, comesTo }) => `${id} ${part}: ${comesTo}`).sort()).toEqual([
      'ann met: 1 certificate',
      'bo unmet: 0 certificates (1 needed)',
    ]);
  });
});

const day = fc.integer({ min: 0, max: 300 }).map((count) => addDays('2026-06-01', count));
const cases = fc.array(
  fc.record({
    opened: fc.option(day, { nil: null, freq: 8 }),
    closed: fc.option(day, { nil: null, freq: 8 }),
    priority: fc.constantFrom('High', 'Low', null),
  }),
  { maxLength: 25 },
);

it('every agrees with plain code on random data', async () => {
  await fc.assert(
    fc.asyncProperty(cases, day, async (some, on) => {
      await store.query('delete from tierlink.support_case');
      await insertMany(store, 'support_case', {
        columns:
          'id text, partner text, is_closed boolean, opened_at timestamptz, closed_at timestamptz, priority text',
        rows: some.map(({ opened, closed, priority }, index) => ({
          id: `c${index}`,
          partner: 'A',
          is_closed: true,
          opened_at: opened === null ? null : `${opened}T12:00:00Z`,
          closed_at: closed === null ? null : `${closed}T12:00:00Z`,
          priority,
        })),
      });
      const [year, month, date] = on.split('-').map(Number) as [number, number, number];
      const last = new Date(Date.UTC(year, month - 3, 0)).getUTCDate();
      const from = new Date(Date.UTC(year, month - 4, Math.min(date, last))).toISOString().slice(0, 10);
      const asked = some.filter(
        ({ closed, priority }) => closed !== null && closed >= from && closed < on && priority !== 'Low',
      );
      const met = asked.filter(
        ({ opened, closed }) => opened !== null && Date.parse(closed!) - Date.parse(opened) <= 5 * 86_400_000,
      );
      const share = asked.length === 0 ? null : new Fraction(met.length * 100, asked.length);
      const expected = share === null ? 'no_base' : `${share.n}${share.d === 1n ? '' : `/${share.d}`}`;
      expect([on, await exactly(store, program, { asOf: on })]).toEqual([on, expected]);
    }),
    { numRuns: 20 },
  );
});
