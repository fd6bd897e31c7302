import { openStore } from '../../src/store/open-store.ts';
import { runQueueContract } from '../contract/queue.ts';
import { describeWith } from '../services/describe-with.ts';
import { postgresPrograms } from '../services/postgres.ts';
import { redisPrograms, startRedis } from '../services/redis.ts';
import { createTestDatabase } from '../services/shared-database.ts';

runQueueContract({
  name: 'Redis',
  describe: describeWith({ ...postgresPrograms, ...redisPrograms }),
  isShared: true,
  async make() {
    const [database, redis] = await Promise.all([createTestDatabase(), startRedis()]);
    const store = await openStore({ databaseUrl: database.url, dataFolder: '' });
    return {
      store,
      addresses: { databaseUrl: database.url, redisUrl: redis.url },
      empty: redis.empty,
      async close() {
        await store.close();
        await Promise.all([database.drop(), redis.stop()]);
      },
    };
  },
});
