/** Bulk jobs of an org: what ingest and query jobs share, and how they pass through their states. */

import { Decimal } from '../answer-json.ts';
import { notFound } from '../api-errors.ts';
import type { SimulatorContext } from '../context.ts';
import { formatDateTime } from '../format.ts';
import { createIdFactory, toId18 } from '../ids.ts';
import { ApiError, type Caller } from '../types.ts';
import { versionOf } from '../versions.ts';
import type { Dialect } from './dialect.ts';
import type { ListedJob } from './list.ts';

export type JobState = 'Open' | 'UploadComplete' | 'InProgress' | 'JobComplete' | 'Failed' | 'Aborted';

export interface Job extends Dialect {
  id: string;
  kind: 'ingest' | 'query';
  operation: string;
  object: string;
  createdById: string;
  /** Epoch milliseconds, by the org's clock. */
  createdAt: number;
  changedAt: number;
  state: JobState;
  /** '67.0' */
  version: string;
  processed: number;
  /** Milliseconds of work so far, by the machine's clock. */
  workedMs: number;
  errorMessage?: string;
}

const KEPT_MS = 7 * 24 * 60 * 60 * 1000;
const TERMINAL = new Set<JobState>(['JobComplete', 'Failed', 'Aborted']);

/** True once nothing will change a job any more. */
export function isTerminal(job: Job): boolean {
  return TERMINAL.has(job.state);
}

/** True while a job is being worked on; false once it was aborted. */
export function isInProgress(job: Job): boolean {
  return job.state === 'InProgress';
}

/** The API versions that know no jobs of a kind answer as for any address that does not exist. */
export function versionFrom(first: number, segment: string): string {
  const version = versionOf(segment);
  if (Number(version) < first) throw notFound();
  return version;
}

/** The refusal of a step that a job's state does not allow. */
export function wrongState(message: string): ApiError {
  return new ApiError(400, 'INVALIDJOBSTATE', message);
}

/** Jobs of one kind. */
export interface JobStore<J extends Job> {
  add(job: J): void;
  /** @throws ApiError NOT_FOUND when it is unknown or another user's */
  find(id: string, caller: Caller): J;
  remove(job: J): void;
  list(caller: Caller): J[];
}

/** An empty store; jobs vanish a week after they ended. */
export function createJobStore<J extends Job>(now: () => number): JobStore<J> {
  const jobs = new Map<string, J>();
  const prune = () => {
    for (const job of jobs.values())
      if (isTerminal(job) && now() - job.changedAt > KEPT_MS) jobs.delete(job.id);
  };
  const isVisible = (job: J, caller: Caller) => caller.isAdmin || job.createdById === caller.userId;
  return {
    add: (job) => {
      prune();
      jobs.set(job.id, job);
    },
    find: (id, caller) => {
      prune();
      const job = jobs.get(toId18(id) ?? '');
      if (!job || !isVisible(job, caller)) throw notFound();
      return job;
    },
    remove: (job) => {
      jobs.delete(job.id);
    },
    list: (caller) => [...jobs.values()].filter((job) => isVisible(job, caller)),
  };
}

/** What tests and routes share of a simulator's bulk jobs. */
export interface BulkControl {
  newId(): string;
  /** Jobs that start from now on stay InProgress, before their first row, until the answer is called. */
  hold(): () => void;
  /** Waits while jobs are held. */
  turn(): Promise<void>;
  /** The jobs of Bulk API 1.0, which the lists of 2.0 hold too. */
  classicJobs(caller: Caller): ListedJob[];
}

function createControl(): BulkControl {
  const nextId = createIdFactory();
  let held = 0;
  let waiting: Array<() => void> = [];
  const release = () => {
    held--;
    if (held > 0) return;
    const ready = waiting;
    waiting = [];
    for (const go of ready) go();
  };
  return {
    classicJobs: () => [],
    newId: () => nextId('750'),
    hold: () => {
      held++;
      let done = false;
      return () => {
        if (!done) release();
        done = true;
      };
    },
    turn: async () => {
      if (held > 0) await new Promise<void>((resolve) => waiting.push(resolve));
      // gives requests that came in meanwhile their turn, so that polls see the job in progress
      await new Promise<void>((resolve) => setImmediate(resolve));
    },
  };
}

const controls = new WeakMap<SimulatorContext, BulkControl>();

/** The bulk jobs' control of a running simulator. */
export function bulkOf(context: SimulatorContext): BulkControl {
  let control = controls.get(context);
  if (!control) {
    control = createControl();
    controls.set(context, control);
  }
  return control;
}

/** Moves a job on, stamping it. */
export function enter(job: Job, state: JobState, context: SimulatorContext): void {
  job.state = state;
  job.changedAt = context.org.now();
}

/** A new job in its first state. */
export function newJob(
  given: Pick<Job, 'kind' | 'operation' | 'object' | 'state' | 'version'> & Dialect,
  caller: Caller,
  context: SimulatorContext,
): Job {
  const at = context.org.now();
  const id = bulkOf(context).newId();
  return {
    ...given,
    id,
    createdById: caller.userId,
    createdAt: at,
    changedAt: at,
    processed: 0,
    workedMs: 0,
  };
}

/** A job of Bulk API 2.0 as lists hold it. */
export function listedJob(job: Job, description: Record<string, unknown>): ListedJob {
  const jobType = job.kind === 'ingest' ? 'V2Ingest' : 'V2Query';
  return { description, jobType, concurrencyMode: 'Parallel', isPkChunkingEnabled: false };
}

/** The part of a job's description that both kinds share. */
export function jobInfo(job: Job): Record<string, unknown> {
  return {
    id: job.id,
    operation: job.operation,
    object: job.object,
    createdById: job.createdById,
    createdDate: formatDateTime(job.createdAt),
    systemModstamp: formatDateTime(job.changedAt),
    state: job.state,
    concurrencyMode: 'Parallel',
    contentType: 'CSV',
    apiVersion: new Decimal(job.version),
    lineEnding: job.lineEnding,
    columnDelimiter: job.columnDelimiter,
  };
}

/** What polling adds to the description. */
export function progressInfo(job: Job): Record<string, unknown> {
  return {
    numberRecordsProcessed: job.processed,
    retries: 0,
    totalProcessingTime: Math.round(job.workedMs),
    ...(job.errorMessage === undefined ? {} : { errorMessage: job.errorMessage }),
  };
}
