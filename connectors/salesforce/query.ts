import { isTierlinkError, type TierlinkError } from '../../src/errors.ts';
import type { Scope } from '../../src/sync/connector.ts';
import { faultOf } from '../shared/call-failed.ts';
import type { JsonRow } from '../shared/neutral-values.ts';
import { type Call, queryPath } from './client.ts';
import type { Context } from './context.ts';
import { literalKind } from './describe.ts';
import { type LiteralKind, type Select, scopeConditions, select } from './soql.ts';
import { togetherOrAlone } from './together.ts';

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

/** The rows of one of several queries, or why it was refused. */
export type TogetherAnswer = { rows: JsonRow[]; fault?: undefined } | { rows: []; fault: TierlinkError };

/** The call that asks for one page of a query. */
export function queryCall(wanted: Select): Call {
  return { method: 'GET', path: queryPath(select(wanted)), kind: 'query', object: wanted.object };
}

/** Small queries (one page each) in as few calls as they fit in; each fails for itself. */
export async function queryTogether(
  context: Context,
  wanted: readonly Select[],
  signal?: AbortSignal,
): Promise<TogetherAnswer[]> {
  const answers = await togetherOrAlone<QueryAnswer>(context, wanted.map(queryCall), signal);
  return answers.map((answer) =>
    answer.fault === undefined ? { rows: answer.body.records } : { rows: [], fault: answer.fault },
  );
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
    await context.metadata.fresh([object]);
    return await work();
  }
}
