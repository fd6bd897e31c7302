import { TierlinkError } from '../../../src/errors.ts';
import type { CrmReference, CrmValue, WriteRow } from '../../../src/sync/connector.ts';
import { rejected, unchanged } from '../../shared/write-outcome.ts';
import type { Context } from '../context.ts';
import type { Column } from '../metadata.ts';
import { isGuid } from '../odata.ts';
import { refusedStates, stateActions } from '../state-actions.ts';
import { type DayStart, payloadValue } from '../values-out.ts';
import type { LaneRequest } from '../write.ts';
import { dayStarts } from './defaults.ts';
import {
  columnNamed,
  lookupsNamed,
  propertiesNamed,
  stateOf,
  type WriteLookup,
  type WriteTable,
  writeTable,
} from './table.ts';

/** A lookup to be set: to the record with this id, or with this value in another column. */
export interface Pointing {
  field: string;
  /** Where it can lead; one of them once the table is known. */
  lookups: readonly WriteLookup[];
  /** undefined: `key` is an id. */
  keyField: string | undefined;
  key: string;
}

/** A state that an action has to bring about. */
export interface WantedState {
  state: number;
  status: number | undefined;
}

/** A row ready to be sent, but for the lookups that are still to be found. */
export interface PreparedRow {
  ref: string;
  /** Id of an update in lower case, key of an upsert. */
  target: string;
  parent: string;
  /** Properties of the payload. */
  body: Record<string, unknown>;
  pointings: readonly Pointing[];
  state: WantedState | undefined;
}

/**
 * Checks rows against what the user may write and puts them into the platform's form; those that are not sent are settled.
 * A refusal may rest on an old description: it is asked for again before anything is refused.
 */
export async function prepareRows(context: Context, lane: LaneRequest): Promise<PreparedRow[]> {
  let attempts = await attemptAll(context, lane);
  if (attempts.some((each) => each instanceof TierlinkError)) {
    lane.table = await writeTable(context, lane.request, true);
    attempts = await attemptAll(context, lane);
  }
  const rows: PreparedRow[] = [];
  for (const [index, row] of lane.request.rows.entries()) {
    const result = attempts[index] ?? 'unchanged';
    if (result instanceof TierlinkError) lane.settle(rejected(row.ref, { error: result, id: row.id }));
    else if (result === 'unchanged') lane.settle(unchanged(row));
    else rows.push(result);
  }
  return rows;
}

async function attemptAll(context: Context, lane: LaneRequest): Promise<Attempt[]> {
  const startOf = await dayStarts(context, lane);
  return lane.request.rows.map((row) => attempt(lane, row, startOf));
}

type Attempt = PreparedRow | 'unchanged' | TierlinkError;

function attempt(lane: LaneRequest, row: WriteRow, startOf: DayStart): Attempt {
  try {
    return prepareRow(lane, row, startOf);
  } catch (error) {
    if (error instanceof TierlinkError) return error;
    throw error;
  }
}

function prepareRow({ request, table }: LaneRequest, row: WriteRow, startOf: DayStart): Attempt {
  const target = targetOf(request.operation, row);
  if (request.operation === 'update' && Object.keys(row.fields).length === 0) return 'unchanged';
  const body: Record<string, unknown> = {};
  const pointings: Pointing[] = [];
  for (const [name, value] of Object.entries(row.fields)) {
    const column = writable(table, request.operation, name);
    if (column.name === request.keyField) continue;
    if (column.required && isBlank(value)) throw missingValue(column);
    if (column.type !== 'reference') body[column.name] = plainValue(column, value, startOf);
    else if (isBlank(value)) body[clearing(table, name)] = null;
    else pointings.push(pointingOf(name, lookupsNamed(table, name), value));
  }
  const state = takeState(table, body);
  return { ref: row.ref, target, parent: row.parent ?? '', body, pointings, state };
}

function targetOf(operation: 'update' | 'upsert', row: WriteRow): string {
  const target = operation === 'update' ? row.id : row.key;
  if (target === undefined || target === '')
    throw new TierlinkError('CRM_BAD_VALUE', { reason: `a row to ${operation} has no id or key` });
  if (operation === 'upsert') return wellFormed(target);
  if (isGuid(target)) return target.toLowerCase();
  throw new TierlinkError('CRM_GONE', { reason: `"${target}" is no id of a row` });
}

/** Half a character cannot stand in any address. */
function wellFormed(key: string): string {
  if (!/\p{Cs}/u.test(key)) return key;
  throw new TierlinkError('CRM_BAD_VALUE', { reason: 'the key holds half a character' });
}

/** The platform passes over in silence what cannot be written, so it is refused here. */
function writable(table: WriteTable, operation: 'update' | 'upsert', name: string): Column {
  const column = columnNamed(table.own, name);
  if (column === undefined)
    throw new TierlinkError('CRM_FIELD_MISSING', { field: name, object: table.own.name });
  const may = operation === 'update' ? column.updatable : column.updatable || column.creatable;
  if (!may) throw new TierlinkError('CRM_FIELD_READONLY', { field: name });
  return column;
}

const isBlank = (value: CrmValue | CrmReference): boolean => value === null || value === '';

function missingValue({ name: field }: Column): TierlinkError {
  return new TierlinkError('CRM_REQUIRED', { reason: `${field} cannot be blank`, field });
}

function plainValue(column: Column, value: CrmValue | CrmReference, startOf: DayStart): unknown {
  if (typeof value !== 'object' || value === null) return payloadValue(column, value, startOf);
  throw new TierlinkError('CRM_BAD_VALUE', {
    reason: `${column.name} is no lookup and cannot point to a ${value.object}`,
    field: column.name,
  });
}

/** One of several navigation properties is enough: clearing it clears the lookup, wherever it pointed to. */
function clearing(table: WriteTable, field: string): string {
  return `${propertiesNamed(table, field)[0] ?? field}@odata.bind`;
}

/** A path such as parentaccountid.accountnumber names the column that the value stands in. */
function pointingOf(
  field: string,
  lookups: readonly WriteLookup[],
  value: CrmValue | CrmReference,
): Pointing {
  const isReference = typeof value === 'object' && value !== null;
  const fitting = isReference ? lookups.filter(({ table }) => table.name === value.object) : lookups;
  if (fitting.length === 0) {
    const reason = `${field} cannot point to a ${isReference ? value.object : 'record that is visible'}`;
    throw new TierlinkError('CRM_REFERENCE', { reason, field });
  }
  if (isReference) return { field, lookups: fitting, keyField: value.keyField, key: value.key };
  return { field, lookups: fitting, keyField: field.split('.')[1], key: String(value) };
}

/** Takes a state out of the body that only an action can bring about. Throws CRM_RULE for one that is never written. */
function takeState(table: WriteTable, body: Record<string, unknown>): WantedState | undefined {
  const actions = stateActions[table.own.name];
  const refused = refusedStates[table.own.name];
  if (actions === undefined && refused === undefined) return undefined;
  const status = typeof body.statuscode === 'number' ? body.statuscode : undefined;
  const state = typeof body.statecode === 'number' ? body.statecode : stateOf(table, status);
  const reason = state === undefined ? undefined : refused?.[state];
  if (reason !== undefined) throw new TierlinkError('CRM_RULE', { reason, field: 'statecode' });
  if (actions === undefined || state === undefined) return undefined;
  delete body.statecode;
  delete body.statuscode;
  return { state, status };
}
