import { z } from 'zod';
import type { App } from '../app.ts';
import type { JobContext, JobResult, RetryRule } from '../queue/define-job.ts';
import type { Engine } from '../sync/engine.ts';
import type { RunResult } from '../sync/records/runs.ts';
import { engineOf } from './engine.ts';

/** What jobs share: their payloads, how often they are tried again, and what they report. */

export const nothingSchema = z.strictObject({});

export const connectionPayloadSchema = z.strictObject({
  connection: z.string().min(1),
  /** Only this CRM object. */
  object: z.string().min(1).optional(),
});
export type ConnectionPayload = z.infer<typeof connectionPayloadSchema>;

/** What heals by itself is tried again; the next schedule comes anyway. */
export const patientRetry: RetryRule = { class: 'backoff', attempts: 5, baseMs: 2_000, maxMs: 120_000 };

export const minuteMs = 60_000;

/** The engine for one run of a job. */
export function jobEngine<Payload>({ services, signal, log }: JobContext<Payload, App>): Engine {
  return { ...engineOf(services, { signal }), logger: log };
}

/**
 * What a job reports of its run. A run that waits or was skipped is no failure: what is still due stays in the rows and
 * is found again.
 */
export function jobResult<T>({ id, state, reason }: RunResult<T>, counts: JobResult = {}): JobResult {
  const said = reason === null ? {} : { [state === 'skipped' ? 'skipped' : 'reason']: reason };
  return { run: id, state, ...said, ...counts };
}
