import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { computeAll } from '../../src/kpi/compute-all.ts';
import { readKpis } from '../../src/kpi/read.ts';
import { recomputeKpis } from '../../src/kpi/recompute.ts';
import type { KpiValue } from '../../src/kpi/types.ts';
import { fromPackageRoot } from '../../src/package-root.ts';
import { dayOf } from '../../src/program/civil-date.ts';
import { exactRatio, exactText } from '../../src/program/exact.ts';
import { loadProgram, type Program } from '../../src/program/load.ts';
import { effectiveProgram } from '../../src/program/versions.ts';
import type { Store } from '../../src/store/store.ts';
import { importFile } from '../../src/sync/import/import.ts';
import { explainTier } from '../../src/tier/explain/explain.ts';
import { loadInputs } from '../../src/tier/load.ts';
import { withChanges } from '../../src/tier/look/changed-inputs.ts';
import { simulateTier } from '../../src/tier/look/simulate.ts';
import { evaluateTiers } from '../../src/tier/run.ts';
import { insertRows } from '../kpi/sample.ts';
import { emptyStore, openTestStore } from '../services/test-store.ts';

/** What the published programs do beside their tables of cases (golden.test.ts). */
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

it.each(files)('%s names the schema in its first line, and where its rules come from', (file) => {
  const [first] = readFileSync(join(folder, file), 'utf8').split('\n');
  expect(first).toBe('# yaml-language-server: $schema=../program.schema.json');
  const { published, validFrom } = loadProgram(join(folder, file));
  expect(published?.sources.map(({ url }) => url)).toContainEqual(expect.stringMatching(/^https:/));
  expect(published!.readOn >= validFrom).toBe(true);
  expect(published!.unknown?.length).toBeGreaterThan(0);
});

it('what the sources get wrong by their own rules is written down', () => {
  const wrong = files.filter((file) => loadProgram(join(folder, file)).published?.errata !== undefined);
  expect(wrong).toEqual(['microsoft-business-applications.yaml']);
});

/** Those of which a figure counts certificates. */
const certified = files.filter((file) =>
  JSON.stringify(loadProgram(join(folder, file)).kpis).includes('"certification'),
);

it('certificates count in some of them', () => {
  expect(certified).toEqual([
    'google-partners.yaml',
    'odoo-partnership-2021.yaml',
    'odoo-partnership.yaml',
    'quickbooks-proadvisor.yaml',
    'salesforce-consulting-fy22.yaml',
    'wix-partners.yaml',
  ]);
});

it.each(certified)('%s counts no certificate that was revoked', async (file) => {
  const program = loadProgram(join(folder, file));
  const of = (status: string) => async (code: string, index: number) =>
    await insertRows(store, 'certification', [
      { id: `${status}${index}`, person: 'p', partner: 'A', code, status, issued_on: '2026-10-01' },
    ]);
  const asked = JSON.stringify(program.kpis).matchAll(/"attribute":"code","(?:is|in)":("[^"]*"|\[[^\]]*\])/g);
  const codes = [
    ...Object.keys(program.certificates?.codes ?? {}),
    ...[...asked].flatMap(([, text]) => JSON.parse(text!) as string | string[]),
    'anything',
  ];
  const counted = async () => {
    const kpis = Object.keys(program.kpis).filter((kpi) =>
      JSON.stringify(program.kpis[kpi]).includes('"certification'),
    );
    const scope = { program, asOf: '2026-11-23', now, feeds: [] };
    const values = await computeAll(store, scope, { kpis, partners: ['A'] });
    return values.map(({ kpi, numerator }) => `${kpi} ${numerator}`);
  };
  await insertRows(store, 'person', [{ id: 'p', partner: 'A', role: 'account strategist' }]);
  const spend = {
    partner: 'A',
    kind: 'ad spend',
    occurred_on: '2026-11-20',
    amount: 500,
    amount_currency: 'USD',
  };
  await insertRows(
    store,
    'fact',
    codes.map((dimension, index) => ({ ...spend, id: `f${index}`, dimension })),
  );
  const none = await counted();
  for (const [index, code] of codes.entries()) await of('revoked')(code, index);
  expect(await counted()).toEqual(none);
  for (const [index, code] of codes.entries()) await of('active')(code, index);
  expect(await counted()).not.toEqual(none);
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

  /** A usage of 40,000 a year ago; since then 4 adds and, where `isGrown`, 3 deployments, else 2, and 52,000 or 44,000. */
  async function load({ isGrown }: { isGrown: boolean }) {
    const [contoso, adatum] = isGrown ? [170, 25000] : [135, 20000];
    await importRows(program, 'facts', [
      'partner,kind,occurred_on,subject,dimension,quantity,amount',
      'Acme,intermediate people,2026-10-31,,,3,',
      'Acme,advanced people,2026-10-31,,,1,',
      'Acme,usage,2025-10-31,Contoso,Power Apps,200,4000',
      `Acme,usage,2026-10-31,Contoso,Power Apps,${contoso},4000`,
      'Acme,usage,2026-10-31,Fabrikam,Business Central,6,600',
      'Acme,usage,2026-10-31,Northwind,Business Central,5,250',
      `Acme,usage,2026-10-31,Adatum,Customer Insights,${adatum},500`,
      'Acme,usage,2026-10-31,Litware,Finance and Operations,20,300',
    ]);
  }

  it('has no figure while a month was not imported, and demotes nobody for it', async () => {
    await importRows(program, 'facts', [
      'partner,kind,occurred_on,quantity',
      'Acme,intermediate people,2026-10-31,5',
    ]);
    expect(await outcome(program, 'capabilityScore')).toEqual(['-', 'member']);
    const { requirements } = await explainTier(store, { program, partnerId: 'A', now });
    expect(requirements[0]).toMatchObject({ state: 'pending' });
    expect(requirements[0]!.reason).toContain('there is nothing to measure yet');
  });

  it('comes out the same from the records alone, as it is computed for other days', async () => {
    await load({ isGrown: true });
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
    await load({ isGrown: false });
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
    await load({ isGrown: false });
    await outcome(program, 'capabilityScore');
    const [inputs] = await loadInputs(store, { program, partners: ['A'], now });
    const late = ['usageGrowth', 'usageGrowthPoints', 'growthPoints', 'capabilityScore', 'weakestMetric'];
    const kpis = inputs!.kpis.map((one) =>
      late.includes(one.kpi)
        ? { ...one, state: 'provisional' as const, stateReason: { code: 'inputs_open' as const } }
        : one,
    );
    const stateOf = (changes: { name: string; value: string }[]) =>
      withChanges(
        program,
        { ...inputs!, kpis },
        { changes, peers: () => [], day: dayOf(now, program.timeZone) },
      ).kpis.find(({ kpi }) => kpi === 'capabilityScore');
    expect(stateOf([{ name: 'customerAdds', value: '5' }])).toMatchObject({ state: 'provisional' });
    expect(stateOf([{ name: 'usageGrowth', value: '30' }])).toMatchObject({
      state: 'current',
      stateReason: null,
    });
  });

  it('tells which metrics could bring how much', async () => {
    await load({ isGrown: false });
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

describe('the agreement of Odoo, whose version 11 changed thresholds and the meaning of retention', () => {
  const [before, after] = ['odoo-partnership-2021.yaml', 'odoo-partnership.yaml'].map((file) =>
    loadProgram(join(folder, file)),
  );
  const at = (day: string) => Date.parse(`${day}T12:00:00Z`);

  /** The program in force, the tier that its rules give and the tier that the partner holds. */
  async function on(day: string): Promise<string> {
    const file = day < after!.validFrom ? before! : after!;
    const program = await effectiveProgram(store, file, at(day));
    await recomputeKpis(store, { program, now: at(day) });
    await evaluateTiers(store, { program, now: at(day) });
    const { tier, state } = await explainTier(store, { program, partnerId: 'A', now: at(day) });
    return `${program.version}: ${state.computedTier}, holds ${tier}`;
  }

  it('holds from its first day; what it costs is taken at the next quarterly review', async () => {
    await importRows(before!, 'facts', [
      'partner,kind,occurred_on,quantity,dimension,expires_on,id',
      'Acme,users,2023-03-31,210,new customer,,u1',
      'Acme,users,2023-04-30,20,churn,,u2',
      // Two customers of three years, one of whom left two years ago; five contracts, all of them active.
      'Acme,customer,2021-03-31,,,2022-03-31,c1',
      'Acme,customer,2021-03-31,,,,c2',
      ...['k1', 'k2', 'k3', 'k4', 'k5'].map((id) => `Acme,contract,2020-03-31,,,,${id}`),
    ]);
    await importRows(before!, 'certifications', [
      'email,code,issued_on,partner',
      ...['a', 'b', 'c'].map((who) => `${who}@acme.example,ODOO-16,2022-12-01,Acme`),
    ]);
    // 210 users sold and 3 certified people are Gold; net of churn they are 190, and 1 customer of 2 is 50 %.
    expect(await on('2023-05-18')).toBe('9b: gold, holds Gold');
    expect(await on('2023-05-19')).toBe('11: ready, holds Gold');
    expect(await on('2023-06-30')).toBe('11: ready, holds Gold');
    expect(await on('2023-07-01')).toBe('11: ready, holds Ready');
    const asked = { kpis: Object.keys(before!.kpis), partners: ['A'] };
    const then = { program: before!, asOf: '2023-07-01', now: at('2023-07-01'), feeds: [] };
    const [users] = await computeAll(store, then, { ...asked, kpis: ['usersSold'] });
    expect(users).toMatchObject({ numerator: '210' });
  });

  it('lets certificates end with the release of the third version after theirs', async () => {
    await importRows(after!, 'certifications', [
      'email,code,issued_on,partner',
      'a@acme.example,ODOO-14,2020-12-01,Acme',
      'a@acme.example,ODOO-16,2022-12-01,Acme',
      'b@acme.example,ODOO-14,2020-12-01,Acme',
    ]);
    const people = async (day: string) => {
      const scope = { program: after!, asOf: day, now: at(day), feeds: [] };
      const [value] = await computeAll(store, scope, { kpis: ['certifiedPeople'], partners: ['A'] });
      return [value!.numerator, value!.nextChangeAt];
    };
    // Odoo 17 came in November 2023, when the day began in Brussels: from then on 14 is the fourth last.
    expect(await people('2023-10-31')).toEqual(['2', '2023-10-31T23:00:00.000Z']);
    expect((await people('2023-11-01'))[0]).toBe('1');
  });
});

describe('consulting partners whose tier is for the year', () => {
  const program = loadProgram(join(folder, 'salesforce-consulting-fy22.yaml'));

  async function on(day: string): Promise<string> {
    const at = Date.parse(`${day}T20:00:00Z`);
    await recomputeKpis(store, { program, now: at });
    await evaluateTiers(store, { program, now: at });
    const { tier, state } = await explainTier(store, { program, partnerId: 'A', now: at });
    return `${day} ${tier}${state.pending === null ? '' : `, ${state.pending.tier} from ${state.pending.inForceOn}`}`;
  }
  const scored = async (score: number, day: string) =>
    await importRows(program, 'facts', [
      'partner,kind,occurred_on,quantity,dimension',
      `Acme,trailblazer score,${day},${score},Europe`,
    ]);
  const certified = async () =>
    await importRows(program, 'certifications', [
      'email,code,issued_on,partner',
      'a@acme.example,CRED-1,2021-01-31,Acme',
      'b@acme.example,CRED-1,2021-01-31,Acme',
    ]);

  it('rise after a quarter, a month later, and fall after the year alone', async () => {
    await certified();
    await scored(500, '2021-04-30');
    expect(await on('2021-06-15')).toBe('2021-06-15 Crest');
    await scored(100, '2021-07-31');
    expect(await on('2021-08-01')).toBe('2021-08-01 Crest');
    expect(await on('2021-11-01')).toBe('2021-11-01 Crest');
    expect(await on('2022-01-31')).toBe('2022-01-31 Crest');
    expect(await on('2022-02-01')).toBe('2022-02-01 Crest, base from 2022-03-01');
    expect(await on('2022-03-01')).toBe('2022-03-01 Base');
  });

  it('keep what the assessment after a year left them until that after the next one', async () => {
    await certified();
    await scored(500, '2021-04-30');
    expect(await on('2021-06-15')).toBe('2021-06-15 Crest');
    expect(await on('2022-02-01')).toBe('2022-02-01 Crest');
    await scored(100, '2022-04-30');
    for (const day of ['2022-05-01', '2022-08-01', '2022-11-01', '2023-01-31'])
      expect(await on(day)).toBe(`${day} Crest`);
    expect(await on('2023-02-01')).toBe('2023-02-01 Crest, base from 2023-03-01');
  });

  it('keep what they win in the year until the assessment after it', async () => {
    await certified();
    await scored(500, '2021-04-30');
    expect(await on('2021-06-15')).toBe('2021-06-15 Crest');
    expect(await on('2021-08-01')).toBe('2021-08-01 Crest');
    await scored(800, '2021-10-30');
    expect(await on('2021-10-31')).toBe('2021-10-31 Crest');
    expect(await on('2021-11-01')).toBe('2021-11-01 Crest, summit from 2021-12-01');
    expect(await on('2021-12-01')).toBe('2021-12-01 Summit');
    await scored(100, '2022-01-31');
    expect(await on('2022-02-01')).toBe('2022-02-01 Summit, base from 2022-03-01');
  });
});
