import { type Caller, privilegeName } from '../access.ts';
import { type DataverseError, refusals } from '../errors.ts';
import { parseResource } from '../odata/parse.ts';
import type { State } from '../state.ts';
import { type Column, lookupTable, type Relationship, type Table, type Value } from '../types.ts';
import { findByKey, rowKey } from './key.ts';
import { storedValue } from './value.ts';

/** A body made ready to be stored. */
export interface Payload {
  values: Record<string, Value>;
  /** Rows to be made with this one: what a navigation property holds instead of a reference. */
  deep: DeepInsert[];
}

export interface DeepInsert {
  relationship: Relationship;
  /** Whether the new row is the one pointed to, or one of those that point here. */
  side: 'target' | 'collection';
  bodies: Record<string, unknown>[];
}

interface Reader {
  state: State;
  caller: Caller;
  table: Table;
  verb: 'create' | 'update';
  payload: Payload;
}

/**
 * Reads the body of a create or an update. Throws what the platform answers for a property that does not exist, one of the
 * wrong type, one that the caller may not write, and a reference to nothing.
 */
export function readPayload(
  state: State,
  how: { caller: Caller; table: Table; verb: 'create' | 'update' },
  body: Readonly<Record<string, unknown>>,
): Payload {
  const reader: Reader = { ...how, state, payload: { values: {}, deep: [] } };
  for (const [name, given] of Object.entries(body)) readProperty(reader, name, given);
  return reader.payload;
}

function readProperty(reader: Reader, name: string, given: unknown): void {
  const bound = /^([^@]+)@odata\.bind$/.exec(name)?.[1];
  const navigation = reader.state.schema.lookupByProperty(reader.table, bound ?? name);
  if (bound !== undefined) bind(reader, { property: bound, navigation }, given);
  // Annotations of what was read may be sent back.
  else if (name.includes('@')) return;
  else if (navigation !== undefined) readNavigation(reader, navigation, given);
  else readColumnOrCollection(reader, name, given);
}

function readColumnOrCollection(reader: Reader, name: string, given: unknown): void {
  const { table, payload } = reader;
  const relationship = reader.state.schema.collectionByProperty(table, name);
  if (relationship !== undefined && Array.isArray(given)) {
    payload.deep.push({ relationship, side: 'collection', bodies: given });
    return;
  }
  const column = table.columns.get(name);
  if (column === undefined || column.targets !== undefined) throw unknownProperty(table, name);
  const value = storedValue(table, column, given);
  if (isWritten(reader, column)) payload.values[column.logicalName] = value;
}

function unknownProperty(table: Table, name: string): DataverseError {
  return refusals.badPayload(
    table.entitySet,
    `Does not support untyped value in non-open type. Invalid property '${name}' was found in entity 'Microsoft.Dynamics.CRM.${table.logicalName}'.`,
  );
}

/** What cannot be written is passed over in silence, as the platform does; what may not be written is refused. */
function isWritten({ verb, table, caller }: Reader, column: Column): boolean {
  if (!caller.mayWrite(verb, table, column))
    throw refusals.securedColumn(verb, column.logicalName, table.logicalName);
  return verb === 'create' ? column.create || column.type === 'State' : column.update;
}

function readNavigation(reader: Reader, relationship: Relationship, given: unknown): void {
  if (given === null) {
    setLookup(reader, relationship, null);
  } else if (typeof given === 'object' && !Array.isArray(given)) {
    const bodies = [given as Record<string, unknown>];
    reader.payload.deep.push({ relationship, side: 'target', bodies });
  } else {
    throw refusals.badPayload(
      reader.table.entitySet,
      `An unexpected '${typeof given}' value was found for the navigation property '${relationship.lookupProperty}'.`,
    );
  }
}

/** "primarycontactid@odata.bind": "/contacts(id)", or null to clear. */
function bind(
  reader: Reader,
  { property, navigation }: { property: string; navigation: Relationship | undefined },
  given: unknown,
): void {
  if (navigation === undefined) throw undeclared(reader.table, property);
  const isBlank = given === null || given === '';
  if (!isBlank && typeof given !== 'string') throw undeclared(reader.table, property);
  const id = isBlank ? null : referencedId(reader.state, navigation.referenced, given);
  setLookup(reader, navigation, id);
}

function undeclared(table: Table, property: string): DataverseError {
  return refusals.badPayload(
    table.entitySet,
    `An undeclared property '${property}' which only has property annotations in the payload but no property value was found in the payload. In OData, only declared navigation properties and declared named streams can be represented as properties without values.`,
  );
}

/** The id behind "/contacts(id)", "contacts(key='x')" or the whole address of a row. */
export function referencedId(state: State, expected: string, address: string): string {
  const path = address.replace(/^https?:\/\/[^/]+/, '').replace(/^\/?(api\/data\/v[\d.]+\/)?/, '');
  const [segment] = parseResource(decodeURIComponent(path));
  const table = state.schema.tableOfSet(segment?.name ?? '');
  if (table === undefined || segment?.arguments === null) throw refusals.noSegment(segment?.name ?? '');
  if (table.logicalName !== expected) {
    throw refusals.badPayload(
      table.entitySet,
      `A node of this type expected: Microsoft.Dynamics.CRM.${expected}.`,
    );
  }
  const key = rowKey(table, segment!.arguments);
  const row = key.kind === 'id' ? state.rows(table).get(key.id) : findByKey(state, table, key.values);
  if (row === undefined)
    throw key.kind === 'id' ? refusals.notFound(table, key.id) : refusals.notFoundByKey(table);
  return String(row[table.primaryId]);
}

function setLookup(reader: Reader, relationship: Relationship, id: string | null): void {
  const { table, payload } = reader;
  const column = table.columns.get(relationship.column)!;
  if (!isWritten(reader, column)) return;
  if (id !== null) requireAppend(reader, relationship);
  payload.values[column.logicalName] = id;
  if ((column.targets?.length ?? 0) > 1)
    payload.values[lookupTable(column.logicalName)] = id === null ? null : relationship.referenced;
}

/**
 * Setting a lookup joins two rows: one is appended, the other appended to. An owner is assigned instead.
 * https://learn.microsoft.com/power-platform/admin/how-record-access-determined
 */
function requireAppend({ state, caller, table }: Reader, { column, referenced }: Relationship): void {
  if (table.columns.get(column)?.type === 'Owner') return;
  const target = state.schema.table(referenced)!;
  for (const [verb, of] of [
    ['Append', table],
    ['AppendTo', target],
  ] as const) {
    if (caller.depth(verb, of) === 'None')
      throw refusals.missingPrivilege(caller.userId, privilegeName(verb, of), of);
  }
}
