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

  it.each(['salesforce', 'dynamics'])(
    'have all their KPIs in the reports of %s, with the digits that they carry',
    (crm) => {
      const { attributes } = loadMappings(fromPackageRoot('mappings', crm)).find(
        ({ entity }) => entity === 'kpiPeriod',
      )!;
      const kpis = files.flatMap((file) => Object.entries(loadProgram(join(folder, file)).kpis));
      for (const [kpi, { unit }] of kpis) {
        const install = attributes[`kpi.${kpi}`]?.install;
        expect([kpi, install?.type]).toEqual([kpi, 'number']);
        expect(install!.scale).toBeGreaterThanOrEqual(digitsOf(unit));
      }
      expect(attributes).toMatchObject({
        currency: { install: { type: 'text' } },
        fit: { install: { scale: 1 } },
      });
    },
  );

  it('that are missing are an error that names the file', () => {
    expect(() => loadProgram(join(folder, 'none.yaml'))).toThrow(
      expect.objectContaining({ code: 'PROGRAM_MISSING' }),
    );
  });
});
