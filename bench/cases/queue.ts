import type { QueuePlace } from '../queue-latency.ts';
import { right, type Section } from '../section.ts';
import type { Site } from '../site.ts';

/** How long a job takes from being added to being finished, in the three sizes. */
export async function queueCase(site: Site, jobs: number): Promise<Section> {
  const redis = await site.redis();
  const postgres = await site.postgresPlace();
  const forRedis = await site.postgresPlace();
  const places: [string, Omit<QueuePlace, 'jobs'> | undefined][] = [
    ['embedded', await site.embeddedPlace()],
    ['PostgreSQL', postgres],
    [
      'Redis',
      redis === undefined || forRedis === undefined ? undefined : { ...forRedis, redisUrl: redis.url },
    ],
  ];
  const rows: string[][] = [];
  const figures: Record<string, unknown> = {};
  for (const [name, place] of places) {
    site.say(`queue: ${name}`);
    if (place === undefined) {
      rows.push([name, 'not here', '', '']);
      continue;
    }
    const task = site.task();
    const latency = await task.queue({ ...place, jobs });
    await task.stop();
    figures[name] = latency;
    rows.push([
      name,
      String(latency.jobs),
      `${latency.median.toFixed(1)} ms`,
      `${latency.p95.toFixed(1)} ms`,
    ]);
  }
  return {
    name: 'queue',
    title: 'Queue: from adding a job to its end, one at a time',
    columns: [{ title: 'Size' }, right('Jobs'), right('Median'), right('95 of 100 within')],
    rows,
    notes: [],
    figures,
  };
}
