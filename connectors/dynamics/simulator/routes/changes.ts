import { type ApiRequest, contextOf, ok, type Route } from '../api.ts';
import {
  type Change,
  changesBetween,
  deltaToken,
  isBehind,
  readDeltaToken,
  requireTracking,
  toldVersion,
} from '../change-tracking.ts';
import { mostRows, type PagePlace, rowWriter, runQuery } from '../query.ts';
import { readSkipToken, skipToken } from '../skip-token.ts';
import type { Table } from '../types.ts';
import { applied, nextLink, selection, tableOf } from './lists.ts';

/** The first read of a table whose changes are to be followed: every row, and at the end the way to what comes later. */
const baseline: Route = {
  name: 'track changes',
  fits: (request) =>
    request.method === 'GET' &&
    request.segments.length === 1 &&
    request.prefer.trackChanges &&
    request.query.deltaToken === undefined &&
    tableOf(request) !== undefined,
  answer: (request) => {
    const table = tableOf(request)!;
    const { org, caller, query, prefer } = request;
    requireTracking({ caller, table, query });
    const after = query.skipToken === undefined ? undefined : readSkipToken(query.skipToken);
    // Changes that happen while the pages are read are told once more: the token is that of the first page.
    const since = after?.version ?? toldVersion(org.state, table);
    const page = runQuery({
      state: org.state,
      caller,
      table,
      query,
      annotates: prefer.annotates,
      pageSize: prefer.maxPageSize ?? mostRows,
      after,
    });
    return ok(
      {
        '@odata.context': contextOf(request, `${table.entitySet}${selection(request)}`),
        value: page.rows,
        ...(page.next === undefined
          ? { '@odata.deltaLink': deltaLink(request, since) }
          : {
              '@odata.nextLink': nextLink(
                request,
                `$skiptoken=${skipToken(table.primaryId, { ...page.next, version: since })}`,
              ),
            }),
      },
      applied(request),
    );
  },
};

function deltaLink(request: ApiRequest, version: number): string {
  return nextLink(request, `$deltatoken=${deltaToken(version, request.org.clock.now())}`);
}

/** What changed since the version that a token names. */
const delta: Route = {
  name: 'delta',
  fits: (request) =>
    request.method === 'GET' &&
    request.segments.length === 1 &&
    request.query.deltaToken !== undefined &&
    tableOf(request) !== undefined,
  answer: (request) => {
    const table = tableOf(request)!;
    const { org, caller, query, prefer } = request;
    requireTracking({ caller, table, query });
    const since = readDeltaToken(org.state, table, query.deltaToken!);
    const place = query.skipToken === undefined ? undefined : readSkipToken(query.skipToken);
    const until = place?.version ?? Math.max(since.version, toldVersion(org.state, table));
    const all = changesBetween(org.state, table, { after: since.version, until });
    const left = place === undefined ? all : all.filter((change) => isBehind(change, endOf(place)));
    const page = left.slice(0, prefer.maxPageSize ?? mostRows);
    const last = page.length < left.length ? page.at(-1) : undefined;
    return ok(
      {
        '@odata.context': contextOf(request, `${table.entitySet}${selection(request)}/$delta`),
        ...(query.count === true ? { '@odata.count': all.length } : {}),
        value: page.map(changeWriter(request, table)),
        ...(last === undefined
          ? { '@odata.deltaLink': deltaLink(request, until) }
          : { '@odata.nextLink': nextDelta(request, table, { last, until }) }),
      },
      applied(request),
    );
  },
};

/** Where a page of changes ended: the token of the next link holds it as the values of its last row. */
function endOf({ values }: PagePlace): { kind: string; version: number } {
  return { kind: String(values[0]), version: Number(values[1]) };
}

function nextDelta(
  request: ApiRequest,
  table: Table,
  { last, until }: { last: Change; until: number },
): string {
  const id = last.kind === 'row' ? String(last.row[table.primaryId]) : last.id;
  const place: PagePlace = { page: 2, id, values: [last.kind, last.version], version: until };
  const kept = `$deltatoken=${encodeURIComponent(request.query.deltaToken!)}`;
  return nextLink(request, `${kept}&$skiptoken=${skipToken(table.primaryId, place)}`);
}

function changeWriter(request: ApiRequest, table: Table): (change: Change) => Record<string, unknown> {
  const { org, caller, query, prefer } = request;
  const scope = { state: org.state, caller, table, variables: new Map(), parameters: query.parameters };
  const write = rowWriter({ state: org.state, caller, annotates: prefer.annotates }, scope, query);
  return (change) =>
    change.kind === 'row'
      ? write(change.row)
      : {
          '@odata.context': contextOf(request, `${table.entitySet}/$deletedEntity`),
          id: change.id,
          reason: 'deleted',
        };
}

export const changeRoutes: readonly Route[] = [baseline, delta];
