// Run as a process of its own: starts a job that never ends and tells when it runs. Argument: where, as JSON.
import { z } from 'zod';
import { silentLogger } from '../../src/model/logger.ts';
import { defineJob } from '../../src/queue/define-job.ts';
import { openQueue } from '../../src/queue/open-queue.ts';
import { openStore } from '../../src/store/open-store.ts';

/** How long the server believes in a worker that says nothing. */
export const LOCK_MS = 1_000;

interface Place {
  folder?: string;
  databaseUrl?: string;
  redisUrl?: string;
}

const [, , place = ''] = process.argv;
if (place.startsWith('{')) await work(JSON.parse(place) as Place);

async function work({ folder = '', ...addresses }: Place): Promise<void> {
  const job = defineJob<{ n: number }, unknown>({
    name: 'count-things',
    description: 'Never ends.',
    payload: z.strictObject({ n: z.number() }),
    lane: 'pull',
    retry: { class: 'never' },
    timeoutMs: 3_600_000,
    dedupeKey: () => 'north',
    run: () => {
      process.stdout.write('running\n');
      return new Promise(() => undefined);
    },
  });
  const store = await openStore({ ...addresses, dataFolder: folder });
  const clock = { now: () => Date.now() };
  const options = {
    store,
    ...addresses,
    jobs: [job],
    services: {},
    clock,
    logger: silentLogger,
    lockMs: LOCK_MS,
  };
  const queue = await openQueue(options);
  await queue.start();
  await queue.add('count-things', { n: 1 });
}
