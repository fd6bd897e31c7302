import { type ApiAnswer, type ApiRequest, contextOf, noContent, ok, type Route } from '../api.ts';
import { requireAccess, updateRow } from '../dml/save.ts';
import { refusals } from '../errors.ts';
import { jsonName } from '../row-json.ts';
import type { Column, Table, Value } from '../types.ts';
import { addressedRow, callOf, requireBody, tableOf } from './rows.ts';

/**
 * One property of a row by itself: accounts(id)/name.
 * https://learn.microsoft.com/power-apps/developer/data-platform/webapi/retrieve-entity-using-web-api (single property) and
 * https://learn.microsoft.com/power-apps/developer/data-platform/webapi/update-delete-entities-using-web-api
 */

function columnOf(request: ApiRequest): { table: Table; column: Column } | undefined {
  const [first, second] = request.segments;
  const table = tableOf(request);
  if (table === undefined || first?.arguments === null || second?.arguments !== null) return undefined;
  const column = [...table.columns.values()].find((each) => jsonName(each) === second.name);
  return column === undefined ? undefined : { table, column };
}

function readValue(request: ApiRequest): Value {
  const { table, column } = columnOf(request)!;
  const row = addressedRow(request, table);
  requireAccess(callOf(request, table), 'Read', row);
  return request.caller.mayRead(table, column) ? (row[column.logicalName] ?? null) : null;
}

/** A property without a value has no content, in either form. */
const property: Route = {
  name: 'property',
  fits: (request) =>
    request.method === 'GET' && request.segments.length === 2 && columnOf(request) !== undefined,
  answer: (request) => {
    const value = readValue(request);
    if (value === null) return noContent();
    const [path = ''] = request.path.split('?');
    return ok({ '@odata.context': contextOf(request, decodeURIComponent(path).replace(/^\//, '')), value });
  },
};

const rawValue: Route = {
  name: 'raw value',
  fits: (request) =>
    request.method === 'GET' &&
    request.segments.length === 3 &&
    request.segments[2]!.name === '$value' &&
    columnOf(request) !== undefined,
  answer: (request) => {
    const value = readValue(request);
    if (value === null) return noContent();
    return { status: 200, headers: { 'Content-Type': 'text/plain' }, body: String(value) };
  },
};

function write(request: ApiRequest, value: unknown): ApiAnswer {
  const { table, column } = columnOf(request)!;
  updateRow(callOf(request, table), addressedRow(request, table), { [column.logicalName]: value });
  return noContent();
}

/** Lookups are changed by their references. */
const isWritable = (request: ApiRequest): boolean =>
  request.segments.length === 2 &&
  columnOf(request)?.column.targets === undefined &&
  columnOf(request) !== undefined;

const setProperty: Route = {
  name: 'set property',
  fits: (request) => request.method === 'PUT' && isWritable(request),
  answer: (request) => {
    const { table } = columnOf(request)!;
    const body = requireBody(request, table);
    if (!('value' in body))
      throw refusals.badPayload(table.entitySet, "A property with name 'value' was expected.");
    return write(request, body.value);
  },
};

const clearProperty: Route = {
  name: 'clear property',
  fits: (request) => request.method === 'DELETE' && isWritable(request),
  answer: (request) => write(request, null),
};

export const propertyRoutes: readonly Route[] = [property, rawValue, setProperty, clearProperty];
