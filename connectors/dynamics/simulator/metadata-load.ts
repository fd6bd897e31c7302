import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { guidOf } from './ids.ts';
import { type ReadColumn, readColumn, readOptions } from './metadata-column.ts';
import type { Schema } from './schema.ts';
import type { Column, ManyToMany, Table } from './types.ts';

/** A metadata file; see metadata/README.md. */
export interface TableFile {
  table?: string;
  extends?: string;
  set: string;
  label: string;
  plural: string;
  code: number;
  ownership?: 'user' | 'organization' | 'business' | 'none';
  primaryId?: string;
  primaryName?: string | null;
  tracked?: boolean;
  mergeable?: boolean;
  activity?: boolean;
  bulk?: boolean;
  columns: Record<string, string>;
  keys?: Record<string, string[]>;
}

/** A file of choices that columns share. */
interface ChoiceFile {
  choices: Record<string, { label: string; options: string }>;
}

/** Loads every JSON file of a folder: first the tables, then what extends them, then the lookups between them. */
export function loadMetadata(schema: Schema, folder: string): void {
  const names = readdirSync(folder).filter((name) => name.endsWith('.json'));
  const all = names
    .sort()
    .map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as TableFile | ChoiceFile);
  for (const file of all) if ('choices' in file) addChoices(schema, file);
  const files = all.filter((file): file is TableFile => !('choices' in file));
  const tables = files.filter((file) => file.extends === undefined);
  const extensions = files.filter((file) => file.extends !== undefined);
  for (const file of tables) schema.addTable(emptyTable(file));
  for (const file of [...tables, ...extensions]) addColumns(schema, file);
}

/** Adds one table with its columns and what every table has beside them. */
export function loadTable(schema: Schema, file: TableFile): Table {
  const table = emptyTable(file);
  schema.addTable(table);
  addColumns(schema, file);
  return table;
}

/** The table between the sides of a relationship many to many: its own id and those of both. */
export function loadIntersect(schema: Schema, { intersect, sides }: ManyToMany, code: number): void {
  const file = {
    table: intersect,
    set: `${intersect}set`,
    label: intersect,
    plural: intersect,
    code,
    columns: {},
  };
  const table: Table = {
    ...emptyTable({ ...file, ownership: 'none', primaryName: null, bulk: false }),
    intersect: true,
  };
  schema.addTable(table);
  const columns = { [table.primaryId]: 'Guid !system', versionnumber: 'BigInt' };
  for (const { column } of sides) columns[column] = 'Guid !system';
  for (const [name, notation] of Object.entries(columns))
    schema.addColumn(table, readColumn(intersect, name, notation).column);
}

const ownerships = {
  user: 'UserOwned',
  organization: 'OrganizationOwned',
  business: 'BusinessOwned',
  none: 'None',
} as const;

function emptyTable(file: TableFile): Table {
  const schemaName = file.table ?? '';
  const logicalName = schemaName.toLowerCase();
  return {
    logicalName,
    schemaName,
    entitySet: file.set,
    metadataId: guidOf(`table ${logicalName}`),
    objectTypeCode: file.code,
    label: file.label,
    pluralLabel: file.plural,
    ownership: ownerships[file.ownership ?? 'user'],
    primaryId: file.primaryId ?? `${logicalName}id`,
    primaryName: file.primaryName ?? null,
    changeTracking: file.tracked ?? true,
    optimisticConcurrency: true,
    custom: logicalName.includes('_'),
    activity: file.activity ?? false,
    mergeable: file.mergeable ?? false,
    bulkMessages: file.bulk ?? true,
    columns: new Map(),
    keys: [],
  };
}

function addColumns(schema: Schema, file: TableFile): void {
  const name = (file.table ?? file.extends ?? '').toLowerCase();
  const table = schema.table(name);
  if (table === undefined) throw new Error(`There is no table ${name} to extend`);
  const read = Object.entries(file.columns).map(([column, notation]) => readColumn(name, column, notation));
  if (file.table !== undefined) {
    for (const each of commonColumns(table)) addColumn(schema, table, each);
  }
  for (const each of read) addColumn(schema, table, each);
  for (const [key, columns] of Object.entries(file.keys ?? {})) {
    schema.addKey(table, { schemaName: key, columns, status: 'Active' });
  }
}

function addChoices(schema: Schema, { choices }: ChoiceFile): void {
  for (const [name, { label, options }] of Object.entries(choices)) {
    const read = readOptions(options);
    schema.addChoice({
      name,
      metadataId: guidOf(`choice ${name}`),
      label,
      options: read.options,
      custom: false,
    });
  }
}

function addColumn(schema: Schema, table: Table, { column: read, collections, onDelete }: ReadColumn): void {
  const column = withChoice(schema, read);
  schema.addColumn(table, column);
  if (column.targets === undefined) return;
  schema.addLookup(table, { column, collections, onDelete });
}

function withChoice(schema: Schema, column: Column): Column {
  if (column.globalChoice === undefined) return column;
  const choice = schema.choice(column.globalChoice);
  if (choice === undefined) throw new Error(`There is no choice ${column.globalChoice}`);
  return { ...column, options: choice.options };
}

/** What every table has beside its own columns; the file may say otherwise. */
function commonColumns(table: Table): ReadColumn[] {
  const name = table.logicalName;
  const state = 'State u : 0*=Active; 1=Inactive';
  const status = 'Status cu : 1@0*=Active; 2@1*=Inactive';
  const owned: Record<string, string> =
    table.ownership === 'UserOwned'
      ? {
          ownerid: `Owner cu !system -> systemuser < owner_${name}s`,
          owninguser: 'Lookup -> systemuser',
          owningbusinessunit: 'Lookup -> businessunit',
        }
      : {};
  const stated: Record<string, string> =
    table.ownership === 'UserOwned' || table.ownership === 'OrganizationOwned'
      ? { statecode: state, statuscode: status, overriddencreatedon: 'UserDate c' }
      : {};
  const notations: Record<string, string> = {
    [table.primaryId]: 'Guid c !system',
    createdon: 'DateTime',
    createdby: `Lookup -> systemuser < lk_${name}base_createdby`,
    modifiedon: 'DateTime',
    modifiedby: `Lookup -> systemuser < lk_${name}base_modifiedby`,
    versionnumber: 'BigInt',
    importsequencenumber: 'Integer c',
    ...stated,
    ...owned,
  };
  return Object.entries(notations).map(([column, notation]) => {
    const read = readColumn(name, column, notation);
    return column === table.primaryId ? { ...read, column: { ...read.column, custom: false } } : read;
  });
}

/** The columns that come with the first money column of a table, and the base amount of each. */
export function moneyCompanions(table: Table, money: Column): ReadColumn[] {
  const name = table.logicalName;
  const first: Record<string, string> = table.columns.has('exchangerate')
    ? {}
    : {
        transactioncurrencyid: `Lookup cu -> transactioncurrency < transactioncurrency_${name}`,
        exchangerate: 'Decimal(10)',
      };
  const base = readColumn(name, `${money.schemaName}_base`, 'Money(4)');
  return [
    ...Object.entries(first).map(([column, notation]) => readColumn(name, column, notation)),
    { ...base, column: { ...base.column, custom: money.custom, baseOf: money.logicalName } },
  ];
}
