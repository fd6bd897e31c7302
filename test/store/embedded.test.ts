import { runStoreContract } from '../contract/store.ts';
import { openTestStore } from '../services/test-store.ts';

runStoreContract({
  name: 'embedded',
  async make() {
    const store = await openTestStore();
    return { store, other: store, close: () => store.close() };
  },
});
