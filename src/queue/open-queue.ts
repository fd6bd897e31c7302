import { adder } from './add-job.ts';
import { openBackend, type QueueBackend, type QueueOfLane } from './backend.ts';
import type { AnyJob } from './define-job.ts';
import type { JobEvent, LaneCounts, Queue, QueueOptions } from './queue.ts';
import { ABORT_GRACE_MS } from './run-job.ts';
import { type Schedules, schedulesIn } from './schedules.ts';
import { startWorkers, type Workers } from './workers.ts';

export type { AddOptions, JobEvent, LaneCounts, Queue, QueueOptions } from './queue.ts';

const HEAL_EVERY_MS = 60_000;
const DEFAULT_GRACE_MS = 10_000;
/** Closing connections to a server that answers takes milliseconds. */
const CLOSE_TIMEOUT_MS = 1_000;
/** The queue of the schedules' ticks; no lane has this name. */
const TICKS = 'tierlink-ticks';

/** The queue while it is open: what its functions share. */
interface Parts<Services> {
  options: QueueOptions<Services>;
  backend: QueueBackend;
  jobs: ReadonlyMap<string, AnyJob<Services>>;
  /** One BullMQ queue per lane. */
  lanes: ReadonlyMap<string, QueueOfLane>;
  ticks: QueueOfLane;
  schedules: Schedules;
  add: Queue<Services>['add'];
  listeners: Set<(event: JobEvent) => void>;
}

/**
 * Opens the queue; nothing runs before start(). In the embedded size it begins empty, because its jobs belong to a
 * process that is gone: what is due is derived from the rows of the store by `wakeUps`.
 *
 * Throws QUEUE_UNREACHABLE.
 */
export async function openQueue<Services>(options: QueueOptions<Services>): Promise<Queue<Services>> {
  const backend = await openBackend(options);
  const jobs = new Map(options.jobs.map((job) => [job.name, job]));
  const open = (name: string) => quiet(backend.queue(name), options);
  const laneNames = new Set(options.jobs.map((job) => job.lane));
  const lanes = new Map([...laneNames].map((lane) => [lane, open(laneQueue(lane))] as const));
  const ticks = open(TICKS);
  const add = adder(backend, { jobs, lanes });
  const parts = { options, backend, jobs, lanes, ticks, schedules: schedulesIn(ticks), add };
  if (backend.kind === 'embedded') await obliterate([...lanes.values(), ticks]);
  return assemble({ ...parts, listeners: new Set() });
}

function assemble<Services>(parts: Parts<Services>): Queue<Services> {
  const { backend, lanes, listeners, options, ticks } = parts;
  const queues = [...lanes.values(), ticks];
  let workers: Workers | undefined;
  let timer: NodeJS.Timeout | undefined;
  let healing: Promise<void> = Promise.resolve();
  const heal = () => {
    healing = healing.then(() => healQueue(parts));
    return healing;
  };
  let stopping: Promise<void> | undefined;
  const stopAll = async (graceMs: number) => {
    clearInterval(timer);
    const closing = (async () => {
      await backend.prepareClose();
      await healing;
      await workers?.stop(graceMs);
      await Promise.all(queues.map((queue) => queue.close()));
    })();
    // With the server gone, closing politely would wait for its return; cutting the connections ends that.
    await settledWithin(closing, graceMs + ABORT_GRACE_MS + CLOSE_TIMEOUT_MS);
    await backend.close();
    await settledWithin(closing, CLOSE_TIMEOUT_MS);
  };
  return {
    kind: backend.kind,
    add: parts.add,
    schedules: parts.schedules,
    heal,
    async start({ concurrency = 1 } = {}) {
      if (workers) return;
      workers = startWorkers(workersOptions(parts, concurrency));
      await heal();
      timer = setInterval(heal, options.healEveryMs ?? HEAL_EVERY_MS);
    },
    stop({ graceMs = DEFAULT_GRACE_MS } = {}) {
      stopping ??= stopAll(graceMs);
      return stopping;
    },
    async drain() {
      for (const queue of lanes.values()) await queue.drain(true);
    },
    obliterate: () => obliterate(queues),
    counts: () => countLanes(lanes),
    onEvent(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

function workersOptions<Services>(parts: Parts<Services>, concurrency: number | Record<string, number>) {
  return {
    queue: parts.options,
    backend: parts.backend,
    jobs: parts.jobs,
    lanes: new Map([...parts.lanes.keys()].map((lane) => [lane, laneQueue(lane)] as const)),
    concurrency,
    ticks: {
      queueName: TICKS,
      run: (tick: { job: string; payload: unknown }) => parts.add(tick.job, tick.payload),
    },
    emit: (event: JobEvent) => {
      for (const listener of parts.listeners) listener(event);
    },
  };
}

/** Puts back lost schedules and adds what is due by the rows. A failure is tried again at the next time. */
async function healQueue<Services>({ add, options, schedules }: Parts<Services>): Promise<void> {
  try {
    const healed = await schedules.heal();
    if (healed.length > 0) options.logger.info({ schedules: healed }, 'schedules put back');
    await options.wakeUps?.(add);
  } catch (error) {
    options.logger.warn({ reason: (error as Error).message }, 'the queue could not be healed');
  }
}

/** Waits for the promise, but not longer; whether it failed does not matter. */
async function settledWithin(promise: Promise<unknown>, limitMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, limitMs);
  });
  await Promise.race([promise.catch(() => undefined), late]);
  clearTimeout(timer);
}

async function countLanes(lanes: ReadonlyMap<string, QueueOfLane>): Promise<Record<string, LaneCounts>> {
  const counts: Record<string, LaneCounts> = {};
  for (const [lane, queue] of lanes) {
    const found = await queue.getJobCounts('waiting', 'active', 'delayed', 'completed', 'failed');
    counts[lane] = {
      waiting: found.waiting ?? 0,
      active: found.active ?? 0,
      delayed: found.delayed ?? 0,
      completed: found.completed ?? 0,
      failed: found.failed ?? 0,
    };
  }
  return counts;
}

async function obliterate(queues: readonly QueueOfLane[]): Promise<void> {
  for (const queue of queues) await queue.obliterate({ force: true });
}

function laneQueue(lane: string): string {
  return `tierlink-lane-${lane}`;
}

/** Without a listener a lost connection would end the process; BullMQ connects again by itself. */
function quiet(queue: QueueOfLane, { logger }: { logger: QueueOptions<unknown>['logger'] }): QueueOfLane {
  queue.on('error', (error) => logger.warn({ queue: queue.name, reason: error.message }, 'queue'));
  return queue;
}
