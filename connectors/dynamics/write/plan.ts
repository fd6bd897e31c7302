import type { BatchOperation } from '../batch.ts';
import type { Context } from '../context.ts';
import { idAddress, isAddressable, isPlain, type KeyPart, keyAddress, keyKind } from '../key-address.ts';
import { mannersHeaders, WRITE_TAG } from '../manners.ts';
import type { LaneRequest } from '../write.ts';
import { lacksCurrency, withCurrency } from './currency.ts';
import { type Finding, findRows } from './find.ts';
import type { PreparedRow } from './rows.ts';
import { planState } from './state.ts';

/** A row as the requests that write it. Several are done as a whole or not at all. */
export interface Sending {
  row: PreparedRow;
  operations: readonly BatchOperation[];
  /** Known before it is sent: of an update, or of a row that was looked up. */
  id: string | undefined;
  /** The row as a target of a bulk message; undefined where only a request of its own will do. */
  target: Record<string, unknown> | undefined;
}

/** Where a row is written to. */
export interface Place {
  /** Address of the row; undefined for one that is not there and has a key that no address can hold. */
  address: string | undefined;
  /** What is there now, where that was looked up. */
  existing: Finding | undefined;
}

/**
 * Turns rows into requests. Looks up first what decides on them: the state of rows that are to be closed, the ids of rows
 * whose key no address can hold, and whether rows are there whose amounts name no currency. Rows of which nothing is left
 * to do are settled.
 */
export async function planSendings(
  context: Context,
  lane: LaneRequest,
  rows: readonly PreparedRow[],
): Promise<Sending[]> {
  const existing = await lookUp(context, lane, rows);
  const findingOf = (row: PreparedRow): Finding | undefined => existing.get(row.target.toLowerCase());
  const whole = await withCurrency(context, lane, rows, (row) => findingOf(row) !== undefined);
  return whole.flatMap((row) => {
    const place = placeOf(lane, row, findingOf(row));
    const sending = sendingOf(lane, row, place);
    if (sending.operations.length > 0) return [sending];
    lane.settle({
      ref: row.ref,
      ...(sending.id === undefined ? {} : { id: sending.id }),
      outcome: 'unchanged',
    });
    return [];
  });
}

async function lookUp(
  context: Context,
  lane: LaneRequest,
  rows: readonly PreparedRow[],
): Promise<ReadonlyMap<string, Finding>> {
  const { request, table } = lane;
  const isUpsert = request.operation === 'upsert';
  const wanted = rows.filter(
    (row) => row.state !== undefined || (isUpsert && !isAddressable(row.target)) || lacksCurrency(lane, row),
  );
  if (wanted.length === 0) return new Map();
  const found = await findRows(context, {
    table: table.own,
    column: isUpsert ? (request.keyField ?? '') : table.own.primaryId,
    values: wanted.map((row) => row.target),
    more: wanted.some((row) => row.state !== undefined) ? ['statecode', 'statuscode'] : [],
    signal: request.signal,
  });
  return new Map(found.map((each) => [each.value.toLowerCase(), each]));
}

function placeOf(lane: LaneRequest, row: PreparedRow, existing: Finding | undefined): Place {
  const { entitySet } = lane.table.own;
  if (lane.request.operation === 'update') return { address: idAddress(entitySet, row.target), existing };
  if (existing !== undefined) return { address: idAddress(entitySet, existing.id), existing };
  const part = keyOf(lane, row);
  return { address: isAddressable(row.target) ? keyAddress(entitySet, part) : undefined, existing };
}

/** The key of an upsert. The platform itself says whether the column is a key. */
function keyOf({ request, table }: LaneRequest, row: PreparedRow): KeyPart {
  const column = request.keyField ?? '';
  return { column, kind: keyKind(table.own.columns.get(column)?.vendorType ?? 'String'), value: row.target };
}

function sendingOf(lane: LaneRequest, row: PreparedRow, place: Place): Sending {
  const { body, after } = planState(lane, row, place);
  const isUpdate = lane.request.operation === 'update';
  const id = isUpdate ? row.target : place.existing?.id;
  const mustWrite = Object.keys(body).length > 0 || (!isUpdate && place.existing === undefined);
  const own = mustWrite ? [ownOperation(lane, row, { ...place, body })] : [];
  const operations = [...own, ...after];
  const isPlainWrite = mustWrite && operations.length === 1 && row.state === undefined;
  return { row, operations, id, target: isPlainWrite ? targetOf(lane, row, body) : undefined };
}

/** Creates or updates the row; an update never creates. The answer of an upsert tells the id and which of both it was. */
function ownOperation(
  lane: LaneRequest,
  row: PreparedRow,
  { address, existing, body }: Place & { body: Record<string, unknown> },
): BatchOperation {
  const { own } = lane.table;
  const isKnown = lane.request.operation === 'update' || existing !== undefined;
  const headers = mannersHeaders(lane.request.manners, !isKnown);
  if (isKnown && address !== undefined) {
    return {
      method: 'PATCH',
      path: `${address}?${WRITE_TAG}`,
      headers: { ...headers, 'If-Match': versionOf(lane, row, existing) },
      body,
    };
  }
  const answering = { ...headers, Prefer: 'return=representation' };
  const query = `?$select=${own.primaryId}&${WRITE_TAG}`;
  if (address !== undefined) return { method: 'PATCH', path: `${address}${query}`, headers: answering, body };
  const whole = { ...body, [lane.request.keyField ?? '']: row.target };
  return { method: 'POST', path: `${own.entitySet}${query}`, headers: answering, body: whole };
}

/** What was decided by the state of a row is done only while it is in it. */
function versionOf({ table }: LaneRequest, row: PreparedRow, existing: Finding | undefined): string {
  const etag = existing?.row['@odata.etag'];
  return row.state !== undefined && table.own.hasVersions && typeof etag === 'string' ? etag : '*';
}

/** https://learn.microsoft.com/power-apps/developer/data-platform/bulk-operations */
function targetOf(
  lane: LaneRequest,
  row: PreparedRow,
  body: Record<string, unknown>,
): Record<string, unknown> | undefined {
  const { own } = lane.table;
  const type = { '@odata.type': `Microsoft.Dynamics.CRM.${own.name}` };
  if (lane.request.operation === 'update') return { ...type, [own.primaryId]: row.target, ...body };
  if (!isPlain(row.target)) return undefined;
  return { ...type, '@odata.id': keyAddress(own.entitySet, keyOf(lane, row)), ...body };
}
