import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { fromPackageRoot } from '../../src/package-root.ts';
import { programJsonSchema } from '../../src/program/json-schema.ts';
import { loadProgram } from '../../src/program/load.ts';
import { digitsOf } from '../../src/program/units.ts';
import { loadProject } from '../../src/project.ts';
import { initProject } from '../../src/project-init.ts';
import { shippedProgram, shippedPrograms } from '../../src/project-programs.ts';
import { connectors } from '../../src/registry.ts';
import { loadMappings } from '../../src/sync/mapping/mapping.ts';

const folder = fromPackageRoot('programs');
const files = readdirSync(folder).filter((file) => file.endsWith('.yaml'));

describe('the shipped programs', () => {
  it('are a starter, those for two kinds of partner, and one without tiers', () => {
    expect(files).toEqual(['isv.yaml', 'msp.yaml', 'no-tiers.yaml', 'starter.yaml']);
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

  it.each(connectors.flatMap((manifest) => shippedPrograms().map((name) => [manifest.id, name] as const)))(
    'have all their KPIs in the reports of %s, with the digits that they carry: %s',
    (crm, name) => {
      const made = mkdtempSync(join(tmpdir(), 'tierlink-programs-'));
      const manifest = connectors.find(({ id }) => id === crm)!;
      initProject({ folder: made, connection: { manifest, alias: 'prod' }, program: `${name}.yaml` });
      const { attributes } = loadMappings(join(made, 'mappings', crm)).find(
        ({ entity }) => entity === 'kpiPeriod',
      )!;
      const { kpis } = loadProgram(join(made, loadProject(made).program));
      for (const [kpi, { unit }] of Object.entries(kpis)) {
        const install = attributes[`kpi.${kpi}`]?.install;
        expect([kpi, install?.type]).toEqual([kpi, 'number']);
        expect(install!.scale).toBeGreaterThanOrEqual(digitsOf(unit));
        // What a field of the CRM may be called at most.
        expect(install?.label?.length).toBeLessThanOrEqual(40);
      }
      expect(attributes).toMatchObject({
        currency: { install: { type: 'text' } },
        fit: { install: { scale: 1 } },
      });
    },
  );

  it('name the one that was meant where there is none', () => {
    expect(shippedProgram('msp')).toEqual({ file: 'msp.yaml' });
    expect(shippedProgram('published/odoo-partnership.yaml')).toEqual({
      file: 'published/odoo-partnership.yaml',
    });
    expect(shippedProgram('odoo-partnership')).toEqual({ file: 'published/odoo-partnership.yaml' });
    expect(shippedProgram('startr.yaml')).toEqual({
      reason: expect.stringMatching(/no program "startr.yaml", but isv, msp, .*; did you mean "starter"\?$/),
    });
  });

  it('that are missing are an error that names the file', () => {
    expect(() => loadProgram(join(folder, 'none.yaml'))).toThrow(
      expect.objectContaining({ code: 'PROGRAM_MISSING' }),
    );
  });
});
