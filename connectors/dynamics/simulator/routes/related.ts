import { type ApiAnswer, type ApiRequest, contextOf, noContent, ok, type Route } from '../api.ts';
import { collectionBehind } from '../collections.ts';
import { associate, disassociate } from '../dml/associate.ts';
import { referencedId } from '../dml/payload.ts';
import { requireAccess, updateRow, type WriteCall } from '../dml/save.ts';
import { refusals } from '../errors.ts';
import { follow } from '../odata/scope.ts';
import { runQuery } from '../query.ts';
import type { Join } from '../schema.ts';
import type { Relationship, Row, Table } from '../types.ts';
import { countAnswer, pageAnswer, runOf } from './lists.ts';
import { addressedRow, callOf, requireBody, rowAddress, rowAnswer, tableOf } from './rows.ts';

/**
 * What a row points to and what points to it: accounts(id)/primarycontactid, accounts(id)/contact_customer_accounts, and
 * the references behind them.
 * https://learn.microsoft.com/power-apps/developer/data-platform/webapi/associate-disassociate-entities-using-web-api
 */

interface Related {
  table: Table;
  /** Where the lookup is that leads to one row; absent for a collection. */
  lookup: Relationship | undefined;
  collection: Relationship | undefined;
  /** A collection of rows that are joined many to many. */
  join: Join | undefined;
  /** $ref, $count or nothing. */
  tail: string;
}

function relatedOf(request: ApiRequest): Related | undefined {
  const { org, segments } = request;
  const [first, second, third, ...more] = segments;
  const table = tableOf(request);
  if (table === undefined || first?.arguments === null || second === undefined || more.length > 0)
    return undefined;
  const lookup = org.schema.lookupByProperty(table, second.name);
  const collection = org.schema.collectionByProperty(table, second.name);
  const join = org.schema.joinByProperty(table, second.name);
  if (lookup === undefined && collection === undefined && join === undefined) return undefined;
  return { table, lookup, collection, join, tail: third?.name ?? '' };
}

/** The row in which an association starts, seen by whoever asks. */
function readableRow(request: ApiRequest, table: Table): Row {
  const row = addressedRow(request, table);
  requireAccess(callOf(request, table), 'Read', row);
  return row;
}

const relatedRow: Route = {
  name: 'related row',
  fits: (request) => {
    const found = relatedOf(request);
    return request.method === 'GET' && found?.lookup !== undefined && ['', '$ref'].includes(found.tail);
  },
  answer: (request) => {
    const { table, lookup, tail } = relatedOf(request)!;
    const row = follow({ state: request.org.state }, lookup!, readableRow(request, table));
    // https://docs.oasis-open.org/odata/odata/v4.0/os/part1-protocol/odata-v4.0-os-part1-protocol.html, 11.2.6
    if (row === undefined) return noContent();
    const target = request.org.schema.table(lookup!.referenced)!;
    requireAccess(callOf(request, target), 'Read', row);
    if (tail === '') return ok(rowAnswer(request, target, row));
    return ok({
      '@odata.context': contextOf(request, '$ref'),
      '@odata.id': rowAddress(request, target, row),
    });
  },
};

const relatedRows: Route = {
  name: 'related rows',
  fits: (request) => {
    const found = relatedOf(request);
    return (
      request.method === 'GET' &&
      found !== undefined &&
      found.lookup === undefined &&
      request.segments[1]!.arguments === null &&
      ['', '$count', '$ref'].includes(found.tail)
    );
  },
  answer: (request) => {
    const { table, tail } = relatedOf(request)!;
    const { table: other, rowsOf } = collectionBehind(request.org.state, table, request.segments[1]!.name)!;
    const row = readableRow(request, table);
    const run = runOf(request, other, rowsOf(String(row[table.primaryId])));
    if (tail === '') return pageAnswer(request, run);
    if (tail === '$count') return countAnswer(run);
    const value = runQuery(run).rows.map((row) => ({
      '@odata.id': rowAddress(request, other, { [other.primaryId]: String(row[other.primaryId]) }),
    }));
    return ok({ '@odata.context': contextOf(request, 'Collection($ref)'), value });
  },
};

const isReference = (request: ApiRequest, method: string): Related | undefined => {
  const found = relatedOf(request);
  return request.method === method && found?.tail === '$ref' ? found : undefined;
};

/** The address in the body of a request that associates. */
function givenAddress(request: ApiRequest, table: Table): string {
  const address = requireBody(request, table)['@odata.id'];
  if (typeof address === 'string' && address !== '') return address;
  throw refusals.badPayload(table.entitySet, "A property with name '@odata.id' was expected.");
}

function bind(
  call: WriteCall,
  row: Row,
  { relationship, to }: { relationship: Relationship; to: string | null },
): ApiAnswer {
  updateRow(call, row, { [`${relationship.lookupProperty}@odata.bind`]: to });
  return noContent();
}

const setReference: Route = {
  name: 'set reference',
  fits: (request) => isReference(request, 'PUT')?.lookup !== undefined,
  answer: (request) => {
    const { table, lookup } = relatedOf(request)!;
    const to = givenAddress(request, table);
    return bind(callOf(request, table), addressedRow(request, table), { relationship: lookup!, to });
  },
};

const clearReference: Route = {
  name: 'clear reference',
  fits: (request) => isReference(request, 'DELETE')?.lookup !== undefined,
  answer: (request) => {
    const { table, lookup } = relatedOf(request)!;
    return bind(callOf(request, table), addressedRow(request, table), { relationship: lookup!, to: null });
  },
};

const joinRows: Route = {
  name: 'join rows',
  fits: (request) => isReference(request, 'POST')?.join !== undefined,
  answer: (request) => {
    const { table, join } = relatedOf(request)!;
    const { state, schema } = request.org;
    const to = schema.table(join!.to.table)!;
    const id = referencedId(state, to.logicalName, givenAddress(request, to));
    const pair = { row: readableRow(request, table), other: state.rows(to).get(id)! };
    associate(callOf(request, table), join!, pair);
    return noContent();
  },
};

const takeApart: Route = {
  name: 'take rows apart',
  fits: (request) => isReference(request, 'DELETE')?.join !== undefined,
  answer: (request) => {
    const { table, join } = relatedOf(request)!;
    const other = referencedRow(request, request.org.schema.table(join!.to.table)!);
    disassociate(callOf(request, table), join!, { row: readableRow(request, table), other });
    return noContent();
  },
};

const addReference: Route = {
  name: 'add reference',
  fits: (request) => isReference(request, 'POST')?.collection !== undefined,
  answer: (request) => {
    const { table, collection } = relatedOf(request)!;
    const { state, schema } = request.org;
    const other = schema.table(collection!.referencing)!;
    const id = referencedId(state, other.logicalName, givenAddress(request, other));
    const to = rowAddress(request, table, readableRow(request, table));
    return bind(callOf(request, other), state.rows(other).get(id)!, { relationship: collection!, to });
  },
};

/** Names the other row behind the collection, or with $id. */
const removeReference: Route = {
  name: 'remove reference',
  fits: (request) => isReference(request, 'DELETE')?.collection !== undefined,
  answer: (request) => {
    const { table, collection } = relatedOf(request)!;
    const other = request.org.schema.table(collection!.referencing)!;
    const row = referencedRow(request, other);
    const whole = readableRow(request, table);
    if (row[collection!.column] !== whole[table.primaryId])
      throw refusals.notFound(other, String(row[other.primaryId]));
    return bind(callOf(request, other), row, { relationship: collection!, to: null });
  },
};

function referencedRow(request: ApiRequest, other: Table): Row {
  const [, second] = request.segments;
  if (second!.arguments !== null)
    return addressedRow(
      { ...request, segments: [{ name: other.entitySet, arguments: second!.arguments }] },
      other,
    );
  const { reference } = request.query;
  if (reference === undefined) throw refusals.badQuery('The $id query option is missing.');
  const id = referencedId(request.org.state, other.logicalName, reference);
  return request.org.state.rows(other).get(id)!;
}

export const relatedRoutes: readonly Route[] = [
  relatedRow,
  relatedRows,
  setReference,
  clearReference,
  joinRows,
  takeApart,
  addReference,
  removeReference,
];
