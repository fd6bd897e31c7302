import { runQueueContract } from '../contract/queue.ts';
import { forgetJobs } from '../services/forget-jobs.ts';
import { openTestStore } from '../services/test-store.ts';

runQueueContract({
  name: 'embedded',
  async make() {
    const store = await openTestStore();
    return { store, addresses: {}, empty: () => forgetJobs(store), close: () => store.close() };
  },
});
