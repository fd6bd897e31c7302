import { type ApiAnswer, type ApiRequest, contextOf, ok, type Route } from '../api.ts';
import { readFetch } from '../fetch-xml.ts';
import { type QueryPage, type QueryRun, runQuery } from '../query.ts';
import { skipToken } from '../skip-token.ts';
import { readSql } from '../sql.ts';
import { applied, pageAnswer, runOf, tableOf } from './lists.ts';

/** Queries of rows in other languages than OData: fetchXml and sql. */

const isFor = (request: ApiRequest, option: string): boolean =>
  request.method === 'GET' &&
  request.segments.length === 1 &&
  request.query.other[option] !== undefined &&
  tableOf(request) !== undefined;

const sql: Route = {
  name: 'sql',
  fits: (request) => isFor(request, 'sql'),
  answer: (request) => {
    const table = tableOf(request)!;
    const query = { ...request.query, ...readSql(table, request.query.other.sql!) };
    return pageAnswer(request, { ...runOf(request, table), query });
  },
};

/** https://learn.microsoft.com/power-apps/developer/data-platform/fetchxml/page-results */
const fetchXml: Route = {
  name: 'fetchXml',
  fits: (request) => isFor(request, 'fetchXml'),
  answer: (request): ApiAnswer => {
    const table = tableOf(request)!;
    const { query: read, pageSize, page } = readFetch(table, request.query.other.fetchXml!);
    const run = { ...runOf(request, table), query: { ...request.query, ...read } };
    const found = pageOf({ ...run, pageSize: pageSize ?? run.pageSize }, page);
    const { annotates } = request.prefer;
    const isMore = found.next !== undefined;
    return ok(
      {
        '@odata.context': contextOf(request, table.entitySet),
        ...(annotates('Microsoft.Dynamics.CRM.morerecords')
          ? { '@Microsoft.Dynamics.CRM.morerecords': isMore }
          : {}),
        ...(isMore && annotates('Microsoft.Dynamics.CRM.fetchxmlpagingcookie')
          ? {
              '@Microsoft.Dynamics.CRM.fetchxmlpagingcookie': decodeURIComponent(
                skipToken(table.primaryId, found.next!),
              ),
            }
          : {}),
        value: found.rows,
      },
      applied(request),
    );
  },
};

/** The page of a number, counted from 1. */
function pageOf(run: QueryRun, number: number): QueryPage {
  let page = runQuery(run);
  for (let at = 1; at < number; at += 1) {
    if (page.next === undefined) return { rows: [] };
    page = runQuery({ ...run, after: page.next });
  }
  return page;
}

export const otherQueryRoutes: readonly Route[] = [sql, fetchXml];
