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
import { runMetadataCheck } from '../src/sync/pass/steps.ts';

export const job = defineJob<ConnectionPayload, App>({
  name: 'refresh-metadata',
  description: "Compares the mappings of a connection with the CRM's live metadata.",
  payload: connectionPayloadSchema,
  lane: 'pull',
  retry: patientRetry,
  timeoutMs: 10 * minuteMs,
  dedupeKey: ({ connection }) => connection,
  run: async (context) => {
    const connection = context.services.connection(context.payload.connection);
    return jobResult(await runMetadataCheck(jobEngine(context), connection));
  },
});
