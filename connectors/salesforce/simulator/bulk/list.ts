/** Lists of bulk jobs: which they hold, page by page. */

import { badRequest } from '../api-errors.ts';

/** Jobs of one page. */
const PAGE = 1000;

/** A job as lists hold it. */
export interface ListedJob {
  description: Record<string, unknown>;
  jobType: 'V2Ingest' | 'V2Query' | 'Classic';
  concurrencyMode: string;
  isPkChunkingEnabled: boolean;
}

export interface ListQuery {
  jobType?: string;
  concurrencyMode?: string;
  isPkChunkingEnabled?: string;
  queryLocator?: string;
}

function placeOf(locator: string | undefined, size: number): number {
  if (locator === undefined) return 0;
  const text = Buffer.from(locator, 'base64url').toString('utf8');
  if (/^\d{1,9}$/.test(text) && Number(text) < size) return Number(text);
  throw badRequest('INVALID_QUERY_LOCATOR', 'invalid query locator');
}

function isAsked(job: ListedJob, { jobType, concurrencyMode, isPkChunkingEnabled }: ListQuery): boolean {
  const isSame = (asked: string | undefined, own: string) =>
    asked === undefined || asked.toLowerCase() === own.toLowerCase();
  const fits = isSame(jobType, job.jobType) && isSame(concurrencyMode, job.concurrencyMode);
  return fits && (isPkChunkingEnabled?.toLowerCase() !== 'true' || job.isPkChunkingEnabled);
}

/**
 * The page that a request asks for, and where the next begins.
 * https://developer.salesforce.com/docs/platform/api-asynch/guide/get-all-jobs.html
 * @throws ApiError INVALID_QUERY_LOCATOR
 */
export function listPage(jobs: ListedJob[], query: ListQuery, address: string) {
  const asked = jobs.filter((job) => isAsked(job, query));
  const from = placeOf(query.queryLocator, asked.length);
  const end = from + PAGE;
  const done = end >= asked.length;
  const filters = new URLSearchParams({
    ...query,
    queryLocator: Buffer.from(String(end)).toString('base64url'),
  });
  const records = asked.slice(from, end).map(({ description, jobType }) => ({ ...description, jobType }));
  return { done, records, nextRecordsUrl: done ? null : `${address}?${filters}` };
}
