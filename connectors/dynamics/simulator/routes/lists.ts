import { type ApiAnswer, type ApiRequest, contextOf, ok, type Route } from '../api.ts';
import { countQuery, mostRows, type QueryRun, runQuery } from '../query.ts';
import { readSkipToken, skipToken } from '../skip-token.ts';
import type { Row, Table } from '../types.ts';

/** The table of a request for a set of rows, where it is one. */
export function tableOf({ org, segments }: ApiRequest): Table | undefined {
  const [first] = segments;
  return first?.arguments === null ? org.schema.tableOfSet(first.name) : undefined;
}

/** The query of a request, on all rows of a table or on some of them. */
export function runOf(request: ApiRequest, table: Table, within?: readonly Row[]): QueryRun {
  return {
    within,
    state: request.org.state,
    caller: request.caller,
    table,
    query: request.query,
    annotates: request.prefer.annotates,
    pageSize: request.prefer.maxPageSize,
    after: request.query.skipToken === undefined ? undefined : readSkipToken(request.query.skipToken),
  };
}

/** accounts: a page of rows, with the way to the next one. */
const list: Route = {
  name: 'list',
  fits: (request) =>
    request.method === 'GET' && request.segments.length === 1 && tableOf(request) !== undefined,
  answer: (request) => pageAnswer(request, runOf(request, tableOf(request)!)),
};

/** A page of rows as an answer. */
export function pageAnswer(request: ApiRequest, run: QueryRun): ApiAnswer {
  const { table } = run;
  const page = runQuery(run);
  const total = page.count ?? -1;
  return ok(
    {
      '@odata.context': contextOf(request, `${table.entitySet}${selection(request)}`),
      ...(page.count === undefined ? {} : { '@odata.count': page.count }),
      ...totals(request, total),
      value: page.rows,
      ...(page.next === undefined
        ? {}
        : { '@odata.nextLink': nextLink(request, `$skiptoken=${skipToken(table.primaryId, page.next)}`) }),
    },
    applied(request),
  );
}

/** How many rows there are, -1 where nobody asked; 5,000 stand for more. */
export function totals({ prefer }: ApiRequest, total: number): Record<string, unknown> {
  if (!prefer.annotates('Microsoft.Dynamics.CRM.totalrecordcount')) return {};
  return {
    '@Microsoft.Dynamics.CRM.totalrecordcount': total,
    '@Microsoft.Dynamics.CRM.totalrecordcountlimitexceeded': total >= mostRows,
  };
}

/** (name,revenue) as the context names what was selected. */
export function selection({ query }: ApiRequest): string {
  return query.select === undefined ? '' : `(${query.select.join(',')})`;
}

export function applied({ prefer }: ApiRequest): Record<string, string> {
  return prefer.applied.length === 0 ? {} : { 'Preference-Applied': prefer.applied.join(',') };
}

/** The same address with other tokens; the options stay as the client wrote them. */
export function nextLink({ root, path }: ApiRequest, tokens: string): string {
  const [resource = '', search = ''] = path.split('?');
  const kept = search.split('&').filter((part) => part !== '' && !/^(\$|%24)(skip|delta)token=/i.test(part));
  return `${root}/${resource.replace(/^\//, '')}?${[...kept, tokens].join('&')}`;
}

/** accounts/$count: a number as text. */
const count: Route = {
  name: 'count',
  fits: (request) =>
    request.method === 'GET' &&
    request.segments.length === 2 &&
    request.segments[1]!.name === '$count' &&
    tableOf(request) !== undefined,
  answer: (request) => countAnswer(runOf(request, tableOf(request)!)),
};

/** The number comes with a byte order mark in front. */
export function countAnswer(run: QueryRun): ApiAnswer {
  return { status: 200, headers: { 'Content-Type': 'text/plain' }, body: `\ufeff${countQuery(run)}` };
}

export const listRoutes: readonly Route[] = [list, count];
