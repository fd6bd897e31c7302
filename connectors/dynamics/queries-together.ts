import { randomUUID } from 'node:crypto';
import { retryAfterMs } from '../shared/call-failed.ts';
import type { JsonRow } from '../shared/neutral-values.ts';
import { type BatchAnswer, batchBody, readBatch } from './batch.ts';
import { rootOf } from './client.ts';
import type { Context } from './context.ts';
import { parseFault } from './errors.ts';
import { parseExact } from './exact-json.ts';
import { askPage } from './pages.ts';

/** Queries of one table; each answers a few hundred rows, as those that name their rows do. */
export interface Queries {
  /** Below the root, percent-encoded. */
  paths: readonly string[];
  table: string;
  signal?: AbortSignal | undefined;
}

/** Queries that travel in one call: 400 rows each are what one page of a read holds. */
const TOGETHER = 13;

/**
 * All rows of the queries, in their order. Several travel as one batch, which is one request to the limits of the platform;
 * a part that was refused is asked for again by itself, so that it is repeated or told like any other query.
 * https://learn.microsoft.com/power-apps/developer/data-platform/webapi/execute-batch-operations-using-web-api
 */
export async function rowsOfQueries(context: Context, queries: Queries): Promise<JsonRow[]> {
  const rows: JsonRow[] = [];
  for (let start = 0; start < queries.paths.length; start += TOGETHER) {
    queries.signal?.throwIfAborted();
    const paths = queries.paths.slice(start, start + TOGETHER);
    const answers = paths.length === 1 ? [] : await askTogether(context, { ...queries, paths });
    for (const [index, path] of paths.entries()) {
      const { found, next } = firstPage(answers[index], path);
      rows.push(...found, ...(await pagesFrom(context, queries, next)));
    }
  }
  return rows;
}

async function askTogether(context: Context, { paths, table, signal }: Queries): Promise<BatchAnswer[]> {
  const boundary = `batch_${randomUUID()}`;
  const answer = await context.client.send({
    method: 'POST',
    path: '$batch',
    kind: 'query',
    table,
    repeatable: true,
    headers: {
      'Content-Type': `multipart/mixed; boundary=${boundary}`,
      Prefer: 'odata.continue-on-error',
    },
    body: batchBody(
      paths.map((path) => [{ method: 'GET', path }]),
      { root: rootOf(context.options), boundary },
    ),
    signal,
  });
  const answers = readBatch(answer.headers['content-type'] ?? '', answer.body).flat();
  for (const { status, headers, body } of answers)
    if (status >= 400) context.client.heed(parseFault(status, body), retryAfterMs(headers['retry-after']));
  return answers;
}

/** What a part of a batch holds, and where to go on; from the start where there is no such part or it was refused. */
function firstPage(
  answer: BatchAnswer | undefined,
  path: string,
): { found: JsonRow[]; next: string | undefined } {
  if (answer === undefined || answer.status >= 400) return { found: [], next: path };
  const page = parseExact<{ value: JsonRow[]; '@odata.nextLink'?: string }>(answer.body);
  return { found: page.value, next: page['@odata.nextLink'] };
}

async function pagesFrom(
  context: Context,
  { table, signal }: Queries,
  first: string | undefined,
): Promise<JsonRow[]> {
  const rows: JsonRow[] = [];
  for (let path = first; path !== undefined; ) {
    const page = await askPage(context, { path, table, signal });
    rows.push(...page.rows);
    path = page.next;
  }
  return rows;
}
