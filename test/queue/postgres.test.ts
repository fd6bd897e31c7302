import { openStore } from '../../src/store/open-store.ts';
import { runQueueContract } from '../contract/queue.ts';
import { describeWith } from '../services/describe-with.ts';
import { forgetJobs } from '../services/forget-jobs.ts';
import { postgresPrograms } from '../services/postgres.ts';
import { createTestDatabase } from '../services/shared-database.ts';

runQueueContract({
  name: 'PostgreSQL',
  describe: describeWith(postgresPrograms),
  isShared: true,
  async make() {
    const database = await createTestDatabase();
    const store = await openStore({ databaseUrl: database.url, dataFolder: '' });
    return {
      store,
      addresses: { databaseUrl: database.url },
      empty: () => forgetJobs(store),
      async close() {
        await store.close();
        await database.drop();
      },
    };
  },
});
