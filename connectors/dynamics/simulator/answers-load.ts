import { SimulatorInputError } from '../../../src/sync/connector-manifest.ts';
import { columnIn, labelIn } from './answers-column.ts';
import { type RelationshipAnswer, readAnswers, type ToldTable } from './answers-read.ts';
import { guidOf } from './ids.ts';
import type { Schema } from './schema.ts';
import type { Column, DeleteCascade, Relationship, Table } from './types.ts';

/**
 * Adds or replaces tables by an environment's own descriptions of them: a JSON file, or a folder of them. Answers for columns
 * alone add these to a table that is there. Returns the names of the tables.
 * @throws SimulatorInputError that names the file
 */
export function loadAnswers(schema: Schema, path: string): string[] {
  const told = readAnswers(path);
  const tables = [...told.tables.values()];
  // First all tables, for lookups point to those that are there.
  for (const each of tables) if (each.answer !== undefined) replaceTable(schema, each);
  const columns = tables.map((each) => ({ each, made: addColumns(schema, each) }));
  for (const relationship of told.relationships) addRelationship(schema, relationship);
  for (const { each, made } of columns) completeLookups(schema, schema.table(each.name)!, made);
  return tables.map(({ name }) => name);
}

/** The table that an answer tells of; columns come after. Rows are kept by its name. */
function replaceTable(schema: Schema, told: ToldTable): void {
  const { name, file, columns } = told;
  const answer = told.answer!;
  const known = schema.table(name);
  if (columns.size === 0)
    throw new SimulatorInputError(`${file}: ${name}: its columns are missing (ask with $expand=Attributes)`);
  const entitySet = answer.EntitySetName ?? known?.entitySet;
  if (entitySet === undefined) throw new SimulatorInputError(`${file}: ${name}: EntitySetName is missing`);
  for (const column of [...(known?.columns.keys() ?? [])]) {
    if (!columns.has(column)) schema.removeColumn(known!, column);
  }
  schema.addTable({
    logicalName: name,
    schemaName: answer.SchemaName ?? known?.schemaName ?? name,
    entitySet,
    metadataId: answer.MetadataId?.toLowerCase() ?? guidOf(`table ${name}`),
    objectTypeCode: answer.ObjectTypeCode ?? known?.objectTypeCode ?? 0,
    label: labelIn(answer.DisplayName) ?? known?.label ?? name,
    pluralLabel: labelIn(answer.DisplayCollectionName) ?? known?.pluralLabel ?? entitySet,
    ownership: ownershipOf(answer.OwnershipType) ?? known?.ownership ?? 'UserOwned',
    primaryId: answer.PrimaryIdAttribute ?? known?.primaryId ?? `${name}id`,
    primaryName: answer.PrimaryNameAttribute ?? known?.primaryName ?? null,
    changeTracking: answer.ChangeTrackingEnabled ?? known?.changeTracking ?? false,
    optimisticConcurrency: answer.IsOptimisticConcurrencyEnabled ?? known?.optimisticConcurrency ?? true,
    custom: answer.IsCustomEntity ?? known?.custom ?? name.includes('_'),
    activity: answer.IsActivity ?? known?.activity ?? false,
    mergeable: known?.mergeable ?? false,
    bulkMessages: known?.bulkMessages ?? true,
    columns: new Map(known?.columns),
    keys: told.keys.length > 0 ? [] : [...(known?.keys ?? [])],
  });
}

function ownershipOf(type: string | null | undefined): Table['ownership'] | undefined {
  const types = ['UserOwned', 'OrganizationOwned', 'BusinessOwned', 'None'] as const;
  return types.find((each) => each === type);
}

/** Returns the columns that were told. Keys come with them. */
function addColumns(schema: Schema, { name, file, columns, keys }: ToldTable): Column[] {
  const table = schema.table(name);
  if (table === undefined)
    throw new SimulatorInputError(`${file}: the table ${name} is neither described nor there already`);
  const made: Column[] = [];
  for (const answer of columns.values()) {
    const column = columnIn(name, answer, table.columns.get(answer.LogicalName));
    if (column === undefined) {
      table.columns.delete(answer.LogicalName);
      continue;
    }
    if (column.globalChoice !== undefined && column.options !== undefined)
      shareChoice(schema, column.globalChoice, column);
    made.push(knowingTargets(schema, table, column));
    table.columns.set(column.logicalName, made.at(-1)!);
  }
  for (const key of keys) {
    if (key.KeyAttributes.some((each) => !table.columns.has(each))) continue;
    schema.addKey(table, {
      schemaName: key.SchemaName,
      columns: key.KeyAttributes,
      status: key.EntityKeyIndexStatus ?? 'Active',
    });
  }
  return made;
}

/** The choice as it was told last, for all columns that share it. */
function shareChoice(schema: Schema, name: string, column: Column): void {
  const known = schema.choice(name);
  const { options = [], label, custom } = column;
  if (known === undefined) {
    schema.addChoice({ name, metadataId: guidOf(`choice ${name}`), label, options, custom });
  } else if (known.options !== options) {
    known.options.splice(0, known.options.length, ...options);
    column.options = known.options;
  }
}

const isLookup = ({ type }: Column): boolean => type === 'Lookup' || type === 'Customer' || type === 'Owner';

/** A lookup points to those of its tables that are simulated; owners are users here. */
function knowingTargets(schema: Schema, table: Table, column: Column): Column {
  if (!isLookup(column)) return column;
  const told = column.targets ?? table.columns.get(column.logicalName)?.targets ?? [];
  return { ...column, targets: told.filter((each) => schema.table(each) !== undefined) };
}

function addRelationship(schema: Schema, answer: RelationshipAnswer): void {
  const { ReferencedEntity: referenced, ReferencingEntity: referencing } = answer;
  const column = schema.table(referencing)?.columns.get(answer.ReferencingAttribute);
  const isKnown = schema.table(referenced) !== undefined && column?.targets?.includes(referenced);
  if (column === undefined || isKnown !== true) return;
  const relationship: Relationship = {
    schemaName: answer.SchemaName,
    metadataId: answer.MetadataId?.toLowerCase() ?? guidOf(`relationship ${answer.SchemaName.toLowerCase()}`),
    referenced,
    referencing,
    column: column.logicalName,
    lookupProperty: answer.ReferencingEntityNavigationPropertyName ?? column.logicalName,
    collectionProperty: answer.ReferencedEntityNavigationPropertyName ?? answer.SchemaName,
    onDelete: cascadeOf(answer.CascadeConfiguration?.Delete),
    custom: answer.IsCustomRelationship ?? column.custom,
  };
  schema.putRelationship(relationship);
}

function cascadeOf(given: string | null | undefined): DeleteCascade {
  return given === 'Cascade' || given === 'Restrict' ? given : 'RemoveLink';
}

/** Lookups whose relationships nobody told get them by the platform's rules for names. */
function completeLookups(schema: Schema, table: Table, columns: readonly Column[]): void {
  for (const column of columns.filter(isLookup)) {
    const known = schema.lookupsOf(table).filter((each) => each.column === column.logicalName);
    const missing = (column.targets ?? []).filter(
      (each) => !known.some(({ referenced }) => referenced === each),
    );
    if (missing.length > 0)
      schema.addLookup(table, { column, collections: {}, onDelete: 'RemoveLink', only: missing });
  }
}
