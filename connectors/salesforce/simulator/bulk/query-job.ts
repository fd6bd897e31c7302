/** Query jobs: a statement whose answer is handed out as pages of CSV. */

import { badRequest } from '../api-errors.ts';
import type { SimulatorContext } from '../context.ts';
import type { FlatTable, PreparedQuery } from '../soql/query.ts';
import type { NotFlat } from '../soql/select.ts';
import { csvValue } from '../soql/values.ts';
import { ApiError } from '../types.ts';
import { csvLine, type Dialect } from './dialect.ts';
import { bulkOf, enter, isInProgress, type Job } from './jobs.ts';

/** Rows of a page for which no maximum is asked. */
export const DEFAULT_PAGE = 50_000;
/** Rows that go out in one piece, so that a long page does not keep other requests waiting. */
const PIECE = 2000;

export interface QueryJob extends Job {
  kind: 'query';
  table?: FlatTable;
}

const REFUSALS: Record<NotFlat, string> = {
  aggregate: 'Aggregate functions and GROUP BY are not supported in Bulk Query',
  child: 'Aggregate Relationships not supported in Bulk Query',
  compound: 'Selecting compound data not supported in Bulk Query',
  typeof: 'TYPEOF is not supported in Bulk Query',
  // https://developer.salesforce.com/docs/platform/salesforce-soql-sosl/guide/sforce-api-calls-soql-select-fields.html
  unbounded: 'The SOQL FIELDS function is not supported with an unbounded set of fields in this API.',
};

/** @throws ApiError API_ERROR for what a flat file cannot hold and for OFFSET, MALFORMED_QUERY for FIELDS(ALL) */
export function checkFlat({ facts }: PreparedQuery): void {
  if (facts.notFlat)
    throw badRequest(
      facts.notFlat === 'unbounded' ? 'MALFORMED_QUERY' : 'API_ERROR',
      REFUSALS[facts.notFlat],
    );
  if (facts.offset > 0) throw badRequest('API_ERROR', 'OFFSET is not supported in Bulk Query');
}

/** Runs a query job to its end. Never throws: what goes wrong is the job's error message. */
export async function runQueryJob(
  job: QueryJob,
  prepared: PreparedQuery,
  context: SimulatorContext,
): Promise<void> {
  const control = bulkOf(context);
  await control.turn();
  if (job.state !== 'UploadComplete') return;
  enter(job, 'InProgress', context);
  await control.turn();
  if (!isInProgress(job)) return;
  const startedAt = performance.now();
  try {
    const { table } = prepared.run();
    if (table) job.table = table;
    job.processed = table?.rows.length ?? 0;
    enter(job, 'JobComplete', context);
  } catch (error) {
    job.errorMessage = error instanceof ApiError ? `${error.errorCode} : ${error.message}` : String(error);
    enter(job, 'Failed', context);
  }
  job.workedMs = performance.now() - startedAt;
}

/** The opaque name of a place in the results. */
export function locatorOf(offset: number): string {
  return Buffer.from(String(offset)).toString('base64url');
}

/** The place that a locator names; the start without one. @throws ApiError for one that names no place */
export function offsetOf(locator: string | undefined, size: number): number {
  if (locator === undefined || locator === '') return 0;
  const text = Buffer.from(locator, 'base64url').toString('utf8');
  const offset = Number(text);
  const isPlace = /^\d{1,12}$/.test(text) && (offset === 0 || offset < size);
  if (!isPlace) throw badRequest('INVALID_QUERY_LOCATOR', 'invalid query locator');
  return offset;
}

/** A page of results: the header, then rows, in pieces of text. */
export function* pageText(
  table: FlatTable,
  page: { from: number; to: number },
  dialect: Dialect,
): Generator<string> {
  const { columns, rows } = table;
  let text = csvLine(
    columns.map((column) => column.header),
    dialect,
  );
  const cells = new Array<string>(columns.length);
  for (let at = page.from; at < page.to; at++) {
    const row = rows[at];
    if (!row) break;
    for (let i = 0; i < columns.length; i++) {
      const column = columns[i];
      cells[i] = column ? csvValue(column.type, column.get(row)) : '';
    }
    text += csvLine(cells, dialect);
    if ((at - page.from) % PIECE === PIECE - 1) {
      yield text;
      text = '';
    }
  }
  if (text !== '') yield text;
}
