import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { fromPackageRoot } from '../../src/package-root.ts';
import { parseProgram } from '../../src/program/load.ts';
import { measureSchema } from '../../src/program/schema-kpi.ts';

const page = pageOf('measures.md');

function pageOf(file: string): string {
  return readFileSync(fromPackageRoot('docs', file), 'utf8');
}

function examplesOf(text: string): string[] {
  return [...text.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, example]) => example!);
}

/** What a program file has besides the parts that an example shows. */
const head: Readonly<Record<string, string>> = {
  name: 'name: example',
  title: 'title: Example',
  version: 'version: "1"',
  validFrom: 'validFrom: 2026-01-01',
  timeZone: 'timeZone: UTC',
  currency: 'currency: { code: USD }',
  partnerTypes: 'partnerTypes: [{ key: reseller, label: Reseller }]',
  kpis: 'kpis: {}',
};

describe('an example', () => {
  it.each(['writing-a-program.md', 'measures.md', 'regions.md'].flatMap((file) => examplesOf(pageOf(file))))(
    'is a sound part of a program: %s',
    (example) => {
      const rest = Object.entries(head).filter(([key]) => !new RegExp(`^${key}:`, 'm').test(example));
      const text = `${rest.map(([, line]) => line).join('\n')}\n${example}`;
      expect(parseProgram(text, 'example.yaml').findings).toEqual([]);
    },
  );
});

describe('the page on measures', () => {
  it('names every key of a measure', () => {
    for (const key of Object.keys(measureSchema.shape)) expect(page).toMatch(new RegExp(`\\b${key}\\b`));
  });
});
