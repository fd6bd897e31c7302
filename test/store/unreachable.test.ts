import { describe, expect, it } from '@jest/globals';
import { silentLogger } from '../../src/model/logger.ts';
import { openQueue } from '../../src/queue/open-queue.ts';
import { openStore } from '../../src/store/open-store.ts';
import { freePort } from '../services/server-process.ts';
import { openTestStore } from '../services/test-store.ts';

describe('servers that do not answer', () => {
  it('names the database without its password', async () => {
    const port = await freePort();
    const databaseUrl = `postgres://user:geheim@127.0.0.1:${port}/tierlink`;
    const error = await openStore({ databaseUrl, dataFolder: '' }).catch((reason: Error) => reason);
    expect(error).toMatchObject({
      code: 'STORE_UNREACHABLE',
      data: { address: `127.0.0.1:${port}/tierlink` },
    });
    expect(JSON.stringify(error)).not.toContain('geheim');
  });

  it.each([
    ['databaseUrl', 'postgres'],
    ['redisUrl', 'redis'],
  ])('names the queue of %s without its password', async (setting, protocol) => {
    const port = await freePort();
    const store = await openTestStore();
    const options = { store, jobs: [], services: {}, clock: { now: () => 0 }, logger: silentLogger };
    const opening = openQueue({ ...options, [setting]: `${protocol}://user:geheim@127.0.0.1:${port}/1` });
    const error = await opening.catch((reason: Error) => reason);
    await store.close();
    expect(error).toMatchObject({ code: 'QUEUE_UNREACHABLE', data: { address: `127.0.0.1:${port}/1` } });
    expect(JSON.stringify(error)).not.toContain('geheim');
  });
});
