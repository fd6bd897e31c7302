import { z } from 'zod';
import { systemClock } from '../src/model/clock.ts';
import { silentLogger } from '../src/model/logger.ts';
import { defineJob } from '../src/queue/define-job.ts';
import { openQueue } from '../src/queue/open-queue.ts';
import { openStore } from '../src/store/open-store.ts';
import type { StorePlace } from './project.ts';

export interface QueuePlace extends StorePlace {
  redisUrl?: string;
  jobs: number;
}

/** Milliseconds from add to finished, one job at a time. */
export interface QueueLatency {
  jobs: number;
  median: number;
  p95: number;
}

const warmUp = 20;

const emptyJob = defineJob<{ n: number }, null>({
  name: 'do-nothing',
  description: 'Does nothing.',
  payload: z.strictObject({ n: z.number() }),
  lane: 'pull',
  retry: { class: 'never' },
  timeoutMs: 30_000,
  run: async () => ({}),
});

/** Adds empty jobs one after the other and waits for each to be finished. */
export async function measureQueue(place: QueuePlace): Promise<QueueLatency> {
  const store = await openStore({ databaseUrl: place.databaseUrl, dataFolder: place.folder });
  const queue = await openQueue<null>({
    store,
    databaseUrl: place.databaseUrl,
    redisUrl: place.redisUrl,
    jobs: [emptyJob],
    services: null,
    clock: systemClock,
    logger: silentLogger,
  });
  const finished = new Map<string, number>();
  let wake: () => void = () => {};
  queue.onEvent((event) => {
    if (event.type !== 'completed') return;
    finished.set(event.id, performance.now());
    wake();
  });
  try {
    await queue.start();
    const taken: number[] = [];
    for (let n = 0; n < warmUp + place.jobs; n += 1) {
      const from = performance.now();
      const { id } = await queue.add(emptyJob, { n });
      while (!finished.has(id)) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      if (n >= warmUp) taken.push(finished.get(id)! - from);
    }
    return { jobs: taken.length, median: quantile(taken, 0.5), p95: quantile(taken, 0.95) };
  } finally {
    await queue.stop();
    await store.close();
  }
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
