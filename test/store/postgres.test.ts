import { openStore } from '../../src/store/open-store.ts';
import { runStoreContract } from '../contract/store.ts';
import { describeWith } from '../services/describe-with.ts';
import { postgresPrograms, startPostgres } from '../services/postgres.ts';

runStoreContract({
  name: 'PostgreSQL',
  describe: describeWith(postgresPrograms),
  async make() {
    const server = await startPostgres();
    const options = { databaseUrl: server.url, dataFolder: '' };
    const [store, other] = await Promise.all([openStore(options), openStore(options)]);
    return {
      store,
      other,
      async close() {
        await Promise.all([store.close(), other.close()]);
        await server.stop();
      },
    };
  },
});
