import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { fromPackageRoot } from '../../src/package-root.ts';
import { programJsonSchema } from '../../src/program/json-schema.ts';
import { loadProgram } from '../../src/program/load.ts';
import { digitsOf } from '../../src/program/units.ts';
import { loadMappings } from '../../src/sync/mapping.ts';

const folder = fromPackageRoot('programs');
const files = readdirSync(folder).filter((file) => file.endsWith('.yaml'));

describe('the shipped programs', () => {
  it('are a starter and one without tiers', () => {
    expect(files).toEqual(expect.arrayContaining(['starter.yaml', 'no-tiers.yaml']));
  });

  it.each(files)('%s loads and names the schema in its first line', (file) => {
    expect(loadProgram(join(folder, file)).kpis).not.toEqual({});
    const [line] = readFileSync(join(folder, file), 'utf8').split('\n');
    expect(line).toBe('# yaml-language-server: $schema=./program.schema.json');
  });

  it('have a JSON Schema that is current', () => {
    const text = readFileSync(join(folder, 'program.schema.json'), 'utf8');
    expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(programJsonSchema())));
  });

  it('have all KPIs of the starter in the reports of the CRM, with the digits that they carry', () => {
    const periods = loadMappings(fromPackageRoot('mappings/salesforce')).find(
      ({ entity }) => entity === 'kpiPeriod',
    )!;
    for (const [kpi, { unit }] of Object.entries(loadProgram(join(folder, 'starter.yaml')).kpis)) {
      const install = periods.attributes[`kpi.${kpi}`]?.install;
      expect([kpi, install?.type]).toEqual([kpi, 'number']);
      expect(install!.scale).toBeGreaterThanOrEqual(digitsOf(unit));
    }
    expect(periods.attributes.currency).toMatchObject({ install: { type: 'text' } });
  });

  it('that are missing are an error that names the file', () => {
    expect(() => loadProgram(join(folder, 'none.yaml'))).toThrow(
      expect.objectContaining({ code: 'PROGRAM_MISSING' }),
    );
  });
});
