import { readFileSync, writeFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { exportPage } from '../../src/app/export-page.ts';
import { fromPackageRoot } from '../../src/package-root.ts';

it('docs/export.md has every table and column that is exported; UPDATE_DOCS=1 writes it', () => {
  const file = fromPackageRoot('docs', 'export.md');
  if (process.env.UPDATE_DOCS === '1') writeFileSync(file, exportPage());
  expect(readFileSync(file, 'utf8')).toBe(exportPage());
});
