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
import { runPush } from '../src/sync/pass/steps.ts';

export const job = defineJob<ConnectionPayload, App>({
  name: 'push-changes',
  description: 'Writes to a connection what differs from what both sides last agreed on.',
  payload: connectionPayloadSchema,
  lane: 'push',
  retry: patientRetry,
  timeoutMs: 120 * minuteMs,
  dedupeKey: ({ connection, object }) => `${connection} ${object ?? ''}`,
  run: async (context) => {
    const { connection, object } = context.payload;
    const run = await runPush(jobEngine(context), context.services.connection(connection), { only: object });
    return jobResult(run);
  },
});
