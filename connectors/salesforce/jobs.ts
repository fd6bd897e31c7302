import type { Context } from './context.ts';

/** A Bulk API 2.0 job, as far as it is read here. */
export interface JobInfo {
  id: string;
  object?: string;
  state: 'Open' | 'UploadComplete' | 'InProgress' | 'JobComplete' | 'Failed' | 'Aborted';
  numberRecordsProcessed?: number;
  numberRecordsFailed?: number;
  errorMessage?: string;
}

const FIRST_POLL_MS = 400;
const LONGEST_POLL_MS = 15_000;
const GROWTH = 1.7;

/** Waits until a job has ended, whatever way. Polls are calls too: their distance grows. */
export async function waitForJob(context: Context, path: string, signal?: AbortSignal): Promise<JobInfo> {
  for (let waitMs = FIRST_POLL_MS; ; waitMs = Math.min(LONGEST_POLL_MS, waitMs * GROWTH)) {
    await context.host.sleep(Math.round(waitMs), signal);
    const info = await jobInfo(context, path, signal);
    if (info.state === 'JobComplete' || info.state === 'Failed' || info.state === 'Aborted') return info;
  }
}

export async function jobInfo(context: Context, path: string, signal?: AbortSignal): Promise<JobInfo> {
  return await context.client.json<JobInfo>({ method: 'GET', path, kind: 'bulk', signal });
}
