import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { recomputeKpis } from '../../src/kpi/recompute.ts';
import type { Program } from '../../src/program/load.ts';
import { rememberVersion } from '../../src/program/versions.ts';
import type { Store } from '../../src/store/store.ts';
import { loadRecords, saveRecords } from '../../src/sync/records/record-rows.ts';
import { evaluateAsOf } from '../../src/tier/look/as-of.ts';
import { evaluateTiers } from '../../src/tier/run.ts';
import { insertRows, markDirty, programOf } from '../kpi/sample.ts';
import { emptyStore, openTestStore } from '../services/test-store.ts';
import { at, movements } from './pass.ts';

/** Days of the past under rules that ask for scores, tell keeping from reaching, and take effect later. */
const programWith = (review: string): Program =>
  programOf({
    kpis: `  usage: { label: Usage, help: Usage, unit: number, measure: { sum: fact.quantity } }
  total: { label: Total, help: Points, unit: points, score: { linear: { of: usage, full: 100, points: 100 } } }`,
    ladders: `  - key: main
    label: Main
    tiers:
      - { key: silver, label: Silver }
      - key: gold
        label: Gold
        requirements: [{ kpi: total, atLeast: 100 }]
        keepRequirements: [{ kpi: total, atLeast: 80 }]
    movement: { grace: { reviews: 0 }, review: ${review} }`,
  });

let store: Store;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(async () => {
  await store.close();
});

async function pass(program: Program, day: string): Promise<void> {
  await recomputeKpis(store, { program, now: at(day) });
  await evaluateTiers(store, { program, now: at(day), runId: `run-${day}` });
}

async function use(program: Program, day: string, quantity: string): Promise<void> {
  const now = new Date(at(day) - 3_600_000).toISOString();
  const row = (await loadRecords(store, 'fact', ['f'])).get('f')!;
  const changed = [{ ...row, values: { ...row.values, quantity } }];
  await saveRecords(store, 'fact', { created: [], changed, now });
  await markDirty(store, 'fact', ['A']);
  await pass(program, day);
}

async function begin(program: Program): Promise<void> {
  await emptyStore(store);
  await insertRows(store, 'partner', [
    { id: 'A', name: 'Acme', types: ['reseller'], started_on: '2020-01-01' },
  ]);
  await insertRows(store, 'fact', [
    { id: 'f', partner: 'A', kind: 'usage', quantity: 100, occurred_on: '2025-12-01' },
  ]);
  for (const table of ['partner', 'fact'])
    await store.query(`update tierlink.${table} set known_from = '2026-01-01T00:00:00Z'`);
  await rememberVersion(store, program, '2026-01-01T00:00:00.000Z');
  await pass(program, '2026-02-02');
}

async function asOf(program: Program, day: string) {
  const request = { program, day, now: at('2026-12-01'), partners: ['A'] };
  const [found] = (await evaluateAsOf(store, request)).partners;
  const { decision, check, known } = found!;
  return { inForce: decision?.tier, earned: known?.computedTier, check };
}

const agreed = { agrees: true, differences: [] };

describe('a tier that is easier to keep than to reach', () => {
  const program = programWith('month');

  beforeEach(async () => {
    await begin(program);
    await use(program, '2026-02-10', '90');
    await pass(program, '2026-03-01');
    await use(program, '2026-03-10', '70');
    await pass(program, '2026-04-01');
  });

  it('is asked what keeping took while it was held, whatever is held today', async () => {
    expect(await movements(store)).toEqual([
      '2026-02-02 A enrol - gold',
      '2026-03-10 A keep gold gold',
      '2026-04-01 A demote gold silver',
    ]);
    expect(await asOf(program, '2026-02-02')).toEqual({ inForce: 'gold', earned: 'gold', check: agreed });
    expect(await asOf(program, '2026-02-20')).toEqual({ inForce: 'gold', earned: 'gold', check: agreed });
    expect(await asOf(program, '2026-03-20')).toEqual({ inForce: 'gold', earned: 'silver', check: agreed });
    expect(await asOf(program, '2026-04-02')).toEqual({ inForce: 'silver', earned: 'silver', check: agreed });
  });
});

describe('a decision made at the very instant as of which is asked', () => {
  const program = programWith('month');

  it('is in force, and is asked what keeping takes, as everything that was decided by then', async () => {
    await begin(program);
    const request = { program, day: '2026-02-02', now: at('2026-02-02'), partners: ['A'], withToday: true };
    const [found] = (await evaluateAsOf(store, request)).partners;
    expect(found!.decision?.tier).toBe('gold');
    expect([found!.known, found!.today].map((one) => one?.tiers[1]?.asked)).toEqual(['keep', 'keep']);
    // Working the decision out again asks what was asked when it was made.
    expect(found!.decision?.evidence.tiers[1]?.asked).toBe('reach');
    expect(found!.check).toEqual(agreed);
  });
});

describe('a decision that takes effect later', () => {
  const program = programWith('{ every: month, inForceAfter: 1 month }');

  it('is in force from its day on, and comes out the same again', async () => {
    await begin(program);
    await use(program, '2026-02-10', '70');
    await pass(program, '2026-03-01');
    await pass(program, '2026-04-01');
    expect((await asOf(program, '2026-03-15')).inForce).toBe('gold');
    expect(await asOf(program, '2026-04-02')).toMatchObject({ inForce: 'silver', check: agreed });
  });
});
