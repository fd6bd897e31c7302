import { type ApiAnswer, type ApiRequest, contextOf, ok, type Route } from '../api.ts';
import { readApply } from '../apply.ts';
import { readFetch } from '../fetch-xml.ts';
import { guidOf } from '../ids.ts';
import type { JoinPlan } from '../joins/plan.ts';
import { type JoinPage, type JoinRun, runJoin } from '../joins/run.ts';
import { mostRows } from '../query.ts';
import { readSkipToken, skipToken } from '../skip-token.ts';
import { readSql } from '../sql.ts';
import type { Table } from '../types.ts';
import { applied, nextLink, tableOf, totals } from './lists.ts';

/** Queries of rows that join and group tables: $apply, fetchXml and sql. */

const isQuery = (request: ApiRequest): boolean =>
  request.method === 'GET' && request.segments.length === 1 && tableOf(request) !== undefined;

const isFor = (request: ApiRequest, option: string): boolean =>
  isQuery(request) && request.query.other[option] !== undefined;

function runOf(request: ApiRequest, plan: JoinPlan): JoinRun {
  const { org, caller, prefer, query } = request;
  const { skipToken: token } = query;
  return {
    state: org.state,
    caller,
    annotates: prefer.annotates,
    plan,
    parameters: query.parameters,
    pageSize: prefer.maxPageSize ?? mostRows,
    page: token === undefined ? 1 : (readSkipToken(token)?.page ?? 1),
  };
}

/** The cookie of the page behind this one. Groups have no row to go by, so that the page stands for it. */
function cookieOf(table: Table, { lastId }: JoinPage, page: number): string {
  return skipToken(table.primaryId, { page: page + 1, id: lastId ?? guidOf(`page ${page}`), values: [] });
}

/** accounts?$apply=groupby((statuscode),aggregate($count as count)) */
const apply: Route = {
  name: 'apply',
  fits: (request) => isQuery(request) && request.query.apply !== undefined,
  answer: (request) => answerPages(request, readApply(request, tableOf(request)!)),
};

const sql: Route = {
  name: 'sql',
  fits: (request) => isFor(request, 'sql'),
  answer: (request) => {
    const plan = readSql(request.org.schema, tableOf(request)!, request.query.other.sql!);
    return answerPages(request, plan);
  },
};

function answerPages(request: ApiRequest, plan: JoinPlan): ApiAnswer {
  const run = runOf(request, plan);
  const found = runJoin(run);
  const link = () => nextLink(request, `$skiptoken=${cookieOf(plan.table, found, run.page)}`);
  return ok(
    {
      '@odata.context': contextOf(request, plan.table.entitySet),
      value: found.rows,
      ...(found.isMore ? { '@odata.nextLink': link() } : {}),
    },
    applied(request),
  );
}

/** https://learn.microsoft.com/power-apps/developer/data-platform/fetchxml/page-results */
const fetchXml: Route = {
  name: 'fetchXml',
  fits: (request) => isFor(request, 'fetchXml'),
  answer: (request): ApiAnswer => {
    const table = tableOf(request)!;
    const { plan, pageSize, page, counts } = readFetch(
      request.org.schema,
      table,
      request.query.other.fetchXml!,
    );
    const run = runOf(request, plan);
    const found = runJoin({ ...run, pageSize: Math.min(pageSize ?? run.pageSize, mostRows), page });
    const { annotates } = request.prefer;
    return ok(
      {
        '@odata.context': contextOf(request, table.entitySet),
        ...totals(request, counts ? Math.min(found.total, mostRows) : -1),
        ...(annotates('Microsoft.Dynamics.CRM.morerecords')
          ? { '@Microsoft.Dynamics.CRM.morerecords': found.isMore }
          : {}),
        // Clients go on by it that ask for no annotation.
        ...(found.isMore
          ? {
              '@Microsoft.Dynamics.CRM.fetchxmlpagingcookie': decodeURIComponent(
                cookieOf(table, found, page),
              ),
            }
          : {}),
        value: found.rows,
      },
      applied(request),
    );
  },
};

export const otherQueryRoutes: readonly Route[] = [apply, sql, fetchXml];
