import { isTierlinkError, type TierlinkError } from '../../src/errors.ts';
import type { Scope } from '../../src/sync/connector.ts';
import { faultOf, queryPath } from './client.ts';
import type { Context } from './context.ts';
import { literalKind } from './describe.ts';
import { faultError, parseFault } from './errors.ts';
import type { JsonRow } from './records.ts';
import { type LiteralKind, type Select, scopeConditions, select } from './soql.ts';

export interface QueryAnswer {
  totalSize: number;
  done: boolean;
  records: JsonRow[];
  nextRecordsUrl?: string;
}

export interface QueryOptions {
  /** Rows in the recycle bin too. */
  all?: boolean;
  kind?: string;
  signal?: AbortSignal | undefined;
}

/** One page of a query, in one call. */
export async function query(
  context: Context,
  wanted: Select,
  options: QueryOptions = {},
): Promise<QueryAnswer> {
  return await context.client.json<QueryAnswer>({
    method: 'GET',
    path: queryPath(select(wanted), options.all),
    kind: options.kind ?? 'query',
    object: wanted.object,
    signal: options.signal,
  });
}

/** All rows of a query that is known to be small; follows the pages. */
export async function queryRows(
  context: Context,
  wanted: Select,
  options: QueryOptions = {},
): Promise<JsonRow[]> {
  let page = await query(context, wanted, options);
  const rows = [...page.records];
  while (!page.done && page.nextRecordsUrl !== undefined) {
    page = await context.client.json<QueryAnswer>({
      method: 'GET',
      path: page.nextRecordsUrl,
      kind: options.kind ?? 'query',
      object: wanted.object,
      signal: options.signal,
    });
    rows.push(...page.records);
  }
  return rows;
}

/** A composite call takes five queries and counts as one call. */
const QUERIES_PER_CALL = 5;

/** The rows of one of several queries, or why it was refused. */
export type TogetherAnswer = { rows: JsonRow[]; fault?: undefined } | { rows: []; fault: TierlinkError };

/** Small queries (one page each), five to a call; each fails for itself. */
export async function queryTogether(
  context: Context,
  wanted: readonly Select[],
  signal?: AbortSignal,
): Promise<TogetherAnswer[]> {
  const answers: TogetherAnswer[] = [];
  for (let from = 0; from < wanted.length; from += QUERIES_PER_CALL) {
    answers.push(...(await askTogether(context, wanted.slice(from, from + QUERIES_PER_CALL), signal)));
  }
  return answers;
}

async function askTogether(
  context: Context,
  wanted: readonly Select[],
  signal?: AbortSignal,
): Promise<TogetherAnswer[]> {
  const prefix = `/services/data/v${context.options.apiVersion}`;
  const answer = await context.client.json<{
    compositeResponse: { body: unknown; httpStatusCode: number }[];
  }>({
    method: 'POST',
    path: '/composite',
    kind: 'composite',
    object: wanted[0]?.object,
    repeatable: true,
    body: {
      allOrNone: false,
      collateSubrequests: false,
      compositeRequest: wanted.map((each, index) => ({
        method: 'GET',
        url: `${prefix}${queryPath(select(each))}`,
        referenceId: `q${index}`,
      })),
    },
    signal,
  });
  return answer.compositeResponse.map(({ body, httpStatusCode }, index) => {
    if (httpStatusCode === 200) return { rows: (body as QueryAnswer).records };
    const place = {
      connection: context.host.connection,
      now: context.host.now(),
      object: wanted[index]?.object,
    };
    return { rows: [], fault: faultError(parseFault(httpStatusCode, JSON.stringify(body)), place) };
  });
}

/** The conditions of a scope, with each value written as its field's type wants it. */
export async function conditionsOf(context: Context, object: string, scope: Scope): Promise<string[]> {
  const kinds = new Map<string, LiteralKind>();
  for (const field of Object.keys(scope.where ?? {})) {
    kinds.set(field, literalKind((await context.metadata.resolve(object, field))?.type));
  }
  return scopeConditions(scope, (field) => kinds.get(field) ?? 'text');
}

/**
 * Runs the work; when the platform says that a field does not exist (it was removed or hidden a moment ago), asks for
 * the object's description again and runs the work once more with what is left.
 */
export async function withFreshFields<T>(
  context: Context,
  object: string,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isTierlinkError(error, 'CRM_FIELD_MISSING') && faultOf(error)?.code !== 'INVALID_FIELD') throw error;
    await context.metadata.fresh(object);
    return await work();
  }
}
