import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { recomputeKpis } from '../../src/kpi/recompute.ts';
import type { KpiState } from '../../src/model/states.ts';
import type { Store } from '../../src/store/store.ts';
import { computeTier, recomputeDecision } from '../../src/tier/computed.ts';
import { evaluate } from '../../src/tier/evaluate.ts';
import { evaluateTiers } from '../../src/tier/run.ts';
import type { Evidence, KpiInput } from '../../src/tier/types.ts';
import { insertRows, markDirty, programOf } from '../kpi/sample.ts';
import { openTestStore } from '../services/test-store.ts';
import { certificatesLate, holding, points } from './replay.ts';

/** Thresholds that differ by track: one ladder for all partners, with other numbers. */
const program = programOf({
  head: `tracks:
  - { key: enterprise, label: Enterprise, when: { kpi: size, atLeast: 100 } }
  - { key: smb, label: SMB }`,
  kpis: ['size', 'deals']
    .map(
      (kpi) =>
        `  ${kpi}: { label: ${kpi}, help: x, unit: number, measure: { max: fact.quantity, where: { attribute: kind, is: ${kpi} } } }`,
    )
    .join('\n'),
  ladders: `  - key: main
    label: Main
    tiers:
      - { key: silver, label: Silver }
      - { key: gold, label: Gold, requirements: { kpi: deals, atLeast: { enterprise: 20, smb: 5 } } }`,
});

/** A dash is nothing to measure. */
function input(kpi: string, value: string, state: KpiState = 'current'): KpiInput {
  const none = value === '-' ? { numerator: null, denominator: null, empty: 'no_records' } : {};
  return { ...points(value === '-' ? '0' : value, state), kpi, ...none };
}

function evidenceOf(size: KpiInput, deals: string): Evidence {
  const ladder = program.ladders[0]!;
  const kpis = [size, input('deals', deals)];
  return computeTier({ program, ladder, kpis, partner: {}, asOf: '2026-11-23', held: null });
}

describe('a threshold by track', () => {
  it.each([
    ['100', '19', 'silver', '20 (Enterprise)'],
    ['100', '20', 'gold', '20 (Enterprise)'],
    ['99', '5', 'gold', '5 (SMB)'],
    ['99', '4', 'silver', '5 (SMB)'],
  ])('size %s and %s deals are %s: needs %s', (size, deals, tier, needs) => {
    const evidence = evidenceOf(input('size', size), deals);
    expect(evidence.computedTier).toBe(tier);
    expect(evidence.tiers[1]!.requirements[0]).toMatchObject({ needs, isCertain: true });
    expect(evidence.kpis.map(({ kpi }) => kpi)).toEqual(['size', 'deals']);
    expect(recomputeDecision(JSON.parse(JSON.stringify(evidence)))).toBe(tier);
  });

  it('is open while the track is not known', () => {
    const evidence = evidenceOf(input('size', '-'), '50');
    expect(evidence).toMatchObject({ computedTier: 'silver', ceilingTier: 'gold', track: null });
    expect(evidence.tiers[1]!.requirements[0]).toMatchObject({
      state: 'pending',
      needs: '20 (Enterprise) or 5 (SMB)',
      reason: 'the track is not known: size: there is nothing to measure yet',
    });
    expect(recomputeDecision(evidence)).toBe('silver');
  });

  it('costs nobody a tier while what decides about the track is late', () => {
    const evidence = evidenceOf(input('size', '100', 'provisional'), '10');
    expect(evidence).toMatchObject({ computedTier: 'silver', ceilingTier: 'gold' });
  });
});

describe('a tier that is held for a late figure', () => {
  const frozen = (kpis: KpiInput[]) => {
    const ladder = program.ladders[0]!;
    const state = holding('gold', '2026-01-01', '2026-07-01');
    const rest = { partnerId: 'P', partner: {}, overrides: [], asOf: '2026-07-01', mode: 'owned' as const };
    return evaluate({ program, ladder, kpis, state, ...rest }).state;
  };
  const late = { ...certificatesLate, behind: ['deals'] };

  it('is held by the reason of the input also where that decides about the track only', () => {
    const state = frozen([input('size', '100', 'provisional'), input('deals', '10')]);
    expect(state).toMatchObject({ tier: 'gold', status: 'keeps', frozenReason: late });
  });

  it('is held by it also where there is no figure at all', () => {
    const state = frozen([input('size', '100'), input('deals', '-', 'provisional')]);
    expect(state).toMatchObject({ tier: 'gold', frozenReason: late });
  });
});

describe('a partner that changes its track', () => {
  let store: Store;
  beforeAll(async () => {
    store = await openTestStore();
  });
  afterAll(async () => {
    await store.close();
  });

  it('is evaluated again, although no requirement asks for the figure that decides', async () => {
    const pass = async (day: string) => {
      const now = Date.parse(`${day}T08:00:00Z`);
      await recomputeKpis(store, { program, now });
      return await evaluateTiers(store, { program, now });
    };
    const tier = async () =>
      (await store.query<{ tier: string }>('select tier from tierlink.tier_state'))[0]!.tier;
    await insertRows(store, 'partner', [{ id: 'A', name: 'A', types: ['reseller'] }]);
    await insertRows(store, 'fact', [
      { id: 'f1', partner: 'A', kind: 'size', quantity: 200 },
      { id: 'f2', partner: 'A', kind: 'deals', quantity: 10 },
    ]);
    await pass('2026-11-23');
    expect(await tier()).toBe('silver');
    await store.query(`update tierlink.fact set quantity = 50 where id = 'f1'`);
    await markDirty(store, 'fact', ['A']);
    expect(await pass('2026-11-24')).toMatchObject({ evaluated: 1 });
    expect(await tier()).toBe('gold');
  });
});
