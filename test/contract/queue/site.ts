import { z } from 'zod';
import { type AnyJob, defineJob, type JobDefinition } from '../../../src/queue/define-job.ts';
import type { JobEvent, Queue, QueueOptions } from '../../../src/queue/open-queue.ts';
import type { Store } from '../../../src/store/open-store.ts';

/** One place where jobs are kept. */
export interface QueueSite {
  store: Store;
  addresses: Pick<QueueOptions<unknown>, 'databaseUrl' | 'redisUrl'>;
  /** Makes it forget everything behind the queue's back. */
  empty: () => Promise<void>;
  close: () => Promise<void>;
}

export type Payload = { n: number };
/** What the jobs of these tests share: the numbers in the order in which they ran. */
export interface Recorder {
  ran: number[];
}

/** A job that records its number; anything about it can be replaced. */
export function countingJob(
  overrides: Partial<JobDefinition<Payload, Recorder>> = {},
): JobDefinition<Payload, Recorder> {
  return defineJob<Payload, Recorder>({
    name: 'count-things',
    description: 'Records its number.',
    payload: z.strictObject({ n: z.number() }),
    lane: 'pull',
    retry: { class: 'backoff', attempts: 3, baseMs: 10, maxMs: 20 },
    timeoutMs: 30_000,
    run: async ({ payload, services }) => {
      services.ran.push(payload.n);
      return { ran: 1 };
    },
    ...overrides,
  });
}

/** A run that ends when the test says so. */
export function gate() {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

/** What the tests of a contract use. */
export interface At {
  site: () => QueueSite;
  open: (jobs: AnyJob<Recorder>[], options?: Partial<QueueOptions<Recorder>>) => Promise<Queue<Recorder>>;
  started: At['open'];
  finished: (type: JobEvent['type'], count?: number) => Promise<void>;
  recorder: Recorder;
  events: JobEvent[];
}
