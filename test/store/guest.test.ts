import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore } from '../../src/store/open-store.ts';
import { runStoreContract } from '../contract/store.ts';
import { startChild } from '../services/child.ts';
import { storeTemplate } from '../services/test-store.ts';

runStoreContract({
  name: 'embedded, of another process',
  async make() {
    const folder = await mkdtemp(join(tmpdir(), 'tierlink-guest-'));
    await (await openStore({ dataFolder: folder, template: await storeTemplate() })).close();
    const owner = await startChild('test/services/store-owner.ts', { args: [folder], line: 'open' });
    const [store, other] = await Promise.all([
      openStore({ dataFolder: folder }),
      openStore({ dataFolder: folder }),
    ]);
    return {
      store,
      other,
      async close() {
        await Promise.all([store.close(), other.close()]);
        await owner.kill();
        await rm(folder, { recursive: true, force: true });
      },
    };
  },
});
