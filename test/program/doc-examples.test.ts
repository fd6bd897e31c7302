import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { fromPackageRoot } from '../../src/package-root.ts';
import { parseProgram } from '../../src/program/load.ts';
import { measureSchema } from '../../src/program/schema/kpi.ts';
import { programSchema } from '../../src/program/schema/schema.ts';
import { wholeProgram } from './whole-program.ts';

function pageOf(file: string): string {
  return readFileSync(fromPackageRoot('docs', file), 'utf8');
}

function examplesOf(text: string): string[] {
  return [...text.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, example]) => example!);
}

/** Pages whose YAML is that of another file than a program. */
const otherFiles = ['alerts.md', 'install.md', 'looking-ahead-and-back.md', 'verification.md'];

const pages = readdirSync(fromPackageRoot('docs')).filter(
  (file) => file.endsWith('.md') && !otherFiles.includes(file),
);

describe('the YAML of docs/', () => {
  it.each(pages.flatMap((file) => examplesOf(pageOf(file)).map((example) => [file, example] as const)))(
    'is in %s a sound part of a program: %s',
    (_, example) => {
      const parts = Object.keys(parse(example) as object);
      expect(parts.filter((key) => !(key in programSchema.shape))).toEqual([]);
      expect(parseProgram(wholeProgram(example), 'example.yaml').findings).toEqual([]);
    },
  );
});

describe('the page on measures', () => {
  it('names every key of a measure as one: in an example, or as code', () => {
    const page = pageOf('measures.md');
    const code = [...examplesOf(page), ...[...page.matchAll(/`([^`\n]+)`/g)].map(([, one]) => one!)];
    const isNamed = (key: string) => code.some((one) => new RegExp(`(^|[^\\w.])${key}(:|$)`, 'm').test(one));
    expect(Object.keys(measureSchema.shape).filter((key) => !isNamed(key))).toEqual([]);
    expect([page.includes('figure'), isNamed('figure')]).toEqual([true, false]);
  });
});
