import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { computeAll } from '../../src/kpi/compute-all.ts';
import { attributesRead, entitiesRead } from '../../src/kpi/reads.ts';
import { kpiRecords } from '../../src/kpi/records.ts';
import type { KpiValue } from '../../src/kpi/types.ts';
import type { Program } from '../../src/program/load.ts';
import { leastOf } from '../../src/program/score-limits.ts';
import type { Store } from '../../src/store/store.ts';
import { fc } from '../services/fast-check.ts';
import { emptyStore, openTestStore } from '../services/test-store.ts';
import { figureText, insertMany } from './measure-house.ts';
import { insertRows, programOf } from './sample.ts';

/** Figures by region: the same measure from the records of each region, and what is made of them. */
const asOf = '2026-11-23';
let store: Store;

beforeAll(async () => {
  store = await openTestStore();
});
afterAll(async () => {
  await store.close();
});
beforeEach(async () => {
  await emptyStore(store);
  await insertRows(store, 'partner', [{ id: 'A', name: 'Northwind', country: 'Sweden' }]);
});

const regions = `regions:
  records: { deal: customer.country, certification: person.partner.country, fact: dimension, lead: country }
  list:
    - { key: nordics, label: Nordics, countries: [Sweden, SE] }
    - { key: latam, label: Latin America, countries: [Brazil, Chile] }
    - { key: india, label: India, countries: [India] }
    - { key: growth, label: Growth markets, regions: [latam, india] }`;

/** The figures of A by KPI; a word for why there is none. */
async function figures(program: Program, kpis = Object.keys(program.kpis)): Promise<Record<string, string>> {
  return Object.fromEntries((await values(program, kpis)).map((value) => [value.kpi, figureText(value)]));
}

async function values(program: Program, kpis: readonly string[]): Promise<KpiValue[]> {
  const scope = { program, asOf, now: Date.parse(`${asOf}T00:00:00Z`), feeds: [] };
  return await computeAll(store, scope, { kpis, partners: ['A'] });
}

async function insertUsage(rows: readonly [id: string, country: string | null, quantity: number][]) {
  await insertMany(store, 'fact', {
    columns: 'id text, partner text, kind text, dimension text, quantity numeric, occurred_on date',
    rows: rows.map(([id, dimension, quantity]) => ({
      id,
      partner: 'A',
      kind: 'usage',
      dimension,
      quantity,
      occurred_on: '2026-11-01',
    })),
  });
}

const usage =
  '  usage: { label: Usage, help: x, unit: number, perRegion: true, measure: { sum: fact.quantity } }';

describe('a figure by region', () => {
  it('is of the records of the region; those in none are left out of each, with the reason', async () => {
    await insertUsage([
      ['se', ' sweden', 5],
      ['br', 'Brazil', 2],
      ['in', 'INDIA', 4],
      ['no', 'Atlantis', 7],
      ['blank', null, 9],
    ]);
    const program = programOf({ head: regions, kpis: usage });
    expect(await figures(program)).toEqual({
      usage: '27',
      'usage.nordics': '5',
      'usage.latam': '2',
      'usage.india': '4',
      'usage.growth': '6',
    });
    const [nordics] = await values(program, ['usage.nordics']);
    expect(nordics).toMatchObject({ counted: 1, excludedBy: { region_blank: 1, region_unknown: 1 } });
    const request = { program, kpi: 'usage.nordics', partnerId: 'A', now: 0, asOf };
    const { included, excluded } = await kpiRecords(store, request);
    expect(included.map(({ id }) => id)).toEqual(['se']);
    expect(excluded.map(({ id, why }) => `${id}: ${why}`).sort()).toEqual([
      'blank: in no region: its dimension is empty',
      'no: in no region: none has its dimension "Atlantis"',
    ]);
  });

  it('takes every other country where a region says so, and still not a blank one', async () => {
    await insertUsage([
      ['se', 'Sweden', 5],
      ['no', 'Atlantis', 7],
      ['blank', ' ', 9],
    ]);
    const program = programOf({
      head: `${regions}\n    - { key: world, label: World, countries: otherwise }`,
      kpis: usage,
    });
    expect(await figures(program, ['usage.nordics', 'usage.world'])).toEqual({
      'usage.nordics': '5',
      'usage.world': '7',
    });
    const [world] = await values(program, ['usage.world']);
    expect(world!.excludedBy).toEqual({ region_blank: 1 });
  });

  it('takes points back where they were given, whatever the entry that takes them back says', async () => {
    await insertRows(store, 'fact', [
      { id: 'a', partner: 'A', entry: '1', kind: 'points', dimension: 'Sweden', quantity: 10 },
      { id: 'b', partner: 'A', entry: '2', kind: 'points', dimension: 'India', quantity: 4 },
      { id: 'c', partner: 'A', entry: '3', reverses: '1', kind: 'points', quantity: -7 },
      { id: 'd', partner: 'A', entry: '4', reverses: '9', kind: 'points', quantity: -2 },
    ]);
    const program = programOf({ head: regions, kpis: usage });
    expect(await figures(program, ['usage', 'usage.nordics', 'usage.india'])).toEqual({
      usage: '7',
      'usage.nordics': '3',
      'usage.india': '4',
    });
    const [nordics] = await values(program, ['usage.nordics']);
    expect(nordics).toMatchObject({ counted: 2, excludedBy: { entry_gone: 1 } });
  });

  it('says where points were taken back, however long ago they were given', async () => {
    await insertRows(
      store,
      'fact',
      [
        { id: 'a', partner: 'A', entry: '1', dimension: 'Sweden', quantity: 9, occurred_on: '2020-01-01' },
        { id: 'b', partner: 'A', reverses: '1', dimension: 'India', quantity: -9, occurred_on: '2026-11-01' },
      ].map((row) => ({ ...row, kind: 'points' })),
    );
    const recent = usage.replace(
      'fact.quantity',
      'fact.quantity, window: { last: 3 months, by: occurredOn }',
    );
    const program = programOf({ head: regions, kpis: recent });
    const [nordics, india] = await values(program, ['usage.nordics', 'usage.india']);
    expect(nordics).toMatchObject({ counted: 0, excludedBy: { entry_gone: 1 } });
    expect(india).toMatchObject({ counted: 0, excludedBy: {} });
  });

  it('is not in doubt for a record of no region of which nobody knows what it comes to', async () => {
    const spent = {
      partner: 'A',
      kind: 'spend',
      dimension: 'Sweden',
      occurred_on: '2026-11-01',
      amount: '5',
      amount_currency: 'USD',
    };
    await insertRows(store, 'fact', [
      { ...spent, id: 'a' },
      { ...spent, id: 'b', dimension: null, amount_currency: 'XXX', occurred_on: '2026-11-02' },
      { ...spent, id: 'c', dimension: 'Atlantis', kind: 'gift', occurred_on: '2026-11-03' },
    ]);
    const program = programOf({
      head: `${regions}
tables:
  weights: { missing: refuse, entries: { spend: 2 } }`,
      kpis: `  spend: { label: Spend, help: x, unit: money, perRegion: true, measure: { sum: fact.amount, times: { table: weights, by: kind } } }
  newest: { label: Newest, help: x, unit: money, perRegion: true, measure: { latest: fact.amount, window: { last: 6 months, by: occurredOn } } }`,
    });
    const wanted = ['spend.nordics', 'newest.nordics', 'spend.latam'];
    expect(await figures(program, wanted)).toEqual({
      'spend.nordics': '10',
      'newest.nordics': '5',
      'spend.latam': '0',
    });
    const [spend] = await values(program, wanted);
    expect(spend!.excludedBy).toEqual({ region_blank: 1, region_unknown: 1 });
    const request = { program, kpi: 'newest.nordics', partnerId: 'A', now: 0, asOf };
    const { excluded } = await kpiRecords(store, request);
    expect(excluded.map(({ id, why }) => `${id}: ${why}`).sort()).toEqual([
      'b: in no region: its dimension is empty',
      'c: in no region: none has its dimension "Atlantis"',
    ]);
  });

  it('follows what says in which region a record is', () => {
    const program = programOf({
      head: regions,
      kpis: '  won: { label: Won, help: x, unit: count, perRegion: true, measure: { count: deal } }',
    });
    expect([...entitiesRead(program, 'won')].sort()).toEqual(['credit', 'deal']);
    expect([...entitiesRead(program, 'won.latam')].sort()).toEqual(['credit', 'customer', 'deal']);
    expect([...attributesRead(program, 'won.latam')]).toEqual(
      expect.arrayContaining(['deal.customer', 'customer.country']),
    );
  });

  it('changes when time alone changes its own records', async () => {
    await insertRows(store, 'person', [{ id: 'p', partner: 'A', name: 'P' }]);
    await insertRows(store, 'certification', [
      { id: 'c', person: 'p', code: 'X', issued_on: '2026-01-01', expires_on: '2026-12-31' },
    ]);
    const program = programOf({
      head: regions,
      kpis: '  people: { label: People, help: x, unit: people, perRegion: true, measure: { distinct: certification.person, window: { validFrom: issuedOn, validThrough: expiresOn } } }',
    });
    const found = await values(program, ['people.nordics', 'people.latam']);
    expect(found.map(({ kpi, counted, nextChangeAt }) => [kpi, counted, nextChangeAt])).toEqual([
      ['people.nordics', 1, '2027-01-01T00:00:00.000Z'],
      ['people.latam', 0, null],
    ]);
  });

  it('is what a KPI over the records of the region alone is, whatever is measured', async () => {
    const measures = {
      sum: 'unit: number, measure: { sum: fact.quantity, cap: 20 WHERE }',
      count: 'unit: count, measure: { count: fact WHERE }',
      distinct: 'unit: count, measure: { distinct: fact.kind WHERE }',
      median: 'unit: number, whenEmpty: zero, measure: { median: fact.quantity WHERE }',
      average: 'unit: number, measure: { average: fact.quantity WHERE }',
      largest: 'unit: number, measure: { max: fact.quantity WHERE }',
      newest:
        'unit: number, measure: { latest: fact.quantity, window: { last: 12 months, by: occurredOn } WHERE }',
      groups:
        'unit: count, measure: { distinct: fact.kind, having: { sum: fact.quantity, atLeast: 6 } WHERE }',
      share:
        'unit: percent, minimumSample: 2, ratio: { of: { sum: fact.quantity, FILTER }, to: { count: fact WHERE } }',
    };
    const countries = {
      nordics: '[sweden, se]',
      latam: '[brazil, chile]',
      india: '[india]',
      growth: '[brazil, chile, india]',
    };
    const kpis = Object.entries(measures).flatMap(([key, text]) => [
      `  ${key}: { label: ${key}, help: x, perRegion: true, ${text.replace(' WHERE', '').replace('FILTER', 'where: { attribute: kind, is: a }')} }`,
      ...Object.entries(countries).map(([region, list]) => {
        const where = `where: { attribute: dimension, in: ${list} }`;
        const both = `where: [{ attribute: kind, is: a }, { attribute: dimension, in: ${list} }]`;
        return `  ${key}In${region}: { label: ${key}, help: x, ${text.replace(' WHERE', `, ${where}`).replace('FILTER', both)} }`;
      }),
    ]);
    const program = programOf({ head: regions, kpis: kpis.join('\n') });
    const rows = fc.array(
      fc.tuple(
        fc.constantFrom('a', 'b', 'c'),
        fc.constantFrom('Sweden', 'SE', 'Brazil', 'Chile', 'India', 'Atlantis', null),
        fc.integer({ min: -3, max: 9 }),
      ),
      { maxLength: 14 },
    );
    await fc.assert(
      fc.asyncProperty(rows, async (facts) => {
        await store.query('delete from tierlink.fact');
        await insertMany(store, 'fact', {
          columns: 'id text, partner text, kind text, dimension text, quantity numeric, occurred_on date',
          rows: facts.map(([kind, dimension, quantity], index) => ({
            id: `f${index}`,
            partner: 'A',
            kind,
            dimension,
            quantity,
            occurred_on: `2026-11-0${1 + (index % 3)}`,
          })),
        });
        const found = await figures(program);
        for (const key of Object.keys(measures))
          for (const region of Object.keys(countries))
            expect([key, region, found[`${key}.${region}`]]).toEqual([
              key,
              region,
              found[`${key}In${region}`],
            ]);
      }),
      { numRuns: 25 },
    );
  });
});

describe('a condition on a region', () => {
  it('holds for each of the spellings of its countries, also in a group', async () => {
    await insertUsage([
      ['se', 'se', 5],
      ['br', 'BRAZIL ', 2],
      ['in', 'India', 4],
      ['no', 'Atlantis', 7],
      ['blank', null, 9],
    ]);
    const program = programOf({
      head: regions,
      kpis: `  growing: { label: G, help: x, unit: number, measure: { sum: fact.quantity, where: { attribute: dimension, inRegion: growth } } }
  other: { label: O, help: x, unit: number, measure: { sum: fact.quantity, where: { not: { attribute: dimension, inRegion: [growth, nordics] } } } }`,
    });
    expect(await figures(program)).toEqual({ growing: '6', other: '16' });
  });
});

describe('a certificate that counts in some regions only', () => {
  const program = programOf({
    head: `${regions}
certificates:
  codes:
    LOCAL: { regions: [growth] }
    GLOBAL: { label: Global }`,
    kpis: `  held: { label: Held, help: x, unit: count, perRegion: true, measure: { count: certification, window: { catalogue: true } } }
  masters: { label: Masters, help: x, unit: people, measure: { count: person, where: { has: { count: certification, window: { catalogue: true }, atLeast: 2 } } } }`,
  });
  const held = async (country: string | null) => {
    await store.query('update tierlink.partner set country = $1', [country]);
    const [value] = await values(program, ['held']);
    const found = await figures(program, ['held.nordics', 'held.india', 'masters']);
    return [figureText(value!), value!.excludedBy, ...Object.values(found)];
  };

  it('is left out elsewhere, and where nothing says where it is', async () => {
    await insertRows(store, 'person', [{ id: 'p', partner: 'A', name: 'P' }]);
    await insertRows(store, 'certification', [
      { id: 'l', person: 'p', code: 'local' },
      { id: 'g', person: 'p', code: 'GLOBAL' },
    ]);
    expect(await held('India')).toEqual(['2', {}, '0', '2', '1']);
    expect(await held('Sweden')).toEqual(['1', { wrong_region: 1 }, '1', '0', '0']);
    expect(await held(null)).toEqual(['1', { region_blank: 1 }, '0', '0', '0']);
    expect(await held('Atlantis')).toEqual(['1', { region_unknown: 1 }, '0', '0', '0']);
    const { excluded } = await kpiRecords(store, { program, kpi: 'held', partnerId: 'A', now: 0, asOf });
    expect(excluded.map(({ why }) => why)).toEqual([
      `in no region: none has its person's partner's country "Atlantis"`,
    ]);
  });

  it('makes a figure follow what says where it is, also inside a condition', () => {
    for (const kpi of ['held', 'masters'])
      expect([...attributesRead(program, kpi)]).toEqual(
        expect.arrayContaining(['certification.person', 'person.partner', 'partner.country']),
      );
  });
});

describe('a score over regions', () => {
  const over = (form: string, unit = 'number') =>
    programOf({
      head: regions,
      kpis: `${usage}\n  k: { label: K, help: x, unit: ${unit}, score: { overRegions: { of: usage, ${form} } } }`,
    });

  it.each([
    ['take: best', '5'],
    ['take: worst', '1'],
    ['take: sum', '10'],
    ['take: sum, among: [growth]', '5'],
    ['take: count, atLeast: 4', '2'],
    ['take: count, moreThan: 4', '1'],
    ['take: count, atLeast: { nordics: 6, growth: 1 }', '2'],
    ['take: concentration', '21/50', 'ratio'],
    ['take: concentration', '42', 'percent'],
  ])('%s is %s', async (form, expected, unit = 'number') => {
    await insertUsage([
      ['se', 'Sweden', 5],
      ['br', 'Brazil', 1],
      ['in', 'India', 4],
      ['blank', null, 90],
    ]);
    const program = over(form, unit);
    expect(await figures(program, ['k'])).toEqual({ k: expected });
    const [value] = await values(program, ['k']);
    const regionsCounted = form.includes('among') ? 2 : 3;
    expect(value).toMatchObject({ counted: regionsCounted, excluded: 1, excludedBy: { region_blank: 1 } });
    const { included, excluded } = await kpiRecords(store, {
      program,
      kpi: 'k',
      partnerId: 'A',
      now: 0,
      asOf,
    });
    expect(included).toHaveLength(regionsCounted);
    expect(excluded.map(({ id, part }) => [id, part])).toEqual([['blank', 'usage']]);
  });

  it('beside the whole counts the records of both', async () => {
    await insertUsage([
      ['se', 'Sweden', 5],
      ['blank', null, 90],
    ]);
    const program = programOf({
      head: regions,
      kpis: `${usage}
  regional: { label: R, help: x, unit: number, score: { overRegions: { of: usage, take: sum } } }
  k: { label: K, help: x, unit: number, score: { sum: [usage, regional] } }`,
    });
    const [value] = await values(program, ['k']);
    expect([figureText(value!), value!.counted, value!.excludedBy]).toEqual(['100', 3, { region_blank: 1 }]);
    const { included, excluded } = await kpiRecords(store, {
      program,
      kpi: 'k',
      partnerId: 'A',
      now: 0,
      asOf,
    });
    expect(included.map(({ id, part }) => [id, part])).toEqual([
      ['blank', 'usage'],
      ['se', 'usage'],
      ['se', 'usage.nordics'],
    ]);
    expect(excluded.map(({ id, part }) => [id, part])).toEqual([['blank', 'usage.nordics']]);
  });

  it('says of each region what it has and whether it counts', async () => {
    await insertUsage([
      ['se', 'Sweden', 5],
      ['br', 'Brazil', 1],
    ]);
    const [counting] = await values(over('take: count, atLeast: 4'), ['k']);
    expect(counting!.score!.parts.map(({ kpi, label, counts, note }) => [kpi, label, counts, note])).toEqual([
      ['usage.nordics', 'Usage (Nordics)', true, null],
      ['usage.latam', 'Usage (Latin America)', false, 'needs 4, has 1'],
      ['usage.india', 'Usage (India)', false, 'needs 4, has 0'],
    ]);
    const [best] = await values(over('take: best'), ['k']);
    expect(best!.score!.parts.map(({ counts, brings }) => [counts, brings?.numerator])).toEqual([
      [true, '5'],
      [false, '1'],
      [false, '0'],
    ]);
  });

  it('leaves out regions in which there is nothing to measure', async () => {
    const program = (form: string, whenEmpty: string) =>
      programOf({
        head: regions,
        kpis: `  size: { label: Size, help: x, unit: number, perRegion: true, whenEmpty: ${whenEmpty}, measure: { median: fact.quantity } }
  k: { label: K, help: x, unit: number, score: { overRegions: { of: size, ${form} } } }`,
      });
    expect(await figures(program('take: worst', 'pending'), ['k'])).toEqual({ k: 'part_empty' });
    expect(await figures(program('take: count, atLeast: 3', 'pending'), ['k'])).toEqual({ k: 'part_empty' });
    const [open] = await values(program('take: worst', 'pending'), ['k']);
    expect(open!.score!.reason).toBe('in every region: there is nothing to measure yet');
    expect(await figures(program('take: count, atLeast: 3', 'fail'), ['k'])).toEqual({ k: '0' });
    expect(await figures(program('take: count, atLeast: 3', 'pass'), ['k'])).toEqual({ k: '3' });
    await insertUsage([['se', 'Sweden', 5]]);
    expect(await figures(program('take: worst', 'pending'), ['k'])).toEqual({ k: '5' });
    expect(await figures(program('take: sum', 'pending'), ['k'])).toEqual({ k: '5' });
    expect(await figures(program('take: worst', 'zero'), ['k'])).toEqual({ k: '0' });
    expect(await figures(program('take: count, atLeast: 3', 'pending'), ['k'])).toEqual({ k: '1' });
    expect(await figures(program('take: count, atLeast: 3', 'pass'), ['k'])).toEqual({ k: '3' });
    const [value] = await values(program('take: worst', 'pending'), ['k']);
    expect(value!.score!.parts.map(({ counts, note }) => [counts, note])).toEqual([
      [true, null],
      [false, 'there is nothing to measure yet'],
      [false, 'there is nothing to measure yet'],
    ]);
  });

  it('takes a whole score as if the partner were in each region, with the numbers of that one', async () => {
    await insertUsage([
      ['se', 'Sweden', 5],
      ['br', 'Brazil', 1],
      ['in', 'India', 4],
    ]);
    const program = programOf({
      head: regions,
      kpis: `${usage}
  all: { label: All, help: x, unit: number, measure: { count: fact } }
  usagePoints: { label: Usage points, help: x, unit: points, score: { linear: { of: usage, full: { nordics: 20, growth: 5 }, points: 100 } } }
  allPoints: { label: All points, help: x, unit: points, score: { each: { of: all, points: 1 } } }
  total: { label: Total, help: x, unit: points, score: { sum: [usagePoints, allPoints] } }
  best: { label: Best, help: x, unit: points, score: { overRegions: { of: total, take: best } } }
  good: { label: Good, help: x, unit: count, score: { overRegions: { of: total, take: count, atLeast: 28 } } }`,
    });
    expect(await figures(program, ['total', 'best', 'good'])).toEqual({ total: '53', best: '83', good: '2' });
    const [best] = await values(program, ['best']);
    expect(best!.score!.parts.map(({ label, brings, counts }) => [label, brings?.numerator, counts])).toEqual(
      [
        ['Total (Nordics)', '28', false],
        ['Total (Latin America)', '23', false],
        ['Total (India)', '83', true],
      ],
    );
  });

  it('has as its fewest what can be taken away in each region', () => {
    const program = programOf({
      head: regions,
      kpis: `${usage}
${usage.replace('usage:', 'points:').replace('unit: number', 'unit: points')}
  lost: { label: Lost, help: x, unit: points, score: { bands: { of: usage, table: [{ from: 0, points: { nordics: -5, growth: -2 } }, { from: 9, points: 3 }] } } }
  sum: { label: Sum, help: x, unit: points, score: { overRegions: { of: lost, take: sum } } }
  best: { label: Best, help: x, unit: points, score: { overRegions: { of: lost, take: best } } }
  worst: { label: Worst, help: x, unit: points, score: { overRegions: { of: lost, take: worst } } }
  measured: { label: Measured, help: x, unit: points, score: { overRegions: { of: points, take: sum } } }`,
    });
    const least = (kpi: string) => leastOf(program, kpi, { track: null, region: null })?.toFraction() ?? null;
    expect(['sum', 'best', 'worst', 'measured'].map(least)).toEqual(['-9', '-2', '-5', null]);
  });
});
