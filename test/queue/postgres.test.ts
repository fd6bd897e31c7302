import { openStore } from '../../src/store/open-store.ts';
import { runQueueContract } from '../contract/queue.ts';
import { describeWith } from '../services/describe-with.ts';
import { forgetJobs } from '../services/forget-jobs.ts';
import { postgresPrograms, startPostgres } from '../services/postgres.ts';

runQueueContract({
  name: 'PostgreSQL',
  describe: describeWith(postgresPrograms),
  isShared: true,
  async make() {
    const server = await startPostgres();
    const store = await openStore({ databaseUrl: server.url, dataFolder: '' });
    return {
      store,
      addresses: { databaseUrl: server.url },
      empty: () => forgetJobs(store),
      async close() {
        await store.close();
        await server.stop();
      },
    };
  },
});
