import { openStore } from '../../src/store/open-store.ts';
import { runStoreContract } from '../contract/store.ts';
import { describeWith } from '../services/describe-with.ts';
import { postgresPrograms } from '../services/postgres.ts';
import { createTestDatabase } from '../services/shared-database.ts';

runStoreContract({
  name: 'PostgreSQL',
  describe: describeWith(postgresPrograms),
  async make() {
    const database = await createTestDatabase();
    const options = { databaseUrl: database.url, dataFolder: '' };
    const [store, other] = await Promise.all([openStore(options), openStore(options)]);
    return {
      store,
      other,
      async close() {
        await Promise.all([store.close(), other.close()]);
        await database.drop();
      },
    };
  },
});
