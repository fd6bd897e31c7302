import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { movementLines } from '../../src/cli/movement-words.ts';
import type { Program } from '../../src/program/load.ts';
import type { Store } from '../../src/store/store.ts';
import { rejectMoves } from '../../src/tier/approvals.ts';
import { evaluate } from '../../src/tier/evaluate.ts';
import { explainTier } from '../../src/tier/explain/explain.ts';
import { backtest } from '../../src/tier/look/backtest.ts';
import { guardChange } from '../../src/tier/look/change-guard.ts';
import { forecastTiers } from '../../src/tier/look/forecast.ts';
import type { TierState } from '../../src/tier/types.ts';
import { changed, insertRows, markDirty, programOf } from '../kpi/sample.ts';
import { plusDays, plusMonths } from '../oracle/calendar.ts';
import { fc } from '../services/fast-check.ts';
import { openTestStore } from '../services/test-store.ts';
import { at, movements, passBy } from './pass.ts';
import { holding, points } from './replay.ts';

/** Rises at reviews of the calendar, losses on anniversaries: of a date of the partner, or of the day on which it reached its tier. */
function ladder(movement: string): Program {
  return programOf({
    kpis: '  points: { label: Points, help: x, unit: number, measure: { sum: fact.quantity, window: { validFrom: occurredOn, validThrough: expiresOn } } }',
    ladders: `  - key: main
    label: Main
    tiers:
      - { key: bronze, label: Bronze }
      - { key: silver, label: Silver, requirements: { kpi: points, atLeast: 20 } }
      - { key: gold, label: Gold, requirements: { kpi: points, atLeast: 30 } }
    movement: ${movement}`,
  });
}

const yearly = (date: string) =>
  `{ promote: at_review, review: { promotions: quarter, demotions: { every: year, onAnniversaryOf: ${date} } }, grace: { reviews: 0 } }`;

/** Evaluates each day from one to another; gives the changes of the tier, and the standing at the end. */
function live(
  program: Program,
  first: TierState | null,
  {
    from,
    to,
    pointsOn,
    startedOn,
  }: { from: string; to: string; pointsOn: (day: string) => string; startedOn: string },
): { moves: string[]; state: TierState } {
  const moves: string[] = [];
  let state = first;
  for (let day = from; day <= to; day = plusDays(day, 1)) {
    const before = state;
    ({ state } = evaluate({
      program,
      ladder: program.ladders[0]!,
      partnerId: 'P',
      partner: { startedOn },
      kpis: [points(pointsOn(day))],
      state: before,
      overrides: [],
      asOf: day,
      mode: 'owned',
    }));
    if (before !== null && before.tier !== state.tier) moves.push(`${day} ${before.tier} ${state.tier}`);
    expect(state.nextReview! > day).toBe(true);
  }
  return { moves, state: state! };
}

describe('rises by the calendar and losses on anniversaries', () => {
  it.each([
    [
      'of its first day',
      '2025-06-15',
      'startedOn',
      ['2026-04-01 silver gold', '2026-06-15 gold silver', '2027-06-15 silver bronze'],
    ],
    [
      'of its first day, a leap day',
      '2024-02-29',
      'startedOn',
      ['2026-04-01 silver gold', '2027-02-28 gold silver', '2028-02-29 silver bronze'],
    ],
    [
      'of the day on which it reached the tier',
      '2025-06-15',
      'tierSince',
      ['2026-04-01 silver gold', '2027-04-01 gold silver', '2028-04-01 silver bronze'],
    ],
  ])('%s', (_name, startedOn, date, expected) => {
    const pointsOn = (day: string) => (day < '2026-02-10' ? '20' : day < '2026-04-20' ? '30' : '0');
    const start = holding('silver', '2025-06-15', '2026-01-05');
    const { moves } = live(ladder(yearly(date)), start, {
      from: '2026-01-05',
      to: '2028-05-01',
      pointsOn,
      startedOn,
    });
    expect(moves).toEqual(expected);
  });

  it('counts a tier that was reached on a leap day from the last of February', () => {
    const atOnce =
      '{ promote: immediately, review: { every: year, onAnniversaryOf: tierSince }, grace: { reviews: 0 } }';
    const pointsOn = (day: string) => (day === '2028-02-29' ? '30' : '0');
    const days = { from: '2028-02-28', to: '2030-03-05', pointsOn, startedOn: '2020-01-01' };
    expect(live(ladder(atOnce), null, days).moves).toEqual([
      '2028-02-29 bronze gold',
      '2029-02-28 gold silver',
      '2030-02-28 silver bronze',
    ]);
  });

  it('takes the next anniversary of another date, and none twice on one day', () => {
    const program = ladder(yearly('startedOn'));
    const start = holding('gold', '2025-01-01', '2026-10-01');
    const none = { pointsOn: () => '0', startedOn: '2020-12-01' };
    const { state } = live(program, start, { from: '2026-08-01', to: '2026-10-15', ...none });
    expect([state.tier, state.nextReview]).toEqual(['gold', '2026-12-01']);
    const moved = { ...none, startedOn: '2020-11-10' };
    expect(live(program, state, { from: '2026-10-16', to: '2027-11-30', ...moved }).moves).toEqual([
      '2026-11-10 gold silver',
      '2027-11-10 silver bronze',
    ]);
  });

  const days = fc.integer({ min: 0, max: 2000 }).map((count) => plusDays('2022-01-15', count));
  const movementOf = fc.record({
    date: fc.constantFrom('startedOn', 'tierSince'),
    every: fc.constantFrom('quarter', 'halfYear', 'year'),
    promotions: fc.constantFrom('month', 'quarter', '{ every: year, day: 31 }', '{ on: [02-29, 08-15] }'),
    grace: fc.constantFrom('{ reviews: 0 }', '{ reviews: 1 }', '{ days: 40 }'),
  });

  it('never moves on a day that is no review day of the direction', () => {
    const lengths = { quarter: 3, halfYear: 6, year: 12 };
    const values = fc.array(fc.constantFrom('0', '20', '30'), { minLength: 14, maxLength: 14 });
    fc.assert(
      fc.property(movementOf, values, days, ({ date, every, promotions, grace }, all, startedOn) => {
        const program = ladder(
          `{ promote: at_review, review: { promotions: ${promotions}, demotions: { every: ${every}, onAnniversaryOf: ${date} } }, grace: ${grace} }`,
        );
        const pointsOn = (day: string) =>
          all[Math.floor((Date.parse(day) - Date.parse('2027-01-10')) / (50 * 86_400_000))]!;
        const start = holding('silver', '2026-11-30', '2027-01-11');
        const span = { from: '2027-01-10', to: '2028-11-15', pointsOn, startedOn };
        let since = '2026-11-30';
        for (const move of live(program, start, span).moves) {
          const [day, from, to] = move.split(' ') as [string, string, string];
          const isUp = ['bronze', 'silver', 'gold'].indexOf(to) > ['bronze', 'silver', 'gold'].indexOf(from);
          const counted = date === 'startedOn' ? startedOn : since;
          const anniversaries = Array.from({ length: 100 }, (_none, index) =>
            plusMonths(counted, (index - 40) * lengths[every as keyof typeof lengths]),
          );
          expect([move, isUp ? isPromotionDay(promotions, day) : anniversaries.includes(day)]).toEqual([
            move,
            true,
          ]);
          since = day;
        }
      }),
      { numRuns: 12 },
    );
  });

  function isPromotionDay(promotions: string, day: string): boolean {
    if (promotions === 'month') return day.endsWith('-01');
    if (promotions === 'quarter') return /-(01|04|07|10)-01$/.test(day);
    if (promotions.includes('day: 31')) return day.endsWith('-01-31');
    return day.endsWith('-08-15') || day === '2028-02-29' || day === '2027-02-28';
  }
});

describe('a program with both in a store', () => {
  let store: Store;
  const program = ladder(yearly('tierSince'));
  beforeAll(async () => {
    store = await openTestStore();
    await insertRows(store, 'partner', [
      { id: 'A', name: 'Northwind', types: ['reseller'], started_on: '2024-06-15' },
    ]);
    const sales = { partner: 'A', kind: 'points', quantity: 10, occurred_on: '2025-01-01' };
    await insertRows(store, 'fact', [
      { id: 'a', ...sales, expires_on: null },
      { id: 'b', ...sales, expires_on: null },
      { id: 'c', ...sales, occurred_on: '2026-05-01', expires_on: '2026-08-31' },
    ]);
    await passBy(store, program, '2026-03-10');
    await passBy(store, program, '2026-04-01');
    await passBy(store, program, '2026-05-02');
    await passBy(store, program, '2026-07-01');
    await passBy(store, program, '2026-09-02');
  });
  afterAll(async () => {
    await store.close();
  });

  it('rises at the review of the calendar, and is reviewed for loss a year after it', async () => {
    expect((await movements(store)).filter((one) => one.includes('promote'))).toEqual([
      '2026-07-01 A promote silver gold',
    ]);
    const { events } = await forecastTiers(store, { program, now: at('2026-09-02'), days: 400 });
    const losses = events.filter(({ movement }) => movement === 'demote');
    expect(losses.map(({ day, fromTier, toTier }) => `${day} ${fromTier} ${toTier}`)).toEqual([
      '2027-07-01 Gold Silver',
    ]);
    const told = await explainTier(store, { program, partnerId: 'A', now: at('2026-09-02') });
    expect(told.prospect.join(' ')).toContain('the review of 2027-07-01');
    expect(movementLines(program.ladders[0]!, program)).toEqual(
      expect.arrayContaining([
        'Reviews that promote: on the first day of each quarter.',
        'Reviews that demote: on the anniversaries of the day on which each partner has reached its tier.',
      ]),
    );
  });

  it('is looked at in the past, and other rules say whose loss comes sooner', async () => {
    for (const table of ['partner', 'fact'])
      await store.query(`update tierlink.${table} set known_from = '2025-12-01T00:00:00Z'`);
    const byStart = ladder(yearly('startedOn'));
    const found = await backtest(store, { program: byStart, quarters: 3, now: at('2026-11-10') });
    // What came of reviews on days of the partners is told on the first of the month after.
    expect(found.map(({ asOf, ladders: [main] }) => `${asOf} ${main!.up} ${main!.down}`)).toContain(
      '2026-07-01 1 0',
    );
    const newer = changed(
      byStart,
      ["version: '1'", "version: '2'"],
      ['validFrom: 2020-01-01', 'validFrom: 2026-09-10'],
    );
    const guard = await guardChange(store, { program: newer, now: at('2026-09-02') });
    expect(guard?.noticeLost.map(({ before, after }) => [before, after])).toEqual([
      ['2027-07-01', '2027-06-15'],
    ]);
    expect(guard?.otherReviews).toEqual([{ ladder: 'Main', first: null }]);
  });

  it('asks about a rejected loss again on the next anniversary of the tier', async () => {
    const asked = changed(program, ['ladders:', 'approval: { always: down }\nladders:']);
    await markDirty(store, 'fact', ['A']);
    await passBy(store, asked, '2027-07-01');
    const now = at('2027-07-01');
    await rejectMoves(store, { program: asked, id: 'a-000001', actor: 'kim', reason: 'No', now });
    const items = await store.query('select partner_id, to_tier, until_on from tierlink.approval_item');
    expect(items).toEqual([{ partner_id: 'A', to_tier: 'silver', until_on: '2028-07-01' }]);
  });
});
