import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { fromPackageRoot } from '../../src/package-root.ts';
import { loadProgram, type Program } from '../../src/program/load.ts';
import { checkKpis } from '../../src/sync/mapping/check-kpis.ts';
import { readMappings } from '../../src/sync/mapping/mapping.ts';

const starter = loadProgram(fromPackageRoot('programs/starter.yaml'));
const noTiers = loadProgram(fromPackageRoot('programs/no-tiers.yaml'));

/** A program that measures these, each in the unit of the starter's sourced revenue unless it says so. */
function measuring(kpis: Record<string, Partial<Program['kpis'][string]>>, more: Partial<Program> = {}) {
  const { sourcedRevenue } = starter.kpis;
  const own = Object.entries(kpis).map(([key, kpi]) => [key, { ...sourcedRevenue!, ...kpi }]);
  return { kpis: Object.fromEntries(own), idealProfile: undefined, ...more };
}

/** What the check says of a file with these lines of KPIs. */
function check(program: Parameters<typeof checkKpis>[1], lines: readonly string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'mappings-'));
  const text = [
    'object: Period',
    'entity: kpiPeriod',
    'key: Our_Id',
    'create: true',
    'attributes:',
    ...lines,
  ];
  writeFileSync(join(folder, 'kpi-period.yaml'), text.join('\n'));
  const { mappings, findings, sources } = readMappings(folder);
  expect(findings).toEqual([]);
  return checkKpis(mappings, program, sources);
}

const line = (attribute: string, field: string) => `  ${attribute}: { field: ${field}, direction: out }`;

describe.each(['salesforce', 'dynamics'])('the shipped mappings of %s', (crm) => {
  const { mappings, sources } = readMappings(fromPackageRoot('mappings', crm));

  it('write everything that the shipped programs measure, and say in one note what one of them does not', () => {
    const found = [starter, noTiers].map((program) => checkKpis(mappings, program, sources));
    expect(found.map((each) => each.map(({ level, code }) => `${level} ${code}`))).toEqual([
      ['note KPI_UNKNOWN'],
      ['note KPI_UNKNOWN'],
    ]);
    expect(found[0]![0]!.message).toContain('stay empty: revenueGrowth, fit');
    expect(found[1]![0]!.message).toContain('influencedRevenue, averageDeal');
  });
});

describe('KPIs that no mapping writes', () => {
  it('come with lines that write them, with fields named as the others are', () => {
    const program = measuring(
      { sourcedRevenue: {}, newLogos: { label: 'New logos', unit: 'count' } },
      { idealProfile: noTiers.idealProfile },
    );
    const [salesforce] = check(program, [line('kpi.sourcedRevenue', 'Sourced_Revenue__c')]);
    expect(salesforce).toMatchObject({
      level: 'note',
      code: 'KPI_NOT_WRITTEN',
      line: 5,
      path: 'attributes',
      message: 'in the program, but not written into the CRM: newLogos, fit',
      paste: [
        'kpi.newLogos: { field: New_Logos__c, direction: out, install: { type: number, label: New logos, precision: 9, scale: 0 } }',
        'fit: { field: Fit__c, direction: out, install: { type: number, label: Fit (0 to 100), precision: 4, scale: 1 } }',
      ],
    });
    const [dynamics] = check(program, [line('kpi.sourcedRevenue', 'our_sourcedrevenue')]);
    expect(dynamics!.paste!.map((each) => /field: (\w+)/.exec(each)![1])).toEqual([
      'our_newlogos',
      'our_fit',
    ]);
  });

  it('are nothing to tell once the lines are in the file', () => {
    const program = measuring({
      sourcedRevenue: {},
      speed: { label: 'Speed: how fast, in all', unit: 'days' },
      margin: { label: '100% margin', unit: 'percent' },
    });
    const written = line('kpi.sourcedRevenue', 'Sourced_Revenue__c');
    const [note] = check(program, [written]);
    expect(note!.paste).toHaveLength(2);
    expect(check(program, [written, ...note!.paste!.map((each) => `  ${each}`)])).toEqual([]);
  });

  it('have room for points with their hundredths', () => {
    const program = measuring({ total: { label: 'Total', unit: 'points' } });
    const [note] = check(program, [line('kpi.sourcedRevenue', 'Sourced_Revenue__c')]).slice(-1);
    expect(note!.paste!.join()).toContain('label: Total (Points), precision: 11, scale: 2');
  });

  it('are nothing to tell where no mapping writes any', () => {
    expect(checkKpis([], starter, [])).toEqual([]);
  });
});

describe('KPIs that the program does not have', () => {
  it('are told in one note', () => {
    const found = check(measuring({ revenue: {} }), [
      line('kpi.revenue', 'Revenue'),
      line('kpi.somethingElse', 'Other'),
      line('kpi.growth', 'Growth'),
      line('fit', 'Fit'),
    ]);
    expect(found).toMatchObject([
      {
        level: 'note',
        code: 'KPI_UNKNOWN',
        line: 5,
        message: expect.stringContaining('somethingElse, growth, fit'),
      },
    ]);
  });

  it('are no misspellings of KPIs that are called alike', () => {
    const program = measuring({ soldRevenue: {}, certificatePeople: { unit: 'people' } });
    const found = check(program, [
      line('kpi.sourcedRevenue', 'Sourced'),
      line('kpi.certifiedPeople', 'People'),
    ]);
    expect(found.map(({ level, code }) => `${level} ${code}`)).toEqual([
      'note KPI_UNKNOWN',
      'note KPI_NOT_WRITTEN',
    ]);
    expect(found[1]!.paste).toHaveLength(2);
  });

  it('are misspelt where one that nothing writes is near, and that one is not told twice', () => {
    const found = check(measuring({ sourcedRevenue: {}, winRate: {} }), [
      line('kpi.sourcedRevenu', 'Sourced'),
      line('kpi.winRate', 'Win'),
      // Near to one that is written: it cannot be meant.
      line('kpi.winRates', 'Wins'),
    ]);
    expect(found).toMatchObject([
      {
        level: 'warn',
        code: 'KPI_UNKNOWN',
        line: 6,
        path: 'attributes.kpi.sourcedRevenu',
        message: expect.stringContaining('did you mean sourcedRevenue?'),
      },
      { level: 'note', message: expect.stringContaining('stay empty: winRates') },
    ]);
    expect(found).toHaveLength(2);
  });
});
