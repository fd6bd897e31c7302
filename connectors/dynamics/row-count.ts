import type { DynamicsWebApi } from 'dynamics-web-api';
import { TierlinkError } from '../../src/errors.ts';
import { faultOf } from '../shared/call-failed.ts';
import type { Context } from './context.ts';
import {
  type CountedSpan,
  countInParts,
  cutsFor,
  type Span,
  type SpanCount,
  type SpanQuestions,
  spansBetween,
} from './count/spans.ts';
import type { Table } from './metadata.ts';
import { queryPath } from './odata.ts';
import { askPage } from './pages.ts';
import { createdCondition, liveConditions } from './scope.ts';
import { batchOutcomes } from './together.ts';

/** What is counted: live rows for which all conditions hold, created in [createdFrom, createdBefore). */
export interface Counted {
  conditions: readonly string[];
  createdFrom?: string | undefined;
  createdBefore?: string | undefined;
  signal?: AbortSignal | undefined;
}

/** Rows that one aggregation may run over: https://learn.microsoft.com/power-apps/developer/data-platform/webapi/query/aggregate-data */
const MOST_AGGREGATED = 50_000;

/**
 * The option that counts rows. $count stops at 5,000 and RetrieveTotalRecordCount may be a day old; an aggregation counts
 * what is there now.
 */
function countOption(conditions: readonly string[]): string {
  const filter = conditions.length === 0 ? '' : `filter(${conditions.join(' and ')})/`;
  return `$apply=${encodeURIComponent(`${filter}aggregate($count as rows)`)}`;
}

export function conditionsOf(table: Table, { conditions }: Counted, { from, before }: Span): string[] {
  const isBefore = before === undefined ? [] : [createdCondition('lt', before)];
  // A row that does not tell when it was made is counted in the first part.
  const isFirst = from === undefined && before !== undefined;
  return [
    ...liveConditions(table),
    ...conditions,
    ...(from === undefined ? [] : [createdCondition('ge', from)]),
    ...(isFirst ? [`(${isBefore[0]} or createdon eq null)`] : isBefore),
  ];
}

/** What is asked for one count. */
interface Asked {
  table: Table;
  counted: Counted;
}

/** Where counts of more rows than one aggregation takes were cut last, by connection and by what is counted. */
const cuts = new WeakMap<Context, Map<string, readonly string[]>>();

/**
 * Counts that travel in one call, in order; each is answered or refused for itself. What is too much for one aggregation is
 * counted in parts by the time at which rows were made; where to cut is found with a few calls and kept, so that the next
 * count is part of the one call again.
 */
export async function countTogether(
  context: Context,
  asked: readonly Asked[],
): Promise<(number | TierlinkError)[]> {
  const spans = asked.map((each) => spansOf(context, each));
  const asks = asked.flatMap((each, index) => spans[index]!.map((span) => ({ ...each, span })));
  const outcomes = (await countSpans(context, asks)).values();
  const counts: (number | TierlinkError)[] = [];
  for (const [index, each] of asked.entries()) {
    const told = spans[index]!.map((span) => ({ span, rows: outcomes.next().value! }));
    counts.push(await sumOf(context, each, told));
  }
  return counts;
}

function spansOf(context: Context, { table, counted }: Asked): Span[] {
  const { createdFrom: from, createdBefore: before } = counted;
  return spansBetween({ from, before }, cuts.get(context)?.get(cutsKey(table, counted)) ?? []);
}

function cutsKey(table: Table, { conditions }: Counted): string {
  return JSON.stringify([table.name, ...conditions]);
}

/** Adds up the parts of a count, after those in parts again that hold too many. */
async function sumOf(
  context: Context,
  asked: Asked,
  told: readonly { span: Span; rows: SpanCount }[],
): Promise<number | TierlinkError> {
  const parts: CountedSpan[] = [];
  for (const { span, rows } of told) {
    if (rows instanceof TierlinkError) return rows;
    if (rows === 'many') parts.push(...(await countInParts(questions(context, asked), span)));
    else parts.push({ span, rows });
  }
  keepCuts(context, asked, parts);
  return parts.reduce((sum, { rows }) => sum + rows, 0);
}

/** Counts of a limited time are cut where those of all time are, and add nothing to it. */
function keepCuts(context: Context, { table, counted }: Asked, parts: readonly CountedSpan[]): void {
  if (counted.createdFrom !== undefined || counted.createdBefore !== undefined) return;
  const kept = cuts.get(context) ?? new Map<string, readonly string[]>();
  cuts.set(context, kept);
  const points = cutsFor(parts, MOST_AGGREGATED / 2);
  if (points.length === 0) kept.delete(cutsKey(table, counted));
  else kept.set(cutsKey(table, counted), points);
}

async function countSpans(
  context: Context,
  asked: readonly (Asked & { span: Span })[],
): Promise<SpanCount[]> {
  const asks = asked.map(({ table, counted, span }) => {
    // The library would not encode $apply and changes braces in $filter, so the option is handed to it ready.
    const queryParams = [countOption(conditionsOf(table, counted, span))];
    return (api: DynamicsWebApi) => api.retrieveMultiple({ collection: table.entitySet, queryParams });
  });
  const outcomes = await batchOutcomes(context, { name: 'counts', kind: 'count' }, asks);
  return outcomes.map((outcome) => {
    if (outcome instanceof TierlinkError) return isTooMany(outcome) ? 'many' : outcome;
    return (outcome as CountAnswer).value[0]?.rows ?? 0;
  });
}

function questions(context: Context, { table, counted }: Asked): SpanQuestions {
  return {
    count: async (spans) => {
      counted.signal?.throwIfAborted();
      return await countSpans(
        context,
        spans.map((span) => ({ table, counted, span })),
      );
    },
    ends: async (span) => await endsOf(context, { table, counted }, span),
    countAnyhow: async (span) => await countInPages(context, { table, counted }, span),
  };
}

async function endsOf(
  context: Context,
  { table, counted }: Asked,
  span: Span,
): Promise<{ first: string; last: string } | undefined> {
  if (!table.columns.has('createdon')) return undefined;
  const filter = [...conditionsOf(table, counted, span), 'createdon ne null'];
  const ask = async (orderBy: string): Promise<string | undefined> => {
    const path = queryPath(table.entitySet, { select: ['createdon'], filter, orderBy, top: 1 });
    const call = { method: 'GET', path, kind: 'count', table: table.name, signal: counted.signal } as const;
    return (await context.client.json<{ value: { createdon: string }[] }>(call)).value[0]?.createdon;
  };
  const [first, last] = [await ask('createdon asc'), await ask('createdon desc')];
  return first === undefined || last === undefined ? undefined : { first, last };
}

/** Counts of one table, of which none may fail. */
export async function countRows(
  context: Context,
  table: Table,
  counted: readonly Counted[],
): Promise<number[]> {
  const asked = counted.map((each) => ({ table, counted: each }));
  return (await countTogether(context, asked)).map((outcome) => {
    if (outcome instanceof TierlinkError) throw outcome;
    return outcome;
  });
}

interface CountAnswer {
  value: { rows: number }[];
}

/** Whether a count was refused because there are too many rows for one aggregation. */
function isTooMany(error: TierlinkError): boolean {
  return faultOf(error)?.code === '0x8004e023';
}

/** What cannot be cut is counted by its ids, page by page. */
async function countInPages(context: Context, { table, counted }: Asked, span: Span): Promise<number> {
  const filter = conditionsOf(table, counted, span);
  const query = { select: [table.primaryId], filter, orderBy: table.primaryId };
  let count = 0;
  for (let path: string | undefined = queryPath(table.entitySet, query); path !== undefined; ) {
    counted.signal?.throwIfAborted();
    const page = await askPage(context, { path, table: table.name, kind: 'count', signal: counted.signal });
    count += page.rows.length;
    path = page.next;
  }
  return count;
}
