import { expect, it } from '@jest/globals';
import { silentLogger } from '../../src/model/logger.ts';
import { openQueue } from '../../src/queue/open-queue.ts';
import { openStore } from '../../src/store/open-store.ts';
import { countingJob, type Recorder } from '../contract/queue/site.ts';
import { describeWith } from '../services/describe-with.ts';
import { postgresPrograms, startPostgres } from '../services/postgres.ts';
import { redisPrograms, startRedis } from '../services/redis.ts';
import { freePort } from '../services/server-process.ts';
import { openTestStore } from '../services/test-store.ts';
import { until } from '../services/until.ts';

describeWith(redisPrograms)('a Redis that goes away', () => {
  it('fails adds soon, holds up no commit, and works again when it is back, empty; stopping does not wait for it', async () => {
    const port = await freePort();
    const first = await startRedis(port);
    const store = await openTestStore();
    const services: Recorder = { ran: [] };
    const due: number[] = [];
    const queue = await openQueue<Recorder>({
      store,
      services,
      redisUrl: first.url,
      jobs: [countingJob({ dedupeKey: ({ n }) => String(n) })],
      clock: { now: () => Date.now() },
      logger: silentLogger,
      healEveryMs: 200,
      wakeUps: async (add) => {
        for (const n of due) await add('count-things', { n });
        due.length = 0;
      },
    });
    await queue.start();
    await queue.add('count-things', { n: 1 });
    await until(() => services.ran.length === 1);

    await first.stop();
    await expect(queue.add('count-things', { n: 2 })).rejects.toMatchObject({ code: 'QUEUE_UNREACHABLE' });
    const began = performance.now();
    await store.transaction(async (tx) => {
      tx.afterCommit(() => queue.add('count-things', { n: 3 }).catch(() => undefined));
      await tx.query('select 1');
    });
    expect(performance.now() - began).toBeLessThan(5_000);

    due.push(4);
    const second = await startRedis(port);
    await until(() => services.ran.includes(4));
    await second.stop();
    const stopBegan = performance.now();
    // Far above what it takes on a slow machine, and far below the grace that it has for work that is going on.
    await queue.stop({ graceMs: 120_000 });
    expect(performance.now() - stopBegan).toBeLessThan(30_000);
    await store.close();
  });
});

describeWith(postgresPrograms)('a PostgreSQL that restarts', () => {
  it('fails what runs, and works again afterwards: statements, jobs and schedules', async () => {
    const server = await startPostgres();
    const store = await openStore({ databaseUrl: server.url, dataFolder: '' });
    const services: Recorder = { ran: [] };
    const queue = await openQueue<Recorder>({
      store,
      services,
      databaseUrl: server.url,
      jobs: [countingJob()],
      clock: { now: () => Date.now() },
      logger: silentLogger,
    });
    await queue.start();
    await queue.add('count-things', { n: 1 });
    await until(() => services.ran.length === 1);

    const cutOff = expect(store.transaction((tx) => tx.query('select pg_sleep(60)'))).rejects.toThrow();
    await server.restart();
    await cutOff;

    expect(await store.query('select 1 as one')).toEqual([{ one: 1 }]);
    await queue.add('count-things', { n: 2 });
    await until(() => services.ran.includes(2));
    await queue.stop();
    await store.close();
    await server.stop();
  });
});
