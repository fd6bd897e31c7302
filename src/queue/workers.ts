import { hostname } from 'node:os';
import { type Job, type Processor, UnrecoverableError } from 'bullmq';
import type { QueueBackend, WorkerOfLane, WorkerSettings } from './backend.ts';
import type { AnyJob } from './define-job.ts';
import type { JobEvent, QueueOptions } from './queue.ts';
import { backoffMs } from './retry.ts';
import { jobProcessor } from './run-job.ts';
import type { Tick } from './schedules.ts';

/** A process that died is noticed after at most both together, and its jobs run elsewhere. */
const LOCK_MS = 15_000;
const STALLED_CHECK_MS = 5_000;
/** A job that took its process down so often is not tried again. */
const MAX_LOST = 3;
const TICKS_AT_ONCE = 5;
/** How soon a worker tries again after its connection was lost; BullMQ's own 15 s would be our longest outage. */
const RECONNECT_MS = 2_000;

export interface WorkersOptions<Services> {
  queue: QueueOptions<Services>;
  backend: QueueBackend;
  jobs: ReadonlyMap<string, AnyJob<Services>>;
  /** Queue names by lane. */
  lanes: ReadonlyMap<string, string>;
  concurrency: number | Record<string, number>;
  ticks: { queueName: string; run: (tick: Tick) => Promise<unknown> };
  emit: (event: JobEvent) => void;
}

export interface Workers {
  /** Waits for running jobs, aborts them after graceMs, closes. */
  stop(graceMs: number): Promise<void>;
}

/** One worker per lane and one for the ticks of schedules. */
export function startWorkers<Services>(options: WorkersOptions<Services>): Workers {
  const { backend, jobs, queue } = options;
  const stopping = new AbortController();
  const holder = `${hostname()}:${process.pid}`;
  const processor = jobProcessor({ ...queue, jobs, holder, stopping: stopping.signal });
  const settings = settingsOf(options);
  const workers = [...options.lanes].map(([lane, name]) => {
    const worker = backend.worker(name, processor, {
      ...settings,
      concurrency: concurrencyOf(options, lane),
    });
    forwardEvents(worker, options.emit);
    return worker;
  });
  const tick: Processor = (job) => options.ticks.run(job.data as Tick);
  workers.push(backend.worker(options.ticks.queueName, tick, { ...settings, concurrency: TICKS_AT_ONCE }));
  for (const worker of workers) reportErrors(worker, queue.logger);
  return {
    async stop(graceMs) {
      const timer = setTimeout(() => stopping.abort(new Error('the process is stopping')), graceMs);
      await Promise.all(workers.map((worker) => worker.close()));
      clearTimeout(timer);
    },
  };
}

function settingsOf<Services>({ jobs, queue }: WorkersOptions<Services>): WorkerSettings {
  const random = queue.random ?? Math.random;
  return {
    lockDuration: queue.lockMs ?? LOCK_MS,
    stalledInterval: queue.stalledCheckMs ?? STALLED_CHECK_MS,
    maxStalledCount: MAX_LOST,
    runRetryDelay: RECONNECT_MS,
    settings: {
      backoffStrategy: (failures, _type, _error, job) => {
        const rule = jobs.get(job?.name ?? '')?.retry;
        return rule ? backoffMs(rule, failures, random) : 0;
      },
    },
  };
}

function concurrencyOf<Services>({ concurrency }: WorkersOptions<Services>, lane: string): number {
  return typeof concurrency === 'number' ? concurrency : (concurrency[lane] ?? 1);
}

function forwardEvents(worker: WorkerOfLane, emit: (event: JobEvent) => void): void {
  const named = (job: Job) => ({ job: job.name, id: job.id ?? '' });
  worker.on('active', (job) => emit({ ...named(job), type: 'active' }));
  worker.on('progress', (job, percent) =>
    emit({ ...named(job), type: 'progress', percent: Number(percent) }),
  );
  worker.on('completed', (job, result) => emit({ ...named(job), type: 'completed', result }));
  worker.on('failed', (job, error) => {
    if (!job) return;
    const isFinal = error instanceof UnrecoverableError || job.attemptsMade >= (job.opts.attempts ?? 1);
    emit({ ...named(job), type: 'failed', reason: error.message, isFinal });
  });
}

/** Without a listener a lost connection would end the process; BullMQ connects again by itself. */
function reportErrors(worker: WorkerOfLane, logger: QueueOptions<unknown>['logger']): void {
  worker.on('error', (error) => logger.warn({ queue: worker.name, reason: error.message }, 'queue worker'));
}
