import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { silentLogger } from '../../src/model/logger.ts';
import { openQueue } from '../../src/queue/open-queue.ts';
import { openStore } from '../../src/store/open-store.ts';
import { countingJob, type Recorder } from '../contract/queue/site.ts';
import { startChild } from '../services/child.ts';
import { storeTemplate } from '../services/test-store.ts';
import { until } from '../services/until.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tierlink-queue-'));
  await (await openStore({ dataFolder: folder, template: await storeTemplate() })).close();
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

it('begins empty after its process was killed, and finds what is due in the rows at once', async () => {
  const child = await startChild('test/services/endless-worker.ts', {
    args: [JSON.stringify({ folder })],
    line: 'running',
  });
  await child.kill();
  const store = await openStore({ dataFolder: folder });
  const services: Recorder = { ran: [] };
  const queue = await openQueue<Recorder>({
    store,
    services,
    jobs: [countingJob({ dedupeKey: () => 'north' })],
    clock: { now: () => Date.now() },
    logger: silentLogger,
    wakeUps: async (add) => {
      await add('count-things', { n: 2 });
    },
  });
  expect((await queue.counts()).pull).toEqual({ waiting: 0, active: 0, delayed: 0, completed: 0, failed: 0 });
  await queue.start();
  await until(() => services.ran.length > 0);
  await queue.stop();
  await store.close();
  expect(services.ran).toEqual([2]);
});
