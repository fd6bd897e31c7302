import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { fromPackageRoot } from '../../src/package-root.ts';
import type { Store } from '../../src/store/store.ts';
import { emptyStore, openTestStore } from '../services/test-store.ts';
import { playPage, readPage, writePage } from './golden.ts';

/** The programs by tables that a partner manager can read; UPDATE_GOLDEN=1 writes what comes out into them. */
const folder = fromPackageRoot('test', 'program', 'golden');
const pages = readdirSync(folder);
let store: Store;

beforeAll(async () => {
  store = await openTestStore();
});
afterAll(async () => {
  await store.close();
});
beforeEach(async () => {
  await emptyStore(store);
});

it.each(pages)('%s comes out as it stands there, from files to tier and evidence', async (name) => {
  const page = readPage(join(folder, name));
  const written = writePage(page, await playPage(store, page));
  if (process.env.UPDATE_GOLDEN === '1') writeFileSync(join(folder, name), written);
  else expect(written).toBe(page.text);
});

it('has a page for each program that is published or ready', () => {
  const programs = ['programs', 'programs/published'].flatMap((each) =>
    readdirSync(fromPackageRoot(each))
      .filter((file) => file.endsWith('.yaml'))
      .map((file) => file.replace('.yaml', '.md')),
  );
  expect(pages).toEqual(programs.sort());
});
