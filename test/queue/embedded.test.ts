import { runQueueContract } from '../contract/queue.ts';
import { forgetJobs } from '../services/forget-jobs.ts';
import { openEmbeddedTestStore } from '../services/test-store.ts';

runQueueContract({
  name: 'embedded',
  async make() {
    const store = await openEmbeddedTestStore();
    return { store, addresses: {}, empty: () => forgetJobs(store), close: () => store.close() };
  },
});
