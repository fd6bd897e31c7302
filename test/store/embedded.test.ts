import { runStoreContract } from '../contract/store.ts';
import { openEmbeddedTestStore } from '../services/test-store.ts';

runStoreContract({
  name: 'embedded',
  async make() {
    const store = await openEmbeddedTestStore();
    return { store, other: store, close: () => store.close() };
  },
});
