import {
  type ConnectionPayload,
  connectionPayloadSchema,
  jobEngine,
  jobResult,
  minuteMs,
  patientRetry,
} from '../src/app/job-parts.ts';
import type { App } from '../src/app.ts';
import { defineJob } from '../src/queue/define-job.ts';
import { runPull } from '../src/sync/pass/steps.ts';

export const job = defineJob<ConnectionPayload, App>({
  name: 'pull-changes',
  description: 'Reads what changed in a connection, the first time everything in scope.',
  payload: connectionPayloadSchema,
  lane: 'pull',
  retry: patientRetry,
  // A first load may take long; it goes on from its last page when it is cut.
  timeoutMs: 240 * minuteMs,
  dedupeKey: ({ connection, object }) => `${connection} ${object ?? ''}`,
  run: async (context) => {
    const { connection, object } = context.payload;
    const run = await runPull(jobEngine(context), context.services.connection(connection), { only: object });
    return jobResult(run);
  },
});
