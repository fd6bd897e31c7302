import { afterAll, beforeAll, beforeEach } from '@jest/globals';
import type { Store } from '../../src/store/store.ts';
import { emptyStore, openTestStore } from './test-store.ts';

/** One store for the tests of a file, empty when each of them begins; `begin` is told of it each time. */
export function storeForEach(begin: (store: Store) => unknown, open = openTestStore): void {
  let store: Store;
  beforeAll(async () => {
    store = await open();
  });
  afterAll(async () => await store.close());
  beforeEach(async () => {
    await emptyStore(store);
    await begin(store);
  });
}
