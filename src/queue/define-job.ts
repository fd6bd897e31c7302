import type { z } from 'zod';
import type { Logger } from '../model/logger.ts';
import type { Lease } from '../store/leases.ts';

/**
 * How often a job is tried again when it fails for a reason that heals by itself.
 *
 * The error may say more than the job does: one of retry class `never` ends the job at once, one of class `after`
 * lets it wait until the named time without counting as an attempt, one of class `signIn` is repeated once after a
 * new sign-in. The attempts and waits below are for everything else.
 */
export type RetryRule =
  | { class: 'never' }
  | {
      class: 'backoff';
      /** Runs in all, the first one included. */
      attempts: number;
      /** Wait before the second run; doubled for each further one, with jitter. */
      baseMs: number;
      /** Longest wait. */
      maxMs: number;
    };

/** What a job reports: counts, or the reason why there was nothing to do. */
export type JobResult = Record<string, unknown>;

export interface JobContext<Payload, Services> {
  payload: Payload;
  /** Aborts at the timeout, when the process stops and when the lease is lost; its reason tells which. */
  signal: AbortSignal;
  /** 0 to 100. Never fails and need not be awaited. */
  progress(percent: number): Promise<void>;
  log: Logger;
  services: Services;
  /** Held while the job runs when it has a concurrencyKey; check it in every transaction with assertLease. */
  lease: Lease | undefined;
}

/** A job declared as data. One per file in jobs/; the file has the name of the job. */
export interface JobDefinition<Payload, Services> {
  /** <verb>-<noun>. */
  name: string;
  /** One sentence for people: what it does. */
  description: string;
  payload: z.ZodType<Payload>;
  /** Jobs of one lane share workers; a slow lane does not hold up another one. */
  lane: string;
  retry: RetryRule;
  timeoutMs: number;
  /** Runs of the same key never overlap, in any process: a lease of this name is held meanwhile. */
  concurrencyKey?(payload: Payload): string;
  /**
   * Adds with the same key are joined while one waits. One that arrives while such a job runs is kept (the last one
   * of several) and runs afterwards, so that nothing that became due meanwhile is missed.
   */
  dedupeKey?(payload: Payload): string;
  run(context: JobContext<Payload, Services>): Promise<JobResult>;
}

/** A job of any payload, as the queue keeps them. */
export type AnyJob<Services> = Omit<JobDefinition<never, Services>, 'payload'> & { payload: z.ZodType };

/** Checks nothing at run time; it gives `run` the types of the payload schema and of the services. */
export function defineJob<Payload, Services>(
  definition: JobDefinition<Payload, Services>,
): JobDefinition<Payload, Services> {
  return definition;
}
