import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import type { Store } from '../../src/store/store.ts';
import { backtest } from '../../src/tier/look/backtest.ts';
import { insertRows, programOf } from '../kpi/sample.ts';
import { plusDays } from '../oracle/calendar.ts';
import { emptyStore, openTestStore } from '../services/test-store.ts';
import { at, passBy } from './pass.ts';

/** Reviews on days of the partners themselves: a look back over months gives what evaluations day by day gave. */
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

const rules = (review: string, movement = '') =>
  programOf({
    kpis: '  points: { label: Points, help: x, unit: number, measure: { sum: fact.quantity, window: { validFrom: occurredOn, validThrough: expiresOn } } }',
    ladders: `  - key: main
    label: Main
    tiers:
      - { key: bronze, label: Bronze }
      - { key: silver, label: Silver, requirements: { kpi: points, atLeast: 20 } }
      - { key: gold, label: Gold, requirements: { kpi: points, atLeast: 30 } }
    movement: { promote: at_review, demote: at_review, ${movement} review: ${review} }`,
  });

type Row = [started: string, ...facts: [from: string, through: string | null, points: number][]];
async function insert(rows: readonly Row[]): Promise<void> {
  const id = (index: number) => `p${String(index).padStart(2, '0')}`;
  await insertRows(
    store,
    'partner',
    rows.map(([started_on], index) => ({ id: id(index), name: id(index), started_on })),
  );
  await insertRows(
    store,
    'fact',
    rows.flatMap(([, ...facts], index) =>
      facts.map(([occurred_on, expires_on, quantity], at) => ({
        id: `${id(index)}-${at}`,
        partner: id(index),
        kind: 'points',
        occurred_on,
        expires_on,
        quantity,
      })),
    ),
  );
  for (const table of ['partner', 'fact'])
    await store.query(`update tierlink.${table} set known_from = '2025-12-01T00:00:00Z'`);
}

/** Gold until a few days before, on or after the day of its review, in each part of a month; and points that come so late. */
const around: Row[] = [3, 15, 28].flatMap((day) =>
  [-3, -1, 0, 4].flatMap((shift): Row[] => {
    const review = `2026-05-${String(day).padStart(2, '0')}`;
    const started = review.replace('2026', '2023');
    return [
      [started, ['2025-01-01', plusDays(review, shift), 10], ['2025-01-01', null, 25]],
      [started, [plusDays(review, shift), '2026-05-31', 30], ['2025-01-01', null, 20]],
    ];
  }),
);

it.each([
  ['yearly', '{ every: year, onAnniversaryOf: startedOn }', ''],
  [
    'each month, with a warning of 10 days',
    '{ every: month, onAnniversaryOf: startedOn }',
    'grace: { days: 10 },',
  ],
])('gives what evaluations day by day gave, %s', async (_name, review, movement) => {
  const program = rules(review, movement);
  await insert(around);
  const daily = new Map<string, string>();
  for (let day = '2026-04-01'; day <= '2026-07-01'; day = plusDays(day, 1)) {
    await passBy(store, program, day);
    const rows = await store.query<{ tier: string; held: number }>(
      'select tier, count(*)::int as held from tierlink.tier_state where closed_at is null group by tier',
    );
    daily.set(day, JSON.stringify(Object.fromEntries(rows.map(({ tier, held }) => [tier, held]).sort())));
  }
  const found = await backtest(store, { program, quarters: 2, now: at('2026-07-02') });
  const looked = found.map(({ asOf, ladders }) => {
    const held = ladders[0]!.tiers.filter((tier) => tier.held > 0).map((tier) => [tier.tier!, tier.held]);
    return [asOf, JSON.stringify(Object.fromEntries(held.sort()))];
  });
  expect(looked.length).toBeGreaterThanOrEqual(4);
  expect(looked).toEqual(looked.map(([day]) => [day, daily.get(day!)]));
});

it('holds a review by the figures of its day, and no later one', async () => {
  // Gold on the day of the review, and no longer a week after it.
  await insert([['2023-05-15', ['2025-01-01', '2026-05-20', 30]]]);
  const program = rules('{ every: year, onAnniversaryOf: startedOn }', 'grace: { reviews: 0 },');
  const found = await backtest(store, { program, quarters: 3, now: at('2026-08-02') });
  expect(found.map(({ asOf, ladders }) => `${asOf} ${ladders[0]!.tiers[0]!.held}`)).toEqual([
    '2026-01-01 1',
    '2026-02-01 1',
    '2026-03-01 1',
    '2026-04-01 1',
    '2026-05-01 1',
    '2026-06-01 1',
    '2026-07-01 1',
  ]);
});
