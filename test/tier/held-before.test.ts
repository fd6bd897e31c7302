import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { recomputeKpis } from '../../src/kpi/recompute.ts';
import { addMonths } from '../../src/program/civil-date.ts';
import type { Store } from '../../src/store/store.ts';
import { recomputeDecision } from '../../src/tier/computed.ts';
import { evaluateAsOf } from '../../src/tier/look/as-of.ts';
import { forecastTiers } from '../../src/tier/look/forecast.ts';
import { reopenStates } from '../../src/tier/look/reopen.ts';
import { evaluateTiers } from '../../src/tier/run.ts';
import type { Evidence, RequirementEvidence } from '../../src/tier/types.ts';
import { insertRows, markDirty, programOf } from '../kpi/sample.ts';
import { emptyStore, openTestStore } from '../services/test-store.ts';
import { at, movements } from './pass.ts';

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

/** Qualified from 70 points on, day by day; eligible is who was on one day of this month or the five before it. */
const program = programOf({
  head: `specialisations:
  - { key: qualified, label: Qualified, partnerTypes: [reseller], requirements: { kpi: points, atLeast: 70 },
      movement: { demote: immediately } }`,
  kpis: '  points: { label: Points, help: x, unit: number, measure: { sum: fact.quantity } }',
  ladders: `  - key: main
    label: Main
    tiers:
      - { key: open, label: Open }
      - { key: eligible, label: Eligible, requirements: { holds: { ladder: qualified, withinMonths: 6 } } }
    movement: { demote: immediately }`,
});

async function partner(id: string, points: number): Promise<void> {
  await insertRows(store, 'partner', [{ id, name: id, types: ['reseller'] }]);
  await insertRows(store, 'fact', [
    { id: `f${id}`, partner: id, kind: 'points', quantity: points, occurred_on: '2023-01-01' },
  ]);
}

async function setPoints(id: string, points: number): Promise<void> {
  await store.query('update tierlink.fact set quantity = $1 where partner = $2', [points, id]);
  await markDirty(store, 'fact', [id]);
}

async function merge(loser: string, survivor: string): Promise<void> {
  await store.query('update tierlink.partner set merged_into = $2 where id = $1', [loser, survivor]);
  await markDirty(store, 'partner', [survivor]);
}

async function become(id: string, type: string): Promise<void> {
  await store.query('update tierlink.partner set types = $2 where id = $1', [id, [type]]);
  await markDirty(store, 'partner', [id]);
}

async function pass(day: string) {
  await recomputeKpis(store, { program, now: at(day) });
  return await evaluateTiers(store, { program, now: at(day) });
}

async function tierOf(id: string): Promise<string | null> {
  const [row] = await store.query<{ tier: string | null }>(
    `select tier from tierlink.tier_state where partner_id = $1 and ladder = 'main'`,
    [id],
  );
  return row!.tier;
}

/** What the last decision about the tier says of having been qualified. */
async function answer(id: string): Promise<RequirementEvidence> {
  const [row] = await store.query<{ evidence: Evidence }>(
    `select evidence from tierlink.decision where partner_id = $1 and ladder = 'main' order by decided_at desc limit 1`,
    [id],
  );
  expect(recomputeDecision(row!.evidence)).toBe(row!.evidence.computedTier);
  return row!.evidence.tiers[1]!.requirements[0]!;
}

/** The same of the first partner, or of another one, as of a day, looked at a month later. */
async function asked(day: string, id?: string): Promise<RequirementEvidence> {
  const those = id === undefined ? {} : { partners: [id] };
  const { partners } = await evaluateAsOf(store, { program, day, now: at(addMonths(day, 1)), ...those });
  const { known, today } = partners[0]!;
  return (known ?? today)!.tiers[1]!.requirements[0]!;
}

describe('what was held in the months before', () => {
  it('counts through the last full month of the window, and no day longer', async () => {
    await partner('A', 70);
    await partner('B', 0);
    await pass('2024-01-10');
    await setPoints('A', 10);
    await pass('2024-03-02');
    expect(await asked('2024-03-02')).toMatchObject({
      needs: 'held within 6 months',
      has: 'last on 2024-03-01',
      state: 'met',
      changesOn: '2024-09-01',
    });
    // The published example: on 15 August 2024 the window begins on 1 March 2024.
    await pass('2024-08-15');
    expect(await tierOf('A')).toBe('eligible');
    const ahead = await forecastTiers(store, { program, now: at('2024-08-15'), days: 60, partners: ['A'] });
    expect(ahead.events.map(({ day, toTier }) => `${day} ${toTier}`)).toEqual(['2024-09-01 Open']);
    await pass('2024-08-31');
    expect(await tierOf('A')).toBe('eligible');
    await pass('2024-09-01');
    expect(await tierOf('A')).toBe('open');
    expect(await answer('A')).toMatchObject({ state: 'not_met', has: 'not held' });
  });

  it('is not available where nothing was recorded yet, and then costs and gives nothing', async () => {
    await partner('A', 10);
    await pass('2024-01-10');
    expect(await tierOf('A')).toBe('open');
    expect(await answer('A')).toMatchObject({
      state: 'pending',
      reason: 'what was held before is not available',
    });
    await pass('2024-07-01');
    await markDirty(store, 'partner', ['A']);
    await pass('2024-07-02');
    // From February on every day of six months is recorded.
    expect(await pass('2024-07-02')).toMatchObject({ evaluated: 0 });
    expect(await asked('2024-07-02')).toMatchObject({ state: 'not_met', isCertain: true });
  });

  it('is "no" for who came later, when others were recorded before', async () => {
    await partner('A', 70);
    await pass('2024-01-10');
    await partner('B', 10);
    await markDirty(store, 'partner', ['B']);
    await pass('2024-08-01');
    expect(await answer('B')).toMatchObject({ state: 'not_met', has: 'not held' });
  });

  it('looks past what came and was lost again on one day', async () => {
    await partner('A', 70);
    await pass('2024-01-10');
    await setPoints('A', 10);
    await pass('2024-03-10');
    await setPoints('A', 70);
    await pass('2024-07-05');
    await setPoints('A', 10);
    await pass('2024-07-05');
    expect(await tierOf('A')).toBe('eligible');
    await markDirty(store, 'partner', ['A']);
    await pass('2024-07-06');
    expect(await tierOf('A')).toBe('eligible');
    expect((await movements(store)).filter((one) => one.endsWith(' open'))).toEqual([]);
  });

  it('is what either of two held that were merged', async () => {
    await partner('L', 70);
    await partner('W', 10);
    await pass('2024-01-10');
    await setPoints('L', 10);
    await pass('2024-07-10');
    expect([await tierOf('L'), await tierOf('W')]).toEqual(['eligible', 'open']);
    await store.query(`update tierlink.partner set merged_into = 'W' where id = 'L'`);
    await markDirty(store, 'partner', ['W']);
    await pass('2024-08-05');
    expect(await tierOf('W')).toBe('eligible');
    expect(await answer('W')).toMatchObject({ state: 'met', has: 'last on 2024-07-09' });
    expect(await asked('2024-08-06')).toMatchObject({ state: 'met', has: 'last on 2024-07-09' });
  });

  it('goes on for the one into which another was merged while it held', async () => {
    await partner('L', 70);
    await partner('W', 10);
    await pass('2024-01-10');
    await store.query(`update tierlink.partner set merged_into = 'W' where id = 'L'`);
    await markDirty(store, 'partner', ['W']);
    await setPoints('W', 70);
    await pass('2024-06-10');
    await setPoints('W', 10);
    await pass('2024-08-10');
    expect(await asked('2024-08-11')).toMatchObject({ state: 'met', has: 'last on 2024-08-09' });
  });

  it('is what was held by any of a chain that were merged one into the next', async () => {
    await partner('K', 70);
    await partner('L', 10);
    await partner('W', 10);
    await pass('2024-01-10');
    await setPoints('K', 10);
    await pass('2024-07-10');
    await merge('K', 'L');
    await pass('2024-07-20');
    expect(await tierOf('L')).toBe('eligible');
    await merge('L', 'W');
    await pass('2024-08-05');
    expect(await answer('W')).toMatchObject({ state: 'met', has: 'last on 2024-07-09' });
    expect(await asked('2024-08-06')).toMatchObject({ state: 'met', has: 'last on 2024-07-09' });
  });

  it('is the latest that any of a chain held that were merged on one day', async () => {
    await partner('K', 70);
    await partner('L', 70);
    await partner('W', 10);
    await pass('2024-01-10');
    await setPoints('L', 10);
    await pass('2024-03-10');
    await setPoints('K', 10);
    await pass('2024-07-10');
    await merge('K', 'L');
    await merge('L', 'W');
    await pass('2024-08-05');
    expect(await answer('W')).toMatchObject({ state: 'met', has: 'last on 2024-07-09' });
  });

  it('ends where a partner leaves the ladder, and what comes after that is not filled when it is back', async () => {
    await partner('A', 70);
    await pass('2024-01-10');
    await become('A', 'msp');
    await pass('2024-02-10');
    await become('A', 'reseller');
    await pass('2024-09-10');
    expect(await tierOf('A')).toBe('eligible');
    expect(await asked('2024-07-20')).toMatchObject({ state: 'met', has: 'last on 2024-02-09' });
    expect(await asked('2024-08-20')).toMatchObject({ state: 'not_met', has: 'not held' });
    await setPoints('A', 10);
    await pass('2024-09-20');
    expect(await asked('2024-10-20')).toMatchObject({ state: 'met', has: 'last on 2024-09-19' });
  });

  it('is nothing of a gap, and goes on, for who leaves and comes back at one instant', async () => {
    await partner('A', 70);
    await pass('2024-01-10');
    for (let times = 0; times < 2; times++) {
      await become('A', 'msp');
      await pass('2024-02-10');
      await become('A', 'reseller');
      await pass('2024-02-10');
    }
    await setPoints('A', 10);
    await pass('2024-07-10');
    expect(await asked('2024-08-20')).toMatchObject({ state: 'met', has: 'last on 2024-07-09' });
    const changes = await store.query<{ change: string }>(
      `select change from tierlink.ladder_change where ladder = 'qualified' order by at, change desc`,
    );
    expect(changes.map(({ change }) => change)).toEqual(['left', 'back', 'left', 'back']);
  });

  it('is nothing for who leaves at the instant of the decision that gave it', async () => {
    await partner('A', 70);
    await pass('2024-01-10');
    await become('A', 'msp');
    await pass('2024-01-10');
    expect(await asked('2024-08-10')).toMatchObject({ state: 'not_met', has: 'not held' });
  });

  it('has an order where several evaluations decide at one instant', async () => {
    await partner('A', 70);
    for (const points of [70, 10, 70, 10]) {
      await setPoints('A', points);
      await pass('2024-01-10');
    }
    const made = await store.query<{ movement: string; at: string }>(
      `select movement, decided_at as at from tierlink.decision where ladder = 'qualified' order by decided_at`,
    );
    expect(made.map(({ movement }) => movement)).toEqual(['enrol', 'demote', 'promote', 'demote']);
    expect(new Set(made.map(({ at: instant }) => instant)).size).toBe(made.length);
  });

  it('was held again by one that was merged by mistake, from the day on which that was undone', async () => {
    await partner('L', 70);
    await partner('W', 10);
    await pass('2024-01-10');
    await merge('L', 'W');
    await pass('2024-02-10');
    await store.query(`update tierlink.partner set merged_into = null where id = 'L'`);
    const now = new Date(at('2024-03-10')).toISOString();
    await store.transaction((tx) => reopenStates(tx, { partner: 'L', survivor: 'W', now }));
    await setPoints('L', 10);
    await markDirty(store, 'partner', ['L', 'W']);
    await pass('2024-07-10');
    expect(await asked('2024-09-20', 'L')).toMatchObject({ state: 'met', has: 'last on 2024-07-09' });
    expect(await asked('2024-03-09', 'L')).toMatchObject({ state: 'met', has: 'last on 2024-02-09' });
  });

  it('holds for what is held today and is lost with the next pass in the same month', async () => {
    await partner('A', 70);
    await pass('2024-05-01');
    await setPoints('A', 0);
    await pass('2024-05-01');
    expect(await movements(store)).toContain('2024-05-01 A demote qualified -');
  });
});
