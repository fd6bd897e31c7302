import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { movementLines } from '../../src/cli/movement-words.ts';
import { calendarFor, movedReview, reviewOf } from '../../src/program/review-calendar.ts';
import { type MovementPolicy, movementSchema } from '../../src/program/schema/movement.ts';
import type { Store } from '../../src/store/store.ts';
import { rejectMoves } from '../../src/tier/approvals.ts';
import { evaluatePartner } from '../../src/tier/evaluate-partner.ts';
import { explainTier } from '../../src/tier/explain/explain.ts';
import { backtest } from '../../src/tier/look/backtest.ts';
import { forecastTiers } from '../../src/tier/look/forecast.ts';
import { debtOf } from '../../src/tier/method/debt.ts';
import type { TierState } from '../../src/tier/types.ts';
import { changed, insertRows, markDirty, programOf } from '../kpi/sample.ts';
import { plusDays, plusMonths } from '../oracle/calendar.ts';
import { fc } from '../services/fast-check.ts';
import { emptyStore, openTestStore } from '../services/test-store.ts';
import { at, movements, passBy } from './pass.ts';
import { holding, noFacts, points, policyV } from './replay.ts';

type Every = 'month' | 'quarter' | 'halfYear' | 'year';
const monthsIn = { month: 1, quarter: 3, halfYear: 6, year: 12 } as const;
const policyOf = (every: Every) => ({ review: { every, onAnniversaryOf: 'startedOn' } });
const next = (every: Every, date: string | null, day: string) => {
  const policy = policyOf(every);
  return reviewOf(
    'down',
    day,
    policy,
    calendarFor({ fiscalYearStart: 1 }, policy, { partner: { startedOn: date }, since: null }),
  );
};

const days = fc.integer({ min: 0, max: 4000 }).map((count) => plusDays('2020-01-15', count));
const periods = fc.constantFrom<Every>('month', 'quarter', 'halfYear', 'year');

describe('reviews on anniversaries', () => {
  it('are so many months from the date, in months that are too short on their last day', () => {
    expect(next('year', '2024-06-15', '2026-06-14')).toBe('2026-06-15');
    expect(next('year', '2024-06-15', '2026-06-15')).toBe('2027-06-15');
    expect(next('year', '2024-02-29', '2026-01-01')).toBe('2026-02-28');
    expect(next('year', '2024-02-29', '2027-03-01')).toBe('2028-02-29');
    expect(next('halfYear', '2025-08-31', '2026-01-01')).toBe('2026-02-28');
    // Of a date that is still to come the day counts as well.
    expect(next('year', '2027-06-15', '2026-06-15')).toBe('2027-06-15');
    expect(next('year', '2029-06-15', '2026-06-01')).toBe('2026-06-15');
  });

  it('are on the first day of each period for a partner without the date', () => {
    for (const date of [null, '', 'soon', '2026-02-30'])
      expect(next('year', date, '2026-06-01')).toBe('2027-01-01');
    expect(next('quarter', null, '2026-06-01')).toBe('2026-07-01');
  });

  it('are what counting the months gives', () => {
    fc.assert(
      fc.property(periods, days, days, (every, date, day) => {
        let count = -200;
        let wanted = plusMonths(date, count * monthsIn[every]);
        while (wanted <= day) wanted = plusMonths(date, ++count * monthsIn[every]);
        expect(next(every, date, day)).toBe(wanted);
      }),
    );
  });

  it('move with the date to the nearest one, and stay where it does not change', () => {
    const moved = (review: string, date: string | null, every: Every = 'year') => {
      const policy = policyOf(every);
      return movedReview(
        review,
        policy,
        calendarFor({ fiscalYearStart: 1 }, policy, { partner: { startedOn: date }, since: null }),
      );
    };
    expect(moved('2026-12-01', '2020-12-01')).toBe('2026-12-01');
    expect(moved('2026-12-01', '2020-11-10')).toBe('2026-11-10');
    expect(moved('2026-12-01', '2020-01-10')).toBe('2027-01-10');
    expect(moved('2026-12-01', null)).toBe('2027-01-01');
    expect(moved('2027-01-01', '2020-05-10')).toBe('2027-05-10');
    fc.assert(
      fc.property(periods, days, days, (every, date, day) => {
        const review = next(every, date, day);
        expect(moved(review, date, every)).toBe(review);
      }),
    );
  });

  it('are held once in each period, also in the one in which the date changes', () => {
    fc.assert(
      fc.property(days, days, fc.integer({ min: 0, max: 120 }), (first, other, change) => {
        const program = policyV();
        program.ladders[0]!.movement = { ...movementSchema.parse({}), ...policyOf('year') } as MovementPolicy;
        let state: TierState = holding('bronze', '2025-01-01', next('year', first, '2026-01-01'));
        const held: string[] = [];
        for (let pass = 0; pass < 180; pass += 1) {
          const day = plusDays('2026-01-02', pass * 10);
          const inputs = {
            partnerId: 'P',
            partner: { startedOn: pass < change ? first : other },
            kpis: [points('10')],
            facts: noFacts,
            mode: 'owned' as const,
            states: [{ ladder: 'main', state, isClosed: false }],
            ...{ absorbed: [], overrides: [], waivers: [], asked: [] },
          };
          const due = state.nextReview!;
          state = evaluatePartner(program, inputs, day).ladders[0]!.state.state;
          expect(state.nextReview! > day).toBe(true);
          const policy = policyOf('year');
          const calendar = calendarFor({ fiscalYearStart: 1 }, policy, {
            partner: inputs.partner,
            since: null,
          });
          if (movedReview(due, policy, calendar) <= day) held.push(day);
        }
        for (const [index, day] of held.slice(1).entries()) {
          expect(day >= plusDays(plusMonths(held[index]!, 6), -12)).toBe(true);
          expect(day <= plusDays(plusMonths(held[index]!, 18), 12)).toBe(true);
        }
        expect(held.length).toBeGreaterThanOrEqual(4);
      }),
      { numRuns: 60 },
    );
  });
});

describe('a program that reviews each partner on its anniversary', () => {
  let store: Store;
  beforeAll(async () => {
    store = await openTestStore();
  });
  afterAll(async () => {
    await store.close();
  });

  const movement =
    '{ promote: at_review, review: { every: year, onAnniversaryOf: startedOn }, grace: { reviews: 0 } }';
  const program = programOf({
    head: 'approval: { always: up }',
    kpis: '  sales: { label: sales, help: x, unit: number, measure: { sum: fact.quantity, window: { validFrom: occurredOn, validThrough: expiresOn } } }',
    ladders: `  - key: main
    label: Main
    tiers: [{ key: silver, label: Silver }, { key: gold, label: Gold, requirements: { kpi: sales, atLeast: 10 } }]
    movement: ${movement}`,
  });

  async function partner(id: string, started: string | null, until: string | null = null): Promise<void> {
    await insertRows(store, 'partner', [
      { id, name: id, types: ['reseller'], started_on: started, owner: 'Kim' },
    ]);
    const sales = { id: `${id}-s`, partner: id, kind: 'sales', quantity: 10 };
    await insertRows(store, 'fact', [{ ...sales, occurred_on: '2025-01-01', expires_on: until }]);
  }

  async function nextReviews(): Promise<string[]> {
    const rows = await store.query<Record<string, string>>(
      `select partner_id, next_review, to_char(evaluate_at, 'YYYY-MM-DD') as due from tierlink.tier_state order by 1`,
    );
    return rows.map((row) => `${row.partner_id} ${row.next_review} ${row.due}`);
  }

  beforeEach(async () => {
    await emptyStore(store);
    await partner('A', '2024-06-15', '2026-04-30');
    await partner('B', '2024-02-29', '2026-04-30');
    await partner('C', null);
    await passBy(store, program, '2026-03-01');
  });

  it('looks at each of them on its own day, and at nobody on others', async () => {
    expect(await nextReviews()).toEqual([
      'A 2026-06-15 2026-06-15',
      'B 2027-02-28 2027-02-28',
      'C 2027-01-01 2027-01-01',
    ]);
    expect(await passBy(store, program, '2026-05-01')).toMatchObject({ evaluated: 2, movements: {} });
    expect(await passBy(store, program, '2026-06-01')).toMatchObject({ evaluated: 0 });
    await passBy(store, program, '2026-06-15');
    expect((await movements(store)).at(-1)).toBe('2026-06-15 A demote gold silver');
    expect(await nextReviews()).toContain('A 2027-06-15 2027-06-15');
    await passBy(store, program, '2027-02-28');
    expect((await movements(store)).at(-1)).toBe('2027-02-28 B demote gold silver');
  });

  it('only take tiers where rises come at once, and the forecast says so', async () => {
    const apart = changed(
      program,
      ['promote: at_review', 'promote: immediately'],
      ['approval: { always: up }', ''],
    );
    await passBy(store, apart, '2026-05-01');
    const lossesFrom = async (day: string) => {
      const { events } = await forecastTiers(store, { program: apart, now: at(day), days: 330 });
      return events
        .filter(({ movement: one }) => one === 'demote')
        .map(({ day: on, partnerId, fromTier, toTier }) => `${on} ${partnerId} ${fromTier} ${toTier}`);
    };
    expect(await lossesFrom('2026-05-01')).toEqual(['2026-06-15 A Gold Silver', '2027-02-28 B Gold Silver']);
    await passBy(store, apart, '2026-06-15');
    expect((await movements(store)).at(-1)).toBe('2026-06-15 A demote gold silver');
    await store.query(`update tierlink.fact set expires_on = null where id = 'A-s'`);
    await markDirty(store, 'fact', ['A']);
    await passBy(store, apart, '2026-07-20');
    expect((await movements(store)).at(-1)).toBe('2026-07-20 A promote silver gold');
    await store.query(`update tierlink.fact set expires_on = '2026-08-31' where id = 'A-s'`);
    await markDirty(store, 'fact', ['A']);
    await passBy(store, apart, '2026-09-02');
    expect((await movements(store)).at(-1)).toBe('2026-09-02 A keep gold gold');
    await passBy(store, apart, '2027-06-15');
    expect(await movements(store)).toContain('2027-06-15 A demote gold silver');
  });

  it('moves the next review when the date changes, in the pass that reads it', async () => {
    await store.query(`update tierlink.partner set started_on = '2024-05-20' where id = 'A'`);
    await store.query(`update tierlink.partner set started_on = '2025-11-30' where id = 'C'`);
    await markDirty(store, 'partner', ['A', 'C']);
    await passBy(store, program, '2026-03-02');
    expect(await nextReviews()).toEqual([
      'A 2026-05-20 2026-05-20',
      'B 2027-02-28 2027-02-28',
      'C 2026-11-30 2026-11-30',
    ]);
    await passBy(store, program, '2026-05-20');
    expect(await movements(store)).toContain('2026-05-20 A demote gold silver');
    // Back again: the review of this year was held.
    await store.query(`update tierlink.partner set started_on = '2024-06-15' where id = 'A'`);
    await markDirty(store, 'partner', ['A']);
    await passBy(store, program, '2026-05-21');
    expect(await nextReviews()).toContain('A 2027-06-15 2027-06-15');
  });

  it('says whose date is missing, to the partner manager and in the debt', async () => {
    const now = at('2026-03-01');
    const told = await explainTier(store, { program, partnerId: 'C', now });
    expect(told.prospect).toEqual([
      'Its startedOn is blank or no date: until it is filled in, it is reviewed on the first day of each year.',
    ]);
    expect(told.prospectForPartner).toEqual([]);
    expect((await explainTier(store, { program, partnerId: 'A', now })).prospect).toEqual([]);
    const { records, owners } = await debtOf(store, { program, now });
    expect(records).toMatchObject([
      {
        entity: 'partner',
        id: 'C',
        owner: 'Kim',
        why: 'its startedOn is blank or no date, and its reviews go by that',
      },
    ]);
    expect(owners).toMatchObject([{ owner: 'Kim', records: 1, unknown: 1 }]);
    expect(movementLines(program.ladders[0]!, program)).toContain(
      'Reviews: on the anniversaries of startedOn of each partner. Without that date: on the first day of each year.',
    );
  });

  it('is foreseen, and looked at in the past month by month', async () => {
    const { events } = await forecastTiers(store, { program, now: at('2026-03-01'), days: 400 });
    expect(
      events
        .filter(({ movement: one }) => one === 'demote')
        .map(({ day, partnerId }) => `${day} ${partnerId}`),
    ).toEqual(['2026-06-15 A', '2027-02-28 B']);
    for (const table of ['partner', 'fact'])
      await store.query(`update tierlink.${table} set known_from = '2026-01-01T00:00:00Z'`);
    const found = await backtest(store, { program, quarters: 2, now: at('2026-08-10') });
    expect(found.map(({ asOf, ladders }) => `${asOf} ${ladders[0]!.down}`)).toEqual([
      '2026-04-01 0',
      '2026-05-01 0',
      '2026-06-01 0',
      '2026-07-01 1',
    ]);
  });

  it('asks about a rejected rise again on the next anniversary', async () => {
    await store.query(`update tierlink.tier_state set tier = 'silver' where partner_id = 'C'`);
    await store.query(`update tierlink.partner set started_on = '2024-03-10' where id = 'C'`);
    await markDirty(store, 'partner', ['C']);
    await passBy(store, program, '2026-03-02');
    expect(await nextReviews()).toContain('C 2027-03-10 2027-03-10');
    await passBy(store, program, '2027-03-10');
    const now = at('2027-03-10');
    await rejectMoves(store, { program, id: 'a-000001', actor: 'kim', reason: 'No', now });
    const items = await store.query('select partner_id, to_tier, until_on from tierlink.approval_item');
    expect(items).toEqual([{ partner_id: 'C', to_tier: 'gold', until_on: '2028-03-10' }]);
    await passBy(store, program, '2027-03-11');
    expect(await nextReviews()).toContain('C 2028-03-10 2028-03-10');
  });
});
