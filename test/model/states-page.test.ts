import { readFileSync, writeFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { statesPage } from '../../src/model/states-page.ts';
import { fromPackageRoot } from '../../src/package-root.ts';

it('docs/states.md shows the table of states; UPDATE_DOCS=1 writes it', () => {
  const file = fromPackageRoot('docs', 'states.md');
  if (process.env.UPDATE_DOCS === '1') writeFileSync(file, statesPage());
  expect(readFileSync(file, 'utf8')).toBe(statesPage());
});
