import { runAlerts } from '../src/app/alerts.ts';
import { jobEngine, jobResult, minuteMs, nothingSchema, patientRetry } from '../src/app/job-parts.ts';
import type { App } from '../src/app.ts';
import { defineJob } from '../src/queue/define-job.ts';

export const job = defineJob<Record<string, never>, App>({
  name: 'send-alerts',
  description: 'Opens and closes alerts by what is wrong now, and sends what was not sent yet.',
  payload: nothingSchema,
  lane: 'alerts',
  retry: patientRetry,
  timeoutMs: 10 * minuteMs,
  dedupeKey: () => 'all',
  run: async (context) => {
    const run = await runAlerts(context.services, jobEngine(context));
    return run === null
      ? { skipped: 'Nothing has changed, and nothing is in line.' }
      : jobResult(run, run.value);
  },
});
