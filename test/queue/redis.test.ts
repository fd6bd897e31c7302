import { openStore } from '../../src/store/open-store.ts';
import { runQueueContract } from '../contract/queue.ts';
import { describeWith } from '../services/describe-with.ts';
import { postgresPrograms, startPostgres } from '../services/postgres.ts';
import { redisPrograms, startRedis } from '../services/redis.ts';

runQueueContract({
  name: 'Redis',
  describe: describeWith({ ...postgresPrograms, ...redisPrograms }),
  isShared: true,
  async make() {
    const [server, redis] = await Promise.all([startPostgres(), startRedis()]);
    const store = await openStore({ databaseUrl: server.url, dataFolder: '' });
    return {
      store,
      addresses: { databaseUrl: server.url, redisUrl: redis.url },
      empty: redis.empty,
      async close() {
        await store.close();
        await Promise.all([server.stop(), redis.stop()]);
      },
    };
  },
});
