import type { TierlinkError } from '../errors.ts';
import type { Clock } from '../model/clock.ts';
import type { Logger } from '../model/logger.ts';
import type { Store } from '../store/store.ts';
import type { AnyJob, JobDefinition } from './define-job.ts';
import type { Schedules } from './schedules.ts';

export interface QueueOptions<Services> {
  store: Store;
  /** Jobs are kept there in tables of BullMQ's own schema; the queue has its own connections. */
  databaseUrl?: string | undefined;
  /** Jobs are kept in Redis instead. */
  redisUrl?: string | undefined;
  jobs: readonly AnyJob<Services>[];
  services: Services;
  clock: Clock;
  logger: Logger;
  /** Tries a new sign-in after an error of retry class signIn; the job is repeated once when it succeeds. */
  signIn?: (error: TierlinkError) => Promise<boolean>;
  /**
   * Adds a job for everything that is due by the rows of the store. Called at start and after every healing, so that
   * an emptied queue loses nothing. Adds that are already queued are joined by their dedupe keys.
   */
  wakeUps?: (add: Queue<Services>['add']) => Promise<void>;
  /** Gives 0 (included) to 1 (excluded), for jitter. (Default: Math.random) */
  random?: () => number;
  /** (Default: 60,000) */
  healEveryMs?: number;
  /** A worker that has not renewed a job for so long counts as lost. (Default: 15,000) */
  lockMs?: number;
  /** How often lost jobs are looked for. (Default: 5,000) */
  stalledCheckMs?: number;
}

export interface AddOptions {
  /** Run it not before this instant, epoch ms. */
  at?: number;
  /** When the same job already waits for a later time, let it run now. (Default: false) */
  promote?: boolean;
}

export interface LaneCounts {
  waiting: number;
  active: number;
  delayed: number;
  completed: number;
  failed: number;
}

/** Something that happened to a job in this process's workers. */
export type JobEvent = { job: string; id: string } & (
  | { type: 'active' }
  | { type: 'progress'; percent: number }
  | { type: 'completed'; result: unknown }
  /** isFinal: no further attempt follows. */
  | { type: 'failed'; reason: string; isFinal: boolean }
);

export interface Queue<Services = unknown> {
  kind: 'embedded' | 'postgres' | 'redis';
  /**
   * Queues a job. Throws QUEUE_ADD_IN_TRANSACTION inside an open transaction (register it with afterCommit instead),
   * JOB_UNKNOWN, JOB_PAYLOAD_INVALID, and QUEUE_UNREACHABLE. Returns the id of the job that will do it.
   */
  add<Payload>(
    job: string | JobDefinition<Payload, Services>,
    payload: Payload,
    options?: AddOptions,
  ): Promise<{ id: string }>;
  /** Starts working. `concurrency` is how many jobs of each lane run at once here. (Default: 1) */
  start(options?: { concurrency?: number | Record<string, number> }): Promise<void>;
  /**
   * Takes no more jobs, waits for the running ones, aborts them after graceMs and closes. An aborted job goes back to
   * the queue. (Default: 10,000)
   */
  stop(options?: { graceMs?: number }): Promise<void>;
  schedules: Schedules;
  /** Puts back lost schedules and adds what is due by the rows; it happens by itself each minute. Never fails. */
  heal(): Promise<void>;
  /** Forgets what waits; running jobs and schedules stay. */
  drain(): Promise<void>;
  /** Forgets everything, schedules and running jobs included. */
  obliterate(): Promise<void>;
  /** By lane. */
  counts(): Promise<Record<string, LaneCounts>>;
  /** Calls the listener for events of this process's workers; returns how to stop that. */
  onEvent(listener: (event: JobEvent) => void): () => void;
}
