import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Store } from '../../src/store/store.ts';
import { behindFigures } from '../../src/tier/explain/left-out.ts';
import { emptyStore, openTestStore } from '../services/test-store.ts';
import { exactly, explained, measuring, valueOn } from './measure-house.ts';
import { insertRows } from './sample.ts';

/** How long it has been since a date, in whole months or in days. */
let store: Store;

beforeAll(async () => {
  store = await openTestStore();
});
afterAll(async () => {
  await store.close();
});
beforeEach(async () => {
  await emptyStore(store);
});

const tenure = measuring('unit: count\nmeasure: { max: { of: partner, monthsSince: startedOn } }');
const startedOn = (day: string | null) =>
  insertRows(store, 'partner', [{ id: 'A', name: 'Northwind', started_on: day }]);
const behind = async (day: string) => {
  const request = {
    program: tenure,
    partnerId: 'A',
    now: Date.parse(`${day}T09:00:00Z`),
    kpis: ['k'],
    limit: 9,
  };
  return (await behindFigures(store, request)).texts.get('k');
};
const next = (day: string) => `${day}T00:00:00.000Z`;

describe('whole months since a date', () => {
  it.each([
    ['2025-05-30', '2026-11-29', '17', '2026-11-30'],
    ['2025-05-30', '2026-11-30', '18', '2026-12-30'],
    ['2026-01-31', '2026-02-27', '0', '2026-02-28'],
    ['2026-01-31', '2026-02-28', '1', '2026-03-31'],
    ['2026-01-31', '2026-03-30', '1', '2026-03-31'],
    ['2024-02-29', '2026-02-27', '23', '2026-02-28'],
    ['2024-02-29', '2026-02-28', '24', '2026-03-29'],
    ['2026-11-30', '2026-11-30', '0', '2026-12-30'],
  ])('from %s to %s are %s, until %s', async (from, asOf, months, change) => {
    await startedOn(from);
    expect(await valueOn(store, tenure, { asOf })).toMatchObject({
      numerator: months,
      counted: 1,
      nextChangeAt: next(change),
    });
  });

  it('are said with the date', async () => {
    await startedOn('2025-05-30');
    expect(await explained(store, tenure, '2026-11-30')).toEqual({
      counted: ['A: 18 months since 2025-05-30'],
      leftOut: [],
    });
    expect((await explained(store, tenure, '2025-06-30')).counted).toEqual(['A: 1 month since 2025-05-30']);
    expect(await behind('2026-11-30')).toBe('18 months since 2025-05-30');
  });

  it('begin on the date itself; until then it is left out', async () => {
    await startedOn('2027-01-31');
    const before = await valueOn(store, tenure, { asOf: '2026-11-30' });
    expect(before).toMatchObject({
      numerator: null,
      excludedBy: { ends_before_start: 1 },
      nextChangeAt: next('2027-01-31'),
    });
    expect((await explained(store, tenure, '2026-11-30')).leftOut).toEqual([
      'A: dated 2027-01-31, which is to come',
    ]);
    expect(await behind('2026-11-30')).toBe('0 partners (1 dated in time to come)');
    expect(await exactly(store, tenure, { asOf: '2027-01-31' })).toBe('0');
  });

  it('are none without a date', async () => {
    await startedOn(null);
    expect(await valueOn(store, tenure, { asOf: '2026-11-30' })).toMatchObject({
      numerator: null,
      excludedBy: { value_blank: 1 },
      nextChangeAt: null,
    });
  });
});

describe('the time since dates of records', () => {
  beforeEach(async () => {
    await startedOn('2025-05-30');
  });

  it('is that of the one that is asked for, and changes with the first of all', async () => {
    const oldest = measuring('unit: number\nmeasure: { average: { of: fact, monthsSince: occurredOn } }');
    const row = { partner: 'A', kind: 'audit', quantity: '1' };
    await insertRows(store, 'fact', [
      { ...row, id: 'f1', occurred_on: '2026-01-20' },
      { ...row, id: 'f2', occurred_on: '2026-03-05' },
    ]);
    expect(await valueOn(store, oldest, { asOf: '2026-11-10' })).toMatchObject({
      numerator: '17',
      denominator: '2',
      nextChangeAt: next('2026-11-20'),
    });
  });

  it('is in days of the time zone of the program, which change every midnight', async () => {
    const newest = measuring('unit: days\nmeasure: { min: { of: case, daysSince: openedAt } }', {
      timeZone: 'Europe/Stockholm',
    });
    await insertRows(store, 'case', [{ id: 'c1', partner: 'A', opened_at: '2026-11-19T23:30:00Z' }]);
    const value = await valueOn(store, newest, { asOf: '2026-11-30' });
    expect(value).toMatchObject({ numerator: '10', nextChangeAt: '2026-11-30T23:00:00.000Z' });
    expect((await explained(store, newest, '2026-11-30')).counted).toEqual(['c1: 10 days since 2026-11-20']);
  });
});
