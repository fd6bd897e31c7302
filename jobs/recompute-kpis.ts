import { jobEngine, jobResult, minuteMs, nothingSchema, patientRetry } from '../src/app/job-parts.ts';
import type { App } from '../src/app.ts';
import { defineJob } from '../src/queue/define-job.ts';
import { runKpis } from '../src/sync/pass/steps.ts';

export const job = defineJob<Record<string, never>, App>({
  name: 'recompute-kpis',
  description: 'Recomputes the KPIs that changed records or time alone have made old.',
  payload: nothingSchema,
  lane: 'compute',
  retry: patientRetry,
  timeoutMs: 60 * minuteMs,
  dedupeKey: () => 'all',
  run: async (context) => jobResult(await runKpis(jobEngine(context))),
});
