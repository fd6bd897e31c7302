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
import { runVerify } from '../src/verify/verify.ts';

export const job = defineJob<ConnectionPayload, App>({
  name: 'verify-completeness',
  description: 'Counts both sides of a connection by month, and compares what differs and what is in turn.',
  payload: connectionPayloadSchema,
  lane: 'pull',
  retry: patientRetry,
  // A difference in a month with very many records reads all of them.
  timeoutMs: 120 * minuteMs,
  dedupeKey: ({ connection, object }) => `${connection} ${object ?? ''}`,
  run: async (context) => {
    const { connection, object } = context.payload;
    const { days } = context.services.project.verification;
    const run = await runVerify(jobEngine(context), context.services.connection(connection), {
      only: object,
      days,
    });
    return jobResult(run);
  },
});
