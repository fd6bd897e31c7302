import { type ApiAnswer, type ApiRequest, contextOf, noContent, ok, type Route } from '../api.ts';
import { findByKey, type RowKey, rowKey } from '../dml/key.ts';
import { removeRow } from '../dml/remove.ts';
import { createRow, requireAccess, updateRow, type WriteCall } from '../dml/save.ts';
import { type DataverseError, refusals } from '../errors.ts';
import { rowWriter } from '../query.ts';
import { etagOf } from '../row-json.ts';
import type { Row, Table } from '../types.ts';
import { applied, selection } from './lists.ts';

/** The table of the set that an address begins with. */
export function tableOf({ org, segments }: ApiRequest): Table | undefined {
  return org.schema.tableOfSet(segments[0]?.name ?? '');
}

/** Writes on behalf of whoever asks. */
export function callOf(request: ApiRequest, table: Table): WriteCall {
  const findsDuplicates = request.headers['mscrm.suppressduplicatedetection'] === 'false';
  return { state: request.org.state, caller: request.caller, table, findsDuplicates };
}

/** The row that an address names; throws 404 for one that is not there. */
export function addressedRow(request: ApiRequest, table: Table): Row {
  const key = rowKey(table, request.segments[0]!.arguments ?? {});
  const row = lookUp(request, table, key);
  if (row === undefined) throw missing(table, key);
  return row;
}

function lookUp({ org }: ApiRequest, table: Table, key: RowKey): Row | undefined {
  return key.kind === 'id' ? org.state.rows(table).get(key.id) : findByKey(org.state, table, key.values);
}

function missing(table: Table, key: RowKey): DataverseError {
  return key.kind === 'id' ? refusals.notFound(table, key.id) : refusals.notFoundByKey(table);
}

/** The address of a row, as OData-EntityId tells it. */
export function rowAddress({ root }: ApiRequest, table: Table, row: Row): string {
  return `${root}/${table.entitySet}(${String(row[table.primaryId])})`;
}

/** A row as an answer of its own. */
export function rowAnswer(request: ApiRequest, table: Table, row: Row): Record<string, unknown> {
  const { org, caller, query, prefer } = request;
  const scope = { state: org.state, caller, table, variables: new Map(), parameters: query.parameters };
  const write = rowWriter({ state: org.state, caller, annotates: prefer.annotates }, scope, query);
  return {
    '@odata.context': contextOf(request, `${table.entitySet}${selection(request)}/$entity`),
    ...write(row),
  };
}

export function requireBody({ body }: ApiRequest, table: Table): Record<string, unknown> {
  if (typeof body === 'object' && body !== null && !Array.isArray(body) && !Buffer.isBuffer(body))
    return body as Record<string, unknown>;
  throw refusals.badPayload(table.entitySet, 'A JSON object was expected.');
}

const retrieve: Route = {
  name: 'retrieve',
  fits: ({ method, segments, ...request }) =>
    method === 'GET' &&
    segments.length === 1 &&
    segments[0]!.arguments !== null &&
    request.org.schema.tableOfSet(segments[0]!.name) !== undefined,
  answer: (request) => {
    const table = tableOf(request)!;
    const row = addressedRow(request, table);
    requireAccess(callOf(request, table), 'Read', row);
    const known = request.headers['if-none-match'];
    if (known !== undefined && known === etagOf(row)) return { status: 304, headers: { ETag: etagOf(row) } };
    return ok(rowAnswer(request, table, row), { ...applied(request), ETag: etagOf(row) });
  },
};

const create: Route = {
  name: 'create',
  fits: (request) =>
    request.method === 'POST' &&
    request.segments.length === 1 &&
    request.segments[0]!.arguments === null &&
    tableOf(request) !== undefined,
  answer: (request) => {
    const table = tableOf(request)!;
    const row = createRow(callOf(request, table), requireBody(request, table));
    const address = rowAddress(request, table, row);
    const headers = { Location: address, 'OData-EntityId': address };
    if (!request.prefer.returnRepresentation) return noContent(headers);
    return {
      status: 201,
      headers: { ...headers, ...applied(request) },
      body: rowAnswer(request, table, row),
    };
  },
};

/** PATCH creates or updates, unless a condition allows only one of them. */
const upsert: Route = {
  name: 'upsert',
  fits: (request) =>
    request.method === 'PATCH' &&
    request.segments.length === 1 &&
    request.segments[0]!.arguments !== null &&
    tableOf(request) !== undefined,
  answer: (request) => {
    const table = tableOf(request)!;
    const key = rowKey(table, request.segments[0]!.arguments!);
    const before = lookUp(request, table, key);
    checkConditions(request, table, { key, row: before });
    const body = requireBody(request, table);
    const call = callOf(request, table);
    const row =
      before === undefined
        ? createRow(call, { ...keyBody(request, table, key), ...body })
        : updateRow(call, before, withoutKey(body, table, key));
    // An address by key is told as it was asked: no id, and no word on whether the row was there before.
    const address =
      key.kind === 'id'
        ? rowAddress(request, table, row)
        : `${request.root}/${decodeURIComponent(request.path.split('?')[0] ?? '').replace(/^\//, '')}`;
    const headers = { 'OData-EntityId': address };
    if (!request.prefer.returnRepresentation) return noContent(headers);
    return {
      status: before === undefined ? 201 : 200,
      headers: { ...headers, ...applied(request) },
      body: rowAnswer(request, table, row),
    };
  },
};

interface Addressed {
  key: RowKey;
  row: Row | undefined;
}

/** If-Match and If-None-Match. */
function checkConditions({ headers }: ApiRequest, table: Table, { key, row }: Addressed): void {
  const wanted = headers['if-match'];
  if (wanted !== undefined && row === undefined) throw missing(table, key);
  if (wanted !== undefined && wanted !== '*' && row !== undefined && wanted !== etagOf(row))
    throw refusals.versionMismatch();
  if (headers['if-none-match'] === '*' && row !== undefined) throw refusals.duplicateId();
}

/** A new row takes the values of its key from the address; the body wins where it has them too. */
function keyBody(request: ApiRequest, table: Table, key: RowKey): Record<string, unknown> {
  if (key.kind === 'id') return { [table.primaryId]: key.id };
  const entries = Object.entries(key.values).map(([name, value]): [string, unknown] => {
    const relationship = request.org.schema.lookupsOf(table).find((each) => each.column === name);
    if (relationship === undefined) return [name, value];
    const target = request.org.schema.table(relationship.referenced)!;
    return [`${relationship.lookupProperty}@odata.bind`, `/${target.entitySet}(${String(value)})`];
  });
  return Object.fromEntries(entries);
}

/** Key columns in the body of an update are passed over. */
function withoutKey(body: Record<string, unknown>, table: Table, key: RowKey): Record<string, unknown> {
  const names = new Set(key.kind === 'id' ? [table.primaryId] : Object.keys(key.values));
  return Object.fromEntries(Object.entries(body).filter(([name]) => !names.has(name)));
}

const remove: Route = {
  name: 'delete',
  fits: (request) =>
    request.method === 'DELETE' &&
    request.segments.length === 1 &&
    request.segments[0]!.arguments !== null &&
    tableOf(request) !== undefined,
  answer: (request): ApiAnswer => {
    const table = tableOf(request)!;
    const row = addressedRow(request, table);
    checkConditions(request, table, { key: rowKey(table, request.segments[0]!.arguments!), row });
    removeRow(callOf(request, table), row);
    return noContent();
  },
};

export const rowRoutes: readonly Route[] = [retrieve, create, upsert, remove];
