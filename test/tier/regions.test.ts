import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { recomputeKpis } from '../../src/kpi/recompute.ts';
import { rememberVersion } from '../../src/program/versions.ts';
import type { Store } from '../../src/store/store.ts';
import { loadRecords, saveRecords } from '../../src/sync/records/record-rows.ts';
import { computeTier, recomputeDecision } from '../../src/tier/computed.ts';
import { explainTier } from '../../src/tier/explain/explain.ts';
import { evaluateAsOf } from '../../src/tier/look/as-of.ts';
import { evaluateTiers } from '../../src/tier/run.ts';
import type { Evidence, PartnerFacts } from '../../src/tier/types.ts';
import { insertRows, markDirty, programOf } from '../kpi/sample.ts';
import { openTestStore } from '../services/test-store.ts';
import { at } from './pass.ts';
import { points } from './replay.ts';

/** Thresholds and points that differ by the region of the partner: one ladder for all partners, with other numbers. */
const program = programOf({
  head: `regions:
  list:
    - { key: nordics, label: Nordics, countries: [Sweden, SE, Åland] }
    - { key: latam, label: Latin America, countries: [Brazil, BR] }
    - { key: india, label: India, countries: [India] }
    - { key: growth, label: Growth markets, regions: [latam, india] }`,
  kpis: `  deals: { label: deals, help: x, unit: number, measure: { max: fact.quantity } }
  dealPoints:
    label: Deal points
    help: x
    unit: points
    score: { linear: { of: deals, full: { nordics: 40, growth: 10 }, points: 100 } }`,
  ladders: `  - key: main
    label: Main
    tiers:
      - { key: silver, label: Silver }
      - { key: gold, label: Gold, requirements: { kpi: deals, atLeast: { nordics: 20, latam: 5, growth: 8 } } }
      - { key: platinum, label: Platinum, requirements: { kpi: dealPoints, atLeast: 90 } }`,
});

function evidenceOf(country: string | null, deals: string): Evidence {
  const ladder = program.ladders[0]!;
  const kpis = [{ ...points(deals), kpi: 'deals' }];
  const partner: PartnerFacts = { country };
  return computeTier({ program, ladder, kpis, partner, asOf: '2026-11-23', held: null });
}

describe('a threshold by region', () => {
  it.each([
    ['Sweden', '19', 'silver', '20 (Nordics)'],
    ['  sweden ', '20', 'gold', '20 (Nordics)'],
    ['se', '20', 'gold', '20 (Nordics)'],
    ['ÅLAND', '20', 'gold', '20 (Nordics)'],
    ['BR', '4', 'silver', '5 (Latin America)'],
    ['Brazil', '5', 'gold', '5 (Latin America)'],
    ['India', '7', 'silver', '8 (India)'],
    ['India', '8', 'gold', '8 (India)'],
  ])('in %s %s deals are %s: needs %s', (country, deals, tier, needs) => {
    const evidence = evidenceOf(country, deals);
    expect(evidence.computedTier).toBe(tier);
    expect(evidence.tiers[1]!.requirements[0]).toMatchObject({ needs, isCertain: true });
    expect(evidence.partner).toEqual({ country });
    expect(recomputeDecision(JSON.parse(JSON.stringify(evidence)))).toBe(tier);
  });

  it.each([
    [null, 'its country is empty'],
    ['  ', 'its country is empty'],
    ['Atlantis', 'no region has its country "Atlantis"'],
  ])('is open where the country is %p: neither reached nor lost', (country, why) => {
    const evidence = evidenceOf(country, '50');
    expect(evidence).toMatchObject({ computedTier: 'silver', ceilingTier: 'platinum', region: null });
    expect(evidence.tiers[1]!.requirements[0]).toMatchObject({
      state: 'pending',
      needs: '20 (Nordics) or 5 (Latin America) or 8 (Growth markets)',
      reason: `the region is not known: ${why}`,
    });
    expect(recomputeDecision(evidence)).toBe('silver');
  });
});

describe('a partner', () => {
  let store: Store;
  beforeAll(async () => {
    store = await openTestStore();
  });
  afterAll(async () => {
    await store.close();
  });

  const pass = async (day: string) => {
    const now = Date.parse(`${day}T08:00:00Z`);
    await recomputeKpis(store, { program, now });
    return await evaluateTiers(store, { program, now });
  };
  const why = async (day: string) =>
    await explainTier(store, { program, partnerId: 'A', now: Date.parse(`${day}T09:00:00Z`) });

  it('that moves to another region is scored and evaluated again, although no record of it has changed', async () => {
    await insertRows(store, 'partner', [{ id: 'A', name: 'A', types: ['reseller'], country: 'Sweden' }]);
    await insertRows(store, 'fact', [{ id: 'f', partner: 'A', kind: 'deals', quantity: 9 }]);
    await pass('2026-11-23');
    const before = await why('2026-11-23');
    expect(before.tier).toBe('Silver');
    expect(before.requirements[0]).toMatchObject({ needs: '20 (Nordics)', has: '9', state: 'not_met' });
    await store.query(`update tierlink.partner set country = 'Brazil'`);
    await markDirty(store, 'partner', ['A']);
    expect(await pass('2026-11-24')).toMatchObject({ evaluated: 1 });
    const after = await why('2026-11-24');
    expect(after.tier).toBe('Platinum');
    expect(after.evidence).toMatchObject({ region: 'latam', partner: { country: 'Brazil' } });
    expect(after.evidence.kpis.find(({ kpi }) => kpi === 'dealPoints')).toMatchObject({
      numerator: '90',
      score: { region: 'latam', track: null },
    });
  });

  it('that has no country has neither points nor lower requirements, and the reason says so', async () => {
    await store.query(`update tierlink.partner set country = null`);
    await markDirty(store, 'partner', ['A']);
    await pass('2026-11-25');
    const { tier, evidence } = await why('2026-11-25');
    expect(tier).toBe('Platinum');
    expect(evidence.tiers.map(({ requirements }) => requirements[0]?.reason)).toEqual([
      undefined,
      'the region is not known: its country is empty',
      'the region is not known: its country is empty',
    ]);
  });
});

describe('tiers that ask for regions', () => {
  const wide = programOf({
    head: `regions:
  records: { fact: dimension }
  list:
    - { key: nordics, label: Nordics, countries: [Sweden] }
    - { key: latam, label: Latin America, countries: [Brazil] }`,
    kpis: `  usage: { label: Usage, help: x, unit: number, perRegion: true, measure: { sum: fact.quantity, where: { attribute: kind, is: usage } } }
  served: { label: Regions served, help: x, unit: count, score: { overRegions: { of: usage, take: count, atLeast: 3 } } }`,
    ladders: `  - key: main
    label: Main
    tiers:
      - { key: silver, label: Silver }
      - { key: gold, label: Gold, requirements: { kpi: usage.nordics, atLeast: 3 } }
      - { key: platinum, label: Platinum, requirements: { kpi: served, atLeast: 2 } }`,
  });
  let store: Store;
  beforeAll(async () => {
    store = await openTestStore();
    await insertRows(store, 'partner', [{ id: 'A', name: 'A', types: ['reseller'] }]);
    await insertRows(store, 'fact', [
      { id: 'se', partner: 'A', kind: 'usage', dimension: 'Sweden', quantity: 4 },
      { id: 'br', partner: 'A', kind: 'usage', dimension: 'Brazil', quantity: 2 },
      { id: 'no', partner: 'A', kind: 'usage', dimension: 'Atlantis', quantity: 9 },
    ]);
  });
  afterAll(async () => {
    await store.close();
  });
  const pass = async (day: string) => {
    const now = Date.parse(`${day}T08:00:00Z`);
    await recomputeKpis(store, { program: wide, now });
    await evaluateTiers(store, { program: wide, now });
    return await explainTier(store, { program: wide, partnerId: 'A', now });
  };

  it('say which regions count, which do not and why, and what was left out of them', async () => {
    const { tier, requirements, evidence, notCounted, shortfalls, enoughAlone } = await pass('2026-11-23');
    expect(tier).toBe('Gold');
    expect(evidence.tiers[1]!.requirements[0]).toMatchObject({
      label: 'Usage (Nordics)',
      has: '4',
      state: 'met',
    });
    expect(requirements[0]).toMatchObject({
      has: '1',
      needs: '2',
      recordsText:
        'Usage (Nordics): 1 fact (1 of a country in no region); Usage (Latin America): 1 fact (1 of a country in no region)',
    });
    expect(enoughAlone[0]!.through.map(({ text }) => text)).toEqual(['Usage (Latin America): 1 more, to 3']);
    expect(
      requirements[0]!.parts.map(({ label, figure, points: brings, note }) => [label, figure, brings, note]),
    ).toEqual([
      ['Usage (Nordics)', '4 of 3', '1', null],
      ['Usage (Latin America)', '2 of 3', '0', 'needs 3, has 2'],
    ]);
    expect(shortfalls).toEqual([
      'Regions served, 1 more: Usage (Latin America) does not count yet (needs 3, has 2)',
    ]);
    expect(notCounted.map(({ id, why }) => `${id}: ${why}`)).toEqual([
      'no: in no region: none has its dimension "Atlantis"',
    ]);
    expect(recomputeDecision(JSON.parse(JSON.stringify(evidence)))).toBe('gold');
  });

  it('follow a record into another region', async () => {
    await store.query(`update tierlink.fact set dimension = 'Brazil' where id = 'no'`);
    await markDirty(store, 'fact', ['A']);
    expect((await pass('2026-11-24')).tier).toBe('Platinum');
  });
});

describe('the past', () => {
  const both = programOf({
    head: `regions:
  records: { fact: dimension }
  list:
    - { key: nordics, label: Nordics, countries: [Sweden] }
    - { key: latam, label: Latin America, countries: [Brazil] }`,
    kpis: '  usage: { label: Usage, help: x, unit: number, perRegion: true, measure: { sum: fact.quantity } }',
    ladders: `  - key: main
    label: Main
    tiers:
      - { key: silver, label: Silver }
      - { key: gold, label: Gold, requirements: [{ kpi: usage.latam, atLeast: 3 }, { kpi: usage, atLeast: { nordics: 9, latam: 4 } }] }`,
  });
  let store: Store;
  beforeAll(async () => {
    store = await openTestStore();
  });
  afterAll(async () => {
    await store.close();
  });

  const passOf = async (day: string) => {
    await recomputeKpis(store, { program: both, now: at(day) });
    await evaluateTiers(store, { program: both, now: at(day) });
  };

  it('has the countries of then: of the partner for what is asked, of the records for what there is', async () => {
    await insertRows(store, 'partner', [{ id: 'A', name: 'A', types: ['reseller'], country: 'Brazil' }]);
    await insertRows(store, 'fact', [
      { id: 'f', partner: 'A', kind: 'usage', dimension: 'Brazil', quantity: 4 },
    ]);
    for (const table of ['partner', 'fact'])
      await store.query(`update tierlink.${table} set known_from = '2026-01-01T00:00:00Z'`);
    await rememberVersion(store, both, '2026-01-01T00:00:00.000Z');
    await passOf('2026-03-01');
    for (const [entity, id, change] of [
      ['partner', 'A', { country: 'Sweden' }],
      ['fact', 'f', { dimension: 'Sweden' }],
    ] as const) {
      const row = (await loadRecords(store, entity, [id])).get(id)!;
      const changed = [{ ...row, values: { ...row.values, ...change } }];
      await saveRecords(store, entity, { created: [], changed, now: '2026-03-05T12:00:00.000Z' });
      await markDirty(store, entity, ['A']);
    }
    await passOf('2026-03-06');
    const { partners } = await evaluateAsOf(store, {
      program: both,
      day: '2026-03-01',
      now: at('2026-03-07'),
      withToday: true,
    });
    const [found] = partners;
    expect([found?.known?.computedTier, found?.today?.computedTier]).toEqual(['gold', 'silver']);
    expect(found?.check).toEqual({ agrees: true, differences: [] });
    expect(found?.differences.map(({ kpi, known, today }) => [kpi, known, today])).toEqual([
      ['usage.latam', '4', '0'],
    ]);
  });
});

describe('a track', () => {
  it('may be decided by a figure that differs by region', () => {
    const sized = programOf({
      head: `regions: { list: [{ key: north, label: North, countries: [SE] }, { key: rest, label: Rest, countries: otherwise }] }
tracks:
  - { key: large, label: Large, when: { kpi: size, atLeast: { north: 100, rest: 10 } } }
  - { key: small, label: Small }`,
      kpis: '  size: { label: size, help: x, unit: number, measure: { max: fact.quantity } }',
      ladders: `  - key: main
    label: Main
    tiers: [{ key: gold, label: Gold, requirements: { kpi: size, atLeast: { large: 50, small: 5 } } }]`,
    });
    const on = (country: string, size: string) =>
      computeTier({
        program: sized,
        ladder: sized.ladders[0]!,
        kpis: [{ ...points(size), kpi: 'size' }],
        partner: { country },
        asOf: '2026-11-23',
        held: null,
      });
    expect(on('SE', '20')).toMatchObject({ track: 'small', region: 'north', computedTier: 'gold' });
    expect(on('Chile', '20')).toMatchObject({ track: 'large', region: 'rest', computedTier: null });
  });
});
