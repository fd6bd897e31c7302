/** Jobs of Bulk API 1.0 and their batches: each batch is handed in, worked off and read back by itself. */

import { bulkOf } from '../bulk/jobs.ts';
import type { SimulatorContext } from '../context.ts';
import { createIdFactory, toId18 } from '../ids.ts';
import type { Caller, DmlResult } from '../types.ts';
import { AsyncProblem } from './problems.ts';

export type ContentType = 'CSV' | 'JSON' | 'XML';
export type JobState = 'Open' | 'Closed' | 'Aborted';
export type BatchState = 'Queued' | 'InProgress' | 'Completed' | 'Failed' | 'NotProcessed';

export interface Job {
  id: string;
  operation: string;
  object: string;
  contentType: ContentType;
  concurrencyMode: string;
  externalIdFieldName?: string;
  assignmentRuleId?: string;
  createdById: string;
  /** Epoch milliseconds, by the org's clock. */
  createdAt: number;
  changedAt: number;
  state: JobState;
  /** '67.0' */
  version: string;
  /** Records of one batch, for a query that is to be cut by primary key. */
  chunkSize: number | undefined;
  batches: Batch[];
}

/** The answer of a query batch: a file of its own, behind an id of its own. */
export interface ResultFile {
  id: string;
  text: string;
}

export interface Batch {
  id: string;
  jobId: string;
  state: BatchState;
  stateMessage?: string;
  request: string;
  createdAt: number;
  changedAt: number;
  processed: number;
  failed: number;
  /** Milliseconds of work, by the machine's clock. */
  workedMs: number;
  /** What came of each record of a write. */
  results: DmlResult[];
  header: string[];
  files: ResultFile[];
}

const KEPT_MS = 7 * 24 * 60 * 60 * 1000;

/** True for a job that reads. */
export function isQuery({ operation }: Job): boolean {
  return operation === 'query' || operation === 'queryAll';
}

/** The jobs of an org. */
export interface JobStore {
  add(job: Job): void;
  /** @throws AsyncProblem InvalidJob when it is unknown or another user's */
  find(id: string, caller: Caller): Job;
  list(caller: Caller): Job[];
  /** A new batch at the end of a job. */
  addBatch(job: Job, request: string): Batch;
  newFile(text: string): ResultFile;
}

/** An empty store; jobs vanish a week after their last change. */
export function createJobStore(context: SimulatorContext): JobStore {
  const jobs = new Map<string, Job>();
  const nextId = createIdFactory();
  const now = () => context.org.now();
  const isVisible = (job: Job, caller: Caller) => caller.isAdmin || job.createdById === caller.userId;
  return {
    add: (job) => {
      for (const old of jobs.values()) if (now() - old.changedAt > KEPT_MS) jobs.delete(old.id);
      jobs.set(job.id, job);
    },
    find: (id, caller) => {
      const job = jobs.get(toId18(id) ?? '');
      if (job && isVisible(job, caller)) return job;
      throw new AsyncProblem('InvalidJob', `Unable to find a job with id: ${id}`);
    },
    list: (caller) => [...jobs.values()].filter((job) => isVisible(job, caller)),
    addBatch: (job, request) => {
      const batch: Batch = {
        id: nextId('751'),
        jobId: job.id,
        state: 'Queued',
        request,
        createdAt: now(),
        changedAt: now(),
        processed: 0,
        failed: 0,
        workedMs: 0,
        results: [],
        header: [],
        files: [],
      };
      job.batches.push(batch);
      return batch;
    },
    newFile: (text) => ({ id: nextId('752'), text }),
  };
}

/** @throws AsyncProblem InvalidBatch */
export function batchOf(job: Job, id: string): Batch {
  const batch = job.batches.find((one) => one.id === toId18(id));
  if (batch) return batch;
  throw new AsyncProblem('InvalidBatch', `Unable to find a batch with id: ${id}`);
}

/** Moves a batch on, stamping it and its job. */
export function enter(
  batch: Batch,
  state: BatchState,
  { job, context }: { job: Job; context: SimulatorContext },
): void {
  batch.state = state;
  batch.changedAt = context.org.now();
  job.changedAt = batch.changedAt;
}

/** Ids of both Bulk APIs come out of one sequence. */
export function newJobId(context: SimulatorContext): string {
  return bulkOf(context).newId();
}
