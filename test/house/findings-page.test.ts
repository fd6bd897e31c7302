import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { findingsPage } from '../../src/app/findings-page.ts';
import { errorRegistry } from '../../src/errors.ts';
import { fromPackageRoot } from '../../src/package-root.ts';
import { programErrors, programWarnings } from '../../src/program/finding-codes.ts';
import { mappingFindings } from '../../src/sync/mapping/finding.ts';

/** The codes that stand in quotes in files of a folder, but in the one that lists them. */
function written(pattern: string, ...where: string[]): string[] {
  const found = execFileSync('git', ['grep', '--untracked', '-ohE', `'${pattern}'`, '--', ...where], {
    encoding: 'utf8',
  });
  return [...new Set(found.trim().split('\n'))].map((code) => code.replaceAll("'", '')).sort();
}

describe('docs/findings.md', () => {
  it('shows the codes; UPDATE_DOCS=1 writes it', () => {
    const file = fromPackageRoot('docs', 'findings.md');
    if (process.env.UPDATE_DOCS === '1') writeFileSync(file, findingsPage());
    expect(readFileSync(file, 'utf8')).toBe(findingsPage());
  });

  it('has exactly the codes that a check of a program can give', () => {
    const used = written('PROGRAM_[A-Z_]+', 'src', ':!src/program/finding-codes.ts', ':!src/errors');
    const known = Object.keys({ ...programErrors, ...programWarnings });
    expect(used.filter((code) => !(code in errorRegistry))).toEqual(known.sort());
  });

  it('has exactly the codes that a check of a mapping can give', () => {
    const codes = Object.keys(mappingFindings);
    const used = written(`(${codes.join('|')})`, 'src/sync', ':!src/sync/mapping/finding.ts');
    expect(used).toEqual(codes.sort());
  });

  it('has no code that an error, or another list, has as well', () => {
    const codes = [...Object.keys(programErrors), ...Object.keys(programWarnings)];
    expect(codes.filter((code) => code in errorRegistry)).toEqual([]);
    expect(new Set(codes).size).toBe(codes.length);
  });
});
