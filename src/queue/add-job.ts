import { TierlinkError } from '../errors.ts';
import { isInTransaction } from '../store/transaction-context.ts';
import { type QueueBackend, type QueueOfLane, unreachable } from './backend.ts';
import type { AnyJob, JobDefinition } from './define-job.ts';
import type { AddOptions, Queue } from './queue.ts';
import { attemptsOf } from './retry.ts';
import { payloadError } from './run-job.ts';

/** A queue that does not answer an add within this time counts as unreachable; the rows keep what is due. */
const ADD_TIMEOUT_MS = 10_000;
/** Kept for status pages; the history of runs is in the store. */
const KEEP = {
  removeOnComplete: { count: 100, age: 3600 },
  removeOnFail: { count: 500, age: 7 * 24 * 3600 },
};

type Any = JobDefinition<unknown, unknown>;

/** The queue's add: checks name and payload, joins by dedupe key, and refuses inside a transaction. */
export function adder<Services>(
  backend: QueueBackend,
  parts: { jobs: ReadonlyMap<string, AnyJob<Services>>; lanes: ReadonlyMap<string, QueueOfLane> },
): Queue<Services>['add'] {
  return async (job, payload, options = {}) => {
    const name = typeof job === 'string' ? job : job.name;
    if (isInTransaction()) throw new TierlinkError('QUEUE_ADD_IN_TRANSACTION', { job: name });
    const definition = parts.jobs.get(name) as Any | undefined;
    const queue = definition && parts.lanes.get(definition.lane);
    if (!definition || !queue) {
      throw new TierlinkError('JOB_UNKNOWN', { job: name, known: [...parts.jobs.keys()].join(', ') });
    }
    const parsed = definition.payload.safeParse(payload);
    if (!parsed.success) throw payloadError(name, parsed.error);
    const adding = addTo(queue, definition, { payload: parsed.data, options });
    return await withinTime(adding, backend.address);
  };
}

async function addTo(
  queue: QueueOfLane,
  definition: Any,
  { payload, options }: { payload: unknown; options: AddOptions },
): Promise<{ id: string }> {
  const key = definition.dedupeKey?.(payload);
  const added = await queue.add(definition.name, payload, {
    ...KEEP,
    attempts: attemptsOf(definition.retry),
    backoff: { type: 'custom' },
    delay: Math.max(0, (options.at ?? 0) - Date.now()),
    ...(key === undefined
      ? {}
      : { deduplication: { id: `${definition.name}:${key}`, keepLastIfActive: true } }),
  });
  const id = added.id ?? '';
  if (options.promote) await promote(queue, id);
  return { id };
}

/** Lets a job that waits for a later time run now. Between the two steps it may have begun by itself. */
async function promote(queue: QueueOfLane, id: string): Promise<void> {
  const job = await queue.getJob(id);
  if (!job || !(await job.isDelayed())) return;
  await job.promote().catch(async (error: Error) => {
    if (await job.isDelayed()) throw error;
  });
}

async function withinTime<T>(adding: Promise<T>, address: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('no answer in time')), ADD_TIMEOUT_MS);
  });
  try {
    return await Promise.race([adding, late]);
  } catch (error) {
    throw unreachable(address, error);
  } finally {
    clearTimeout(timer);
  }
}
