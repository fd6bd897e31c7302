import { readFileSync, writeFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { connectorsPage } from '../src/connectors-page.ts';
import { fromPackageRoot } from '../src/package-root.ts';
import { connectors } from '../src/registry.ts';

it('docs/connectors.md shows the manifests side by side; UPDATE_DOCS=1 writes it', () => {
  const file = fromPackageRoot('docs', 'connectors.md');
  if (process.env.UPDATE_DOCS === '1') writeFileSync(file, connectorsPage(connectors));
  expect(readFileSync(file, 'utf8')).toBe(connectorsPage(connectors));
});
