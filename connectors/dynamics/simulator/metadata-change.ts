import { z } from 'zod';
import { refusals } from './errors.ts';
import { label, readMetadata, textOf } from './metadata-body.ts';
import type { Schema } from './schema.ts';
import type { State } from './state.ts';
import type { Column, Key, Relationship, Table } from './types.ts';

/**
 * Definitions that change or go. A change is a PUT of the whole definition; what cannot be changed is passed over.
 * https://learn.microsoft.com/power-apps/developer/data-platform/webapi/create-update-entity-definitions-using-web-api and
 * https://learn.microsoft.com/power-apps/developer/data-platform/webapi/create-update-column-definitions-using-web-api
 */

const tableChange = z.looseObject({
  DisplayName: label.nullish(),
  DisplayCollectionName: label.nullish(),
  ChangeTrackingEnabled: z.boolean().nullish(),
});

export function changeTable(table: Table, given: unknown): void {
  const body = readMetadata(tableChange, given);
  if (body.DisplayName != null) table.label = textOf(body.DisplayName);
  if (body.DisplayCollectionName != null) table.pluralLabel = textOf(body.DisplayCollectionName);
  // https://learn.microsoft.com/power-apps/developer/data-platform/use-change-tracking-synchronize-data-external-systems
  if (table.changeTracking && body.ChangeTrackingEnabled === false)
    throw refusals.invalidArgument('Change tracking cannot be disabled once it is enabled.');
  if (body.ChangeTrackingEnabled === true) table.changeTracking = true;
}

const columnChange = z.looseObject({
  DisplayName: label.nullish(),
  AttributeType: z.string().nullish(),
  RequiredLevel: z
    .looseObject({ Value: z.enum(['None', 'SystemRequired', 'ApplicationRequired', 'Recommended']) })
    .nullish(),
  IsSecured: z.boolean().nullish(),
  MaxLength: z.number().int().positive().nullish(),
  MinValue: z.number().nullish(),
  MaxValue: z.number().nullish(),
  Precision: z.number().int().nonnegative().nullish(),
  AutoNumberFormat: z.string().nullish(),
});

/** What may be changed of a column; its type may not. */
export function changeColumn(table: Table, column: Column, given: unknown): void {
  const body = readMetadata(columnChange, given);
  if (
    body.AttributeType != null &&
    body.AttributeType !== column.type &&
    column.type !== 'MultiSelectPicklist'
  )
    throw refusals.invalidArgument(`The type of the attribute ${column.logicalName} cannot be changed.`);
  const level = body.RequiredLevel?.Value;
  const mayLevel = column.required !== 'SystemRequired' && level !== 'SystemRequired';
  table.columns.set(column.logicalName, {
    ...column,
    ...(body.DisplayName == null ? {} : { label: textOf(body.DisplayName) }),
    ...(level === undefined || !mayLevel ? {} : { required: level }),
    ...(body.IsSecured == null || !column.custom ? {} : { secured: body.IsSecured }),
    ...sizesIn(column, body),
  });
}

function sizesIn(column: Column, body: z.infer<typeof columnChange>): Partial<Column> {
  const { MaxLength, MinValue, MaxValue, Precision, AutoNumberFormat } = body;
  return {
    ...(column.maxLength !== undefined && MaxLength != null ? { maxLength: MaxLength } : {}),
    ...(column.min !== undefined && MinValue != null ? { min: MinValue } : {}),
    ...(column.max !== undefined && MaxValue != null ? { max: MaxValue } : {}),
    ...(column.precision !== undefined && Precision != null ? { precision: Precision } : {}),
    ...(AutoNumberFormat ? { autoNumber: AutoNumberFormat } : {}),
  };
}

/** Removes a custom table with its rows. Throws while lookups of other tables point to it. */
export function removeTable(state: State, table: Table): void {
  if (!table.custom) throw refusals.componentStays(table.schemaName, table.metadataId);
  const pointing = state.schema.collectionsOf(table).filter((each) => each.referencing !== table.logicalName);
  if (pointing.length > 0) throw refusals.componentInUse('Entity', table.metadataId, pointing.length);
  clearRows(state, table);
  state.schema.removeTable(table);
}

function clearRows(state: State, table: Table): void {
  for (const id of [...state.rows(table).ids()]) state.remove(table, id);
}

/** Removes a custom column with what rows held in it, and a lookup's relationships with it. */
export function removeColumn(state: State, table: Table, column: Column): void {
  const { logicalName, metadataId } = column;
  if (!column.custom || logicalName === table.primaryId)
    throw refusals.componentStays(column.schemaName, metadataId);
  if (logicalName === table.primaryName) throw refusals.primaryNameStays();
  const keys = table.keys.filter(({ columns }) => columns.includes(logicalName));
  if (keys.length > 0) throw refusals.componentInUse('Attribute', metadataId, keys.length);
  const parts = [...table.columns.values()].filter(({ baseOf }) => baseOf === logicalName);
  for (const each of [column, ...parts]) {
    state.schema.removeColumn(table, each.logicalName);
    dropValues(state, table, each.logicalName);
  }
}

function dropValues(state: State, table: Table, column: string): void {
  for (const row of state.rows(table).all.values()) {
    const { [column]: _dropped, ...left } = row;
    if (column in row) state.put(table, left);
  }
}

export function removeKey(table: Table, key: Key): void {
  table.keys.splice(table.keys.indexOf(key), 1);
}

/** A relationship goes with its lookup column. */
export function removeRelationship(state: State, relationship: Relationship): void {
  const table = state.schema.table(relationship.referencing)!;
  const column = table.columns.get(relationship.column)!;
  if (!relationship.custom) throw refusals.componentStays(relationship.schemaName, relationship.metadataId);
  removeColumn(state, table, column);
}

/** The relationships that are named by a schema name or an id, of either kind. */
export function namedRelationship(schema: Schema, { id, name }: { id: string | null; name: string }) {
  const isMeant = (each: { schemaName: string; metadataId: string }) =>
    id === null ? each.schemaName === name : each.metadataId === id;
  const lookup = [...schema.relationships()].find(isMeant);
  const join = [...schema.manyToMany()].find(isMeant);
  if (lookup === undefined && join === undefined) throw refusals.noMetadata(id ?? name);
  return { lookup, join };
}
