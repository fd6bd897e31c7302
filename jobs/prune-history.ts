import { jobEngine, jobResult, minuteMs, nothingSchema } from '../src/app/job-parts.ts';
import type { App } from '../src/app.ts';
import { defineJob } from '../src/queue/define-job.ts';
import { runPrune } from '../src/sync/pass/steps.ts';

export const job = defineJob<Record<string, never>, App>({
  name: 'prune-history',
  description: 'Deletes runs, audit entries and old versions past their days; decisions stay for ever.',
  payload: nothingSchema,
  lane: 'upkeep',
  retry: { class: 'backoff', attempts: 3, baseMs: minuteMs, maxMs: 10 * minuteMs },
  timeoutMs: 60 * minuteMs,
  concurrencyKey: () => 'prune-history',
  dedupeKey: () => 'all',
  run: async (context) => {
    const run = await runPrune(jobEngine(context), context.services.project.retention);
    return jobResult(run, run.value);
  },
});
