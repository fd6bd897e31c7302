import type { z } from 'zod';
import { entitySetName } from '../names.ts';
import { keyTypes } from './column-rules.ts';
import { refusals } from './errors.ts';
import { guidOf } from './ids.ts';
import {
  keyBody,
  lookupColumn,
  manyToManyBody,
  readMetadata,
  relationshipBody,
  severalBody,
  tableBody,
  textOf,
} from './metadata-body.ts';
import { columnWithChoice } from './metadata-choices.ts';
import { loadIntersect, loadTable } from './metadata-load.ts';
import type { Schema } from './schema.ts';
import type { State } from './state.ts';
import type { Column, Key, ManyToMany, Relationship, Row, Table } from './types.ts';

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
  const columns = body.Attributes.map((each) => columnWithChoice(schema, logicalName, each));
  const names = body.Attributes.filter((each) => each.IsPrimaryName === true);
  const [name] = names;
  if (names.length !== 1 || name === undefined)
    throw refusals.invalidArgument('A table needs one column with IsPrimaryName.');
  const table = loadTable(schema, {
    table: body.SchemaName,
    set: body.EntitySetName ?? entitySetName(logicalName),
    label: textOf(body.DisplayName),
    plural: textOf(body.DisplayCollectionName),
    code: nextCode(schema),
    ownership: body.OwnershipType === 'UserOwned' ? 'user' : 'organization',
    primaryName: name.SchemaName.toLowerCase(),
    tracked: body.ChangeTrackingEnabled,
    columns: {},
  });
  for (const column of columns) schema.addColumn(table, column);
  return table;
}

export function makeColumn(schema: Schema, table: Table, given: unknown): Column {
  const column = columnWithChoice(schema, table.logicalName, given);
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
  const [relationship] = makeLookup(schema, { ...body, OneToManyRelationships: [body] }).relationships;
  return relationship!;
}

/** A lookup to one table or several, with a relationship to each. */
export function makeSeveral(schema: Schema, given: unknown, isCustomer: boolean): MadeLookup {
  const body = readMetadata(severalBody, given);
  const targets = body.OneToManyRelationships.map(({ ReferencedEntity }) => ReferencedEntity);
  if (isCustomer && [...targets].sort().join() !== 'account,contact')
    throw refusals.invalidArgument('A customer is an account or a contact.');
  return makeLookup(schema, body, isCustomer ? 'Customer' : 'Lookup');
}

export interface MadeLookup {
  column: Column;
  relationships: Relationship[];
}

function makeLookup(
  schema: Schema,
  { Lookup: lookup, OneToManyRelationships: given }: z.infer<typeof severalBody>,
  type: 'Lookup' | 'Customer' = 'Lookup',
): MadeLookup {
  for (const { SchemaName } of given) requireFreeRelationship(schema, SchemaName);
  const [name = '', ...others] = new Set(given.map(({ ReferencingEntity }) => ReferencingEntity));
  if (others.length > 0) throw refusals.invalidArgument('A lookup is of one table.');
  const table = existing(schema, name);
  const targets = given.map(({ ReferencedEntity }) => existing(schema, ReferencedEntity).logicalName);
  const column: Column = { ...lookupColumn(table.logicalName, lookup, targets), type };
  requireFree(table, column);
  schema.addColumn(table, column);
  for (const { SchemaName: schemaName, ReferencedEntity: target, CascadeConfiguration } of given) {
    const onDelete = CascadeConfiguration?.Delete ?? 'RemoveLink';
    schema.addLookup(table, {
      column,
      collections: { [target]: schemaName },
      onDelete,
      schemaName,
      only: [target],
    });
  }
  const relationships = schema.lookupsOf(table).filter((each) => each.column === column.logicalName);
  return { column, relationships };
}

function requireFreeRelationship(schema: Schema, schemaName: string): void {
  const all = [...schema.relationships(), ...schema.manyToMany()];
  if (all.some((each) => each.schemaName.toLowerCase() === schemaName.toLowerCase()))
    throw refusals.nameTaken('relationship', schemaName);
}

/**
 * A relationship many to many, with the table between both. Where a table is joined with itself, no documentation says how
 * the platform names the second side; here its names end in two.
 */
export function makeManyToMany(schema: Schema, given: unknown): ManyToMany {
  const body = readMetadata(manyToManyBody, given);
  const { SchemaName: schemaName } = body;
  requireFreeRelationship(schema, schemaName);
  const intersect = body.IntersectEntityName.toLowerCase();
  if (schema.table(intersect) !== undefined) throw refusals.nameTaken('table', body.IntersectEntityName);
  const [one, other] = [existing(schema, body.Entity1LogicalName), existing(schema, body.Entity2LogicalName)];
  const isSelf = one === other;
  const relationship: ManyToMany = {
    schemaName,
    metadataId: guidOf(`relationship ${schemaName.toLowerCase()}`),
    intersect,
    sides: [
      {
        table: one.logicalName,
        column: isSelf ? `${one.primaryId}one` : one.primaryId,
        property: body.Entity1NavigationPropertyName ?? schemaName,
      },
      {
        table: other.logicalName,
        column: isSelf ? `${one.primaryId}two` : other.primaryId,
        property: body.Entity2NavigationPropertyName ?? (isSelf ? `${schemaName}_two` : schemaName),
      },
    ],
    custom: true,
  };
  loadIntersect(schema, relationship, nextCode(schema));
  schema.addManyToMany(relationship);
  return relationship;
}

const nextCode = (schema: Schema): number =>
  Math.max(firstCustomCode, ...[...schema.tables()].map((each) => each.objectTypeCode)) + 1;

function existing(schema: Schema, logicalName: string): Table {
  const table = schema.table(logicalName);
  if (table === undefined) throw refusals.noMetadata(logicalName);
  return table;
}

/** An alternate key with its index, as an imported solution has it; rows that are alike already make it fail. */
export function makeKey(state: State, table: Table, given: unknown): Key {
  const { SchemaName: schemaName, KeyAttributes: columns } = readMetadata(keyBody, given);
  requireFreeKey(table, schemaName, columns);
  const missing = columns.find((name) => !table.columns.has(name));
  if (missing !== undefined) throw refusals.noMetadata(missing);
  const unfit = columns.find((name) => !keyTypes.includes(table.columns.get(name)!.type));
  if (unfit !== undefined)
    throw refusals.invalidArgument(`A column of the type of ${unfit} cannot be in an alternate key.`);
  return state.schema.addKey(table, { schemaName, columns, status: builtStatus(state, table, columns) });
}

function builtStatus(state: State, table: Table, columns: readonly string[]): Key['status'] {
  return areUnique([...state.rows(table).all.values()], columns) ? 'Active' : 'Failed';
}

/** How long a job takes for the index of a key, in milliseconds; no documentation says it. */
const buildMs = 1_000;

/** The index of a key that a request made, or makes anew, is built by a job. */
export function buildLater(state: State, key: Key): void {
  key.status = 'Pending';
  key.builtAt = state.clock.now() + buildMs;
}

/** Each look at a key that is being built finds it one step on, so that clients see every step. */
export function goOnWithKey(state: State, table: Table, key: Key): void {
  if (key.status === 'Pending') key.status = 'InProgress';
  else if (key.status === 'InProgress') settle(state, table, key);
}

/** Ends the jobs whose time has come. */
export function buildKeys(state: State): void {
  for (const table of state.schema.tables()) {
    for (const key of table.keys)
      if (key.builtAt !== undefined && key.builtAt <= state.clock.now()) settle(state, table, key);
  }
}

function settle(state: State, table: Table, key: Key): void {
  key.status = builtStatus(state, table, key.columns);
  delete key.builtAt;
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
