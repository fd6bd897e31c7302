import { entitySetName } from '../names.ts';
import { refusals } from './errors.ts';
import {
  columnOf,
  keyBody,
  lookupColumn,
  readMetadata,
  relationshipBody,
  tableBody,
  textOf,
} from './metadata-body.ts';
import { loadTable } from './metadata-load.ts';
import type { Schema } from './schema.ts';
import type { State } from './state.ts';
import type { Column, Key, Relationship, Row, Table } from './types.ts';

/**
 * Makes tables, columns, relationships and keys of the bodies that the platform's API takes; an imported solution is turned
 * into these bodies too. Each throws what the platform answers for a name that is taken and a body that does not fit.
 * https://learn.microsoft.com/power-apps/developer/data-platform/webapi/create-update-entity-definitions-using-web-api
 */

const firstCustomCode = 10_000;

export function makeTable(schema: Schema, given: unknown): Table {
  const body = readMetadata(tableBody, given);
  const logicalName = body.SchemaName.toLowerCase();
  if (schema.table(logicalName) !== undefined) throw refusals.nameTaken('table', body.SchemaName);
  const columns = body.Attributes.map((each) => columnOf(logicalName, each));
  const names = body.Attributes.filter((each) => each.IsPrimaryName === true);
  const [name] = names;
  if (names.length !== 1 || name === undefined)
    throw refusals.invalidArgument('A table needs one column with IsPrimaryName.');
  const table = loadTable(schema, {
    table: body.SchemaName,
    set: body.EntitySetName ?? entitySetName(logicalName),
    label: textOf(body.DisplayName),
    plural: textOf(body.DisplayCollectionName),
    code: Math.max(firstCustomCode, ...[...schema.tables()].map((each) => each.objectTypeCode)) + 1,
    ownership: body.OwnershipType === 'UserOwned' ? 'user' : 'organization',
    primaryName: name.SchemaName.toLowerCase(),
    tracked: body.ChangeTrackingEnabled,
    columns: {},
  });
  for (const column of columns) schema.addColumn(table, column);
  return table;
}

export function makeColumn(schema: Schema, table: Table, given: unknown): Column {
  const column = columnOf(table.logicalName, given);
  requireFree(table, column);
  schema.addColumn(table, column);
  return column;
}

function requireFree(table: Table, { logicalName, schemaName }: Column): void {
  if (table.columns.has(logicalName)) throw refusals.nameTaken('column', schemaName);
}

/** A relationship with its lookup column. */
export function makeRelationship(schema: Schema, given: unknown): Relationship {
  const body = readMetadata(relationshipBody, given);
  const { SchemaName: schemaName } = body;
  const isTaken = [...schema.relationships()].some(
    (each) => each.schemaName.toLowerCase() === schemaName.toLowerCase(),
  );
  if (isTaken) throw refusals.nameTaken('relationship', schemaName);
  const referenced = existing(schema, body.ReferencedEntity);
  const table = existing(schema, body.ReferencingEntity);
  const column = lookupColumn(table.logicalName, body.Lookup, referenced.logicalName);
  requireFree(table, column);
  schema.addColumn(table, column);
  const onDelete = body.CascadeConfiguration?.Delete ?? 'RemoveLink';
  const collections = { [referenced.logicalName]: schemaName };
  schema.addLookup(table, { column, collections, onDelete, schemaName });
  const [relationship] = schema.lookupsOf(table).filter((each) => each.schemaName === schemaName);
  return relationship!;
}

function existing(schema: Schema, logicalName: string): Table {
  const table = schema.table(logicalName);
  if (table === undefined) throw refusals.noMetadata(logicalName);
  return table;
}

/** An alternate key. Its index is built at once; rows that are alike already make it fail. */
export function makeKey(state: State, table: Table, given: unknown): Key {
  const { SchemaName: schemaName, KeyAttributes: columns } = readMetadata(keyBody, given);
  requireFreeKey(table, schemaName, columns);
  const missing = columns.find((name) => !table.columns.has(name));
  if (missing !== undefined) throw refusals.noMetadata(missing);
  const rows = [...state.rows(table).all.values()];
  const status = areUnique(rows, columns) ? 'Active' : 'Failed';
  return state.schema.addKey(table, { schemaName, columns, status });
}

function requireFreeKey(table: Table, schemaName: string, columns: readonly string[]): void {
  const same = (names: readonly string[]) => [...names].sort().join();
  if (table.keys.some((key) => key.logicalName === schemaName.toLowerCase()))
    throw refusals.nameTaken('key', schemaName);
  if (table.keys.some((key) => same(key.columns) === same(columns)))
    throw refusals.nameTaken('keyColumns', schemaName);
}

function areUnique(rows: readonly Row[], columns: readonly string[]): boolean {
  const values = rows
    .map((row) => columns.map((name) => row[name] ?? null))
    .filter((each) => !each.includes(null))
    .map((each) => JSON.stringify(each).toLowerCase());
  return new Set(values).size === values.length;
}
