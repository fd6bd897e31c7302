import { jobEngine, jobResult, minuteMs, nothingSchema, patientRetry } from '../src/app/job-parts.ts';
import type { App } from '../src/app.ts';
import { defineJob } from '../src/queue/define-job.ts';
import { runTiers } from '../src/sync/pass/steps.ts';

export const job = defineJob<Record<string, never>, App>({
  name: 'evaluate-tiers',
  description: 'Evaluates the partners whose figures changed or whose day has come.',
  payload: nothingSchema,
  lane: 'compute',
  retry: patientRetry,
  timeoutMs: 60 * minuteMs,
  dedupeKey: () => 'all',
  run: async (context) => jobResult(await runTiers(jobEngine(context), context.services.connections)),
});
