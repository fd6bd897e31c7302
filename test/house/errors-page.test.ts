import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { exitCodes } from '../../src/cli/exit-codes.ts';
import { type ErrorDefinition, errorRegistry } from '../../src/errors.ts';
import { errorsPage } from '../../src/errors-page.ts';
import { fromPackageRoot } from '../../src/package-root.ts';

const definitions: [string, ErrorDefinition][] = Object.entries(errorRegistry);

describe('the error registry', () => {
  it('docs/errors.md shows it; UPDATE_DOCS=1 writes it', () => {
    const file = fromPackageRoot('docs', 'errors.md');
    if (process.env.UPDATE_DOCS === '1') writeFileSync(file, errorsPage());
    expect(readFileSync(file, 'utf8')).toBe(errorsPage());
  });

  it('names a next step for every code', () => {
    const without = definitions.filter(
      ([, { actions }]) => actions.length === 0 || actions.some((action) => action.trim() === ''),
    );
    expect(without).toEqual([]);
  });

  it('keeps the exit codes that scripts know', () => {
    const known = new Set(exitCodes.map(([code]) => code));
    expect(definitions.filter(([, { exit }]) => !known.has(exit ?? 1)).map(([code]) => code)).toEqual([]);
  });

  it('is used: every code is thrown or mapped somewhere', async () => {
    const { execFileSync } = await import('node:child_process');
    const code = execFileSync(
      'git',
      [
        'grep',
        '-hoE',
        "'[A-Z]+(_[A-Z]+)+'|'(USAGE|PARTIAL|INTERRUPTED|INTERNAL)'",
        '--',
        'src',
        'connectors',
        'jobs',
        ':!src/errors',
      ],
      {
        encoding: 'utf8',
      },
    );
    const used = new Set(code.split('\n').map((text) => text.replaceAll("'", '')));
    expect(definitions.map(([name]) => name).filter((name) => !used.has(name))).toEqual([]);
  });
});
