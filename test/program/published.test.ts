import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { computeAll } from '../../src/kpi/compute-all.ts';
import { readKpis } from '../../src/kpi/read.ts';
import { recomputeKpis } from '../../src/kpi/recompute.ts';
import type { KpiValue } from '../../src/kpi/types.ts';
import { fromPackageRoot } from '../../src/package-root.ts';
import { exactRatio, exactText } from '../../src/program/exact.ts';
import { loadProgram, type Program } from '../../src/program/load.ts';
import type { Store } from '../../src/store/store.ts';
import { importFile } from '../../src/sync/import.ts';
import { withChanges } from '../../src/tier/changed-inputs.ts';
import { explainTier } from '../../src/tier/explain.ts';
import { loadInputs } from '../../src/tier/load.ts';
import { evaluateTiers } from '../../src/tier/run.ts';
import { simulateTier } from '../../src/tier/simulate.ts';
import { insertRows } from '../kpi/sample.ts';
import { emptyStore, openTestStore } from '../services/test-store.ts';

/** The published programs by their worked examples: files imported, figures computed, tiers decided. */
const folder = fromPackageRoot('programs/published');
const files = readdirSync(folder);
const now = Date.parse('2026-11-23T08:00:00Z');
let store: Store;

beforeAll(async () => {
  store = await openTestStore();
});
afterAll(async () => {
  await store.close();
});
beforeEach(async () => {
  await emptyStore(store);
  await insertRows(store, 'partner', [{ id: 'A', name: 'Acme', types: ['reseller'] }]);
});

it.each(files)('%s names the schema and its source in its first lines', (file) => {
  const [first, ...lines] = readFileSync(join(folder, file), 'utf8').split('\n');
  expect(first).toBe('# yaml-language-server: $schema=../program.schema.json');
  expect(lines.filter((line) => line.startsWith('#')).join()).toContain('https://');
});

async function importRows(program: Program, kind: 'facts' | 'certifications', lines: string[]) {
  await importFile(kind, lines.join('\n'), {
    store,
    clock: { now: () => now },
    context: { timeZone: program.timeZone, currency: program.currency.code },
    author: 'test',
    file: `${kind}.csv`,
  });
}

/** Points and tier as a pass leaves them. */
async function outcome(program: Program, kpi: string): Promise<[points: string, tier: string | null]> {
  await recomputeKpis(store, { program, now });
  await evaluateTiers(store, { program, now });
  const values = await readKpis(store, { program, partners: ['A'], now });
  const { numerator, denominator } = values.find((value) => value.kpi === kpi)!;
  const [row] = await store.query<{ tier: string | null }>('select tier from tierlink.tier_state');
  const points = numerator === null ? '-' : exactText(exactRatio(numerator, denominator!));
  return [points, row?.tier ?? null];
}

describe('the capability score', () => {
  const program = loadProgram(join(folder, 'microsoft-business-applications.yaml'));

  async function load([workloads, adds, intermediate, advanced, before, after, deployments]: number[]) {
    await importRows(program, 'facts', [
      'partner,kind,occurred_on,quantity,amount',
      `Acme,large workloads,2026-10-31,${workloads},`,
      `Acme,net customer adds,2026-10-31,${adds},`,
      `Acme,intermediate people,2026-10-31,${intermediate},`,
      `Acme,advanced people,2026-10-31,${advanced},`,
      `Acme,monthly contracted value,2025-10-31,,${before}`,
      `Acme,monthly contracted value,2026-10-31,,${after}`,
      `Acme,new deployments,2026-10-31,${deployments},`,
    ]);
  }

  // Large workloads (5 make Enterprise), adds, intermediate, advanced, usage a year ago, usage, deployments.
  it.each([
    ['MS-A', [0, 4, 3, 1, 40000, 52000, 3], '73.5', 'designated'],
    ['MS-B, whose usage was too small to grow from', [0, 5, 5, 2, 20000, 40000, 5], '70', 'member'],
    ['MS-C, without a deployment', [0, 5, 5, 2, 40000, 50000, 0], '75', 'member'],
    ['MS-D, which "2.14 points per person" would fail', [5, 5, 20, 7, 50000, 58000, 1], '70', 'designated'],
    ['MS-D by the numbers of SMB', [4, 5, 20, 7, 50000, 58000, 1], '70', 'designated'],
    ['one point below', [5, 5, 19, 7, 50000, 58000, 1], '69', 'member'],
  ])('%s', async (_name, figures, points, tier) => {
    await load(figures);
    expect(await outcome(program, 'capabilityScore')).toEqual([points, tier]);
  });

  it('has no figure while a month was not imported, and demotes nobody for it', async () => {
    await importRows(program, 'facts', [
      'partner,kind,occurred_on,quantity',
      'Acme,net customer adds,2026-10-31,5',
    ]);
    expect(await outcome(program, 'capabilityScore')).toEqual(['-', 'member']);
    const { requirements } = await explainTier(store, { program, partnerId: 'A', now });
    expect(requirements[0]).toMatchObject({ state: 'pending' });
    expect(requirements[0]!.reason).toContain('there is nothing to measure yet');
  });

  it('comes out the same from the records alone, as it is computed for other days', async () => {
    await load([0, 4, 3, 1, 40000, 52000, 3]);
    await outcome(program, 'capabilityScore');
    const kpis = Object.keys(program.kpis);
    const scope = { program, asOf: '2026-11-23', now, feeds: [] };
    const computed = await computeAll(store, scope, { kpis, partners: ['A'] });
    const stored = await readKpis(store, { program, partners: ['A'], now });
    const figures = (values: readonly KpiValue[]) =>
      values.map(({ kpi, numerator, denominator }) => `${kpi} ${numerator}/${denominator}`).sort();
    expect(figures(computed)).toEqual(figures(stored));
    expect(figures(await computeAll(store, scope, { kpis: ['capabilityScore'], partners: ['A'] }))).toEqual([
      'capabilityScore 147/2',
    ]);
  });

  it('follows what a simulation supposes of a part', async () => {
    await load([0, 4, 3, 1, 40000, 44000, 2]);
    expect(await outcome(program, 'capabilityScore')).toEqual(['49.5', 'member']);
    const suppose = async (changes: { name: string; value: string }[]) => {
      const { after } = (await simulateTier(store, { program, partnerId: 'A', changes, now }))!;
      const score = after.evidence!.kpis.find(({ kpi }) => kpi === 'capabilityScore')!;
      return [Number(score.numerator) / Number(score.denominator), after.evidence!.computedTier];
    };
    const grown = { name: 'usageGrowth', value: '30' };
    expect(await suppose([grown])).toEqual([69.5, 'member']);
    expect(await suppose([grown, { name: 'customerAdds', value: '5' }])).toEqual([72.5, 'designated']);
    expect(await suppose([grown, { name: 'capabilityScore', value: '12' }])).toEqual([12, 'member']);
  });

  it('is as sure in a simulation as the parts that it then has', async () => {
    await load([0, 4, 3, 1, 40000, 44000, 2]);
    await outcome(program, 'capabilityScore');
    const [inputs] = await loadInputs(store, { program, partners: ['A'], now });
    const late = ['usageGrowth', 'usageGrowthPoints', 'growthPoints', 'capabilityScore', 'weakestMetric'];
    const kpis = inputs!.kpis.map((one) =>
      late.includes(one.kpi) ? { ...one, state: 'provisional' as const, stateReason: 'late' } : one,
    );
    const stateOf = (changes: { name: string; value: string }[]) =>
      withChanges(program, { ...inputs!, kpis }, changes).kpis.find(({ kpi }) => kpi === 'capabilityScore');
    expect(stateOf([{ name: 'customerAdds', value: '5' }])).toMatchObject({ state: 'provisional' });
    expect(stateOf([{ name: 'usageGrowth', value: '30' }])).toMatchObject({
      state: 'current',
      stateReason: null,
    });
  });

  it('tells which metrics could bring how much', async () => {
    await load([0, 4, 3, 1, 40000, 44000, 2]);
    expect(await outcome(program, 'capabilityScore')).toEqual(['49.5', 'member']);
    const { shortfalls } = await explainTier(store, { program, partnerId: 'A', now });
    expect(shortfalls).toEqual([
      'Capability score, 20.5 points more: Customer adds could bring 3 (4 of 5, 12 of 15 points); ' +
        'Intermediate certificates could bring 8 (3 of 5, 12 of 20 points); ' +
        'Advanced certificates could bring 7.5 (1 of 2, 7.5 of 15 points); ' +
        'Usage growth could bring 20 (10 of 30 points); Deployments could bring 12 (2 of 5, 8 of 20 points)',
    ]);
  });
});

describe('ProAdvisor points', () => {
  const program = loadProgram(join(folder, 'quickbooks-proadvisor.yaml'));

  async function load(counts: Record<string, number>) {
    const facts = Object.entries(counts).filter(([kind]) => !kind.startsWith('cert '));
    await importRows(program, 'facts', [
      'partner,kind,occurred_on,quantity,dimension',
      ...facts.flatMap(([kind, count]) =>
        Array.from({ length: count }, (_, index) => `Acme,${kind},2026-01-31,1,no ${index}`),
      ),
    ]);
    const certificates = Object.entries(counts).filter(([kind]) => kind.startsWith('cert '));
    await importRows(program, 'certifications', [
      'email,code,issued_on,partner',
      ...certificates.flatMap(([kind, count]) =>
        Array.from(
          { length: count },
          (_, index) => `p${index}@acme.example,${kind.slice('cert '.length)},2026-01-31,Acme`,
        ),
      ),
    ]);
  }

  it.each([
    ['QB-A', { 'qbo client': 3, 'payroll client': 1, 'cert qbo': 2 }, '400', 'gold'],
    ['QB-B, at the boundary', { 'qbo client': 8, 'cert qbo-advanced': 2 }, '800', 'platinum'],
    [
      'QB-C, which bought the desktop edition twice',
      {
        'qbo client': 10,
        'payroll client': 3,
        'cert qbo': 4,
        'cert qbo-advanced': 2,
        'desktop edition': 2,
      },
      '1550',
      'platinum',
    ],
    ['QB-D', { 'qbo client': 3, 'self-employed client': 1 }, '175', 'silver'],
    ['QB-D with one more client', { 'qbo client': 4, 'self-employed client': 1 }, '225', 'gold'],
  ])('%s', async (_name, counts, points, tier) => {
    await load(counts as unknown as Record<string, number>);
    expect(await outcome(program, 'points')).toEqual([points, tier]);
  });
});

describe('solutions partner points', () => {
  const program = loadProgram(join(folder, 'hubspot-solutions-points.yaml'));

  it.each([
    ['HS-D', '', 'USD', 1, '580', 'gold'],
    ['HS-D in growth markets', 'Growth market', 'USD', 1, '1160', 'platinum'],
    ["HS-D in euros of the program's table", '', 'EUR', 0.88, '580', 'gold'],
  ])('%s', async (_name, market, currency, rate, points, tier) => {
    await importRows(program, 'facts', [
      'partner,kind,occurred_on,amount,currency,dimension',
      `Acme,sourced mrr,2026-01-31,${4000 * rate},${currency},${market}`,
      `Acme,assisted mrr,2026-01-31,${6000 * rate},${currency},${market}`,
      `Acme,managed mrr,2026-01-31,${20000 * rate},${currency},${market}`,
    ]);
    expect(await outcome(program, 'points')).toEqual([points, tier]);
  });
});
