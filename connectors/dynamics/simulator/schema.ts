import { nameColumn } from './files.ts';
import { guidOf } from './ids.ts';
import { moneyCompanions } from './metadata-load.ts';
import type {
  Column,
  DeleteCascade,
  GlobalChoice,
  JoinSide,
  Key,
  ManyToMany,
  Relationship,
  Table,
} from './types.ts';

/** A relationship many to many, seen from one of its sides. */
export interface Join {
  relationship: ManyToMany;
  from: JoinSide;
  to: JoinSide;
}

/** The tables of an environment, their columns, keys and relationships. Changes of the metadata API land here too. */
export interface Schema {
  tables(): Iterable<Table>;
  /** By logical name. */
  table(logicalName: string): Table | undefined;
  /** By the name that stands in addresses. */
  tableOfSet(entitySet: string): Table | undefined;
  addTable(table: Table): void;
  /** A money column brings the currency, its rate and its base amount along. */
  addColumn(table: Table, column: Column): void;
  /** Relationships of a lookup column, one for each table that it points to. */
  addLookup(
    table: Table,
    lookup: {
      column: Column;
      collections: Readonly<Record<string, string>>;
      onDelete: DeleteCascade;
      schemaName?: string;
      /** (Default: every table that the column points to.) */
      only?: readonly string[];
    },
  ): void;
  /** Adds a relationship, or replaces the one between the same tables by the same column. */
  putRelationship(relationship: Relationship): void;
  addKey(table: Table, key: Pick<Key, 'schemaName' | 'columns' | 'status'>): Key;
  /** Relationships in which the table has the lookup. */
  lookupsOf(table: Table): Relationship[];
  /** Relationships in which other rows point to the table. */
  collectionsOf(table: Table): Relationship[];
  relationships(): Iterable<Relationship>;
  /** The relationship whose single-valued navigation property it is. */
  lookupByProperty(table: Table, property: string): Relationship | undefined;
  collectionByProperty(table: Table, property: string): Relationship | undefined;
  /** With its relationships, where it is a lookup. */
  removeColumn(table: Table, column: string): void;
  /** The table with the relationships that it takes part in. */
  removeTable(table: Table): void;
  removeManyToMany(relationship: ManyToMany): void;
  addManyToMany(relationship: ManyToMany): void;
  manyToMany(): Iterable<ManyToMany>;
  choices(): Iterable<GlobalChoice>;
  choice(name: string): GlobalChoice | undefined;
  addChoice(choice: GlobalChoice): void;
  removeChoice(choice: GlobalChoice): void;
  /** Every join that begins at the table: two for a table that is joined with itself. */
  joinsOf(table: Table): Join[];
  joinByProperty(table: Table, property: string): Join | undefined;
}

export function createSchema(): Schema {
  const byName = new Map<string, Table>();
  const bySet = new Map<string, Table>();
  const relationships = new Map<string, Relationship>();
  const joins = new Map<string, ManyToMany>();
  const choices = new Map<string, GlobalChoice>();
  const all = () => [...relationships.values()];
  const schema: Schema = {
    tables: () => byName.values(),
    table: (name) => byName.get(name),
    tableOfSet: (set) => bySet.get(set),
    addTable: (table) => {
      bySet.delete(byName.get(table.logicalName)?.entitySet ?? '');
      byName.set(table.logicalName, table);
      bySet.set(table.entitySet, table);
    },
    addColumn: (table, column) => {
      table.columns.set(column.logicalName, column);
      if (column.type === 'File') addNameColumn(table, column);
      if (column.type !== 'Money' || column.baseOf !== undefined) return;
      for (const companion of moneyCompanions(table, column)) {
        schema.addColumn(table, companion.column);
        if (companion.column.targets !== undefined) schema.addLookup(table, companion);
      }
    },
    addLookup: (table, lookup) => {
      for (const target of lookup.only ?? lookup.column.targets ?? []) {
        const relationship = relationshipOf(table, lookup, target);
        relationships.set(relationship.schemaName.toLowerCase(), relationship);
      }
    },
    putRelationship: (relationship) => {
      const same = all().filter(
        ({ referencing, column, referenced }) =>
          referencing === relationship.referencing &&
          column === relationship.column &&
          referenced === relationship.referenced,
      );
      for (const each of same) relationships.delete(each.schemaName.toLowerCase());
      relationships.set(relationship.schemaName.toLowerCase(), relationship);
    },
    addKey: (table, { schemaName, columns, status }) => {
      const logicalName = schemaName.toLowerCase();
      const key: Key = {
        schemaName,
        logicalName,
        metadataId: guidOf(`key ${table.logicalName} ${logicalName}`),
        columns: [...columns],
        status,
      };
      table.keys.push(key);
      return key;
    },
    lookupsOf: (table) => all().filter((each) => each.referencing === table.logicalName),
    collectionsOf: (table) => all().filter((each) => each.referenced === table.logicalName),
    relationships: () => relationships.values(),
    lookupByProperty: (table, property) =>
      all().find((each) => each.referencing === table.logicalName && each.lookupProperty === property),
    collectionByProperty: (table, property) =>
      all().find((each) => each.referenced === table.logicalName && each.collectionProperty === property),
    removeTable: (table) => {
      for (const { relationship } of schema.joinsOf(table)) schema.removeManyToMany(relationship);
      for (const each of [...schema.lookupsOf(table), ...schema.collectionsOf(table)])
        relationships.delete(each.schemaName.toLowerCase());
      byName.delete(table.logicalName);
      bySet.delete(table.entitySet);
    },
    addManyToMany: (relationship) => void joins.set(relationship.schemaName.toLowerCase(), relationship),
    removeManyToMany: ({ schemaName, intersect }) => {
      joins.delete(schemaName.toLowerCase());
      const between = byName.get(intersect);
      if (between !== undefined) schema.removeTable(between);
    },
    manyToMany: () => joins.values(),
    choices: () => choices.values(),
    choice: (name) => choices.get(name),
    addChoice: (choice) => void choices.set(choice.name, choice),
    removeChoice: ({ name }) => void choices.delete(name),
    joinsOf: ({ logicalName }) =>
      [...joins.values()].flatMap(bothWays).filter(({ from }) => from.table === logicalName),
    joinByProperty: (table, property) => schema.joinsOf(table).find(({ from }) => from.property === property),
    removeColumn: (table, name) => {
      if (table.columns.get(name)?.type === 'File') table.columns.delete(nameColumn({ logicalName: name }));
      table.columns.delete(name);
      for (const each of all()) {
        if (each.referencing === table.logicalName && each.column === name)
          relationships.delete(each.schemaName.toLowerCase());
      }
    },
  };
  return schema;
}

/** The name of a file stands in a text column beside it, which no client writes. */
function addNameColumn(table: Table, { logicalName, schemaName, label, custom, secured }: Column): void {
  const name = nameColumn({ logicalName });
  table.columns.set(name, {
    logicalName: name,
    schemaName: `${schemaName}_Name`,
    metadataId: guidOf(`column ${table.logicalName} ${name}`),
    type: 'String',
    label,
    required: 'None',
    create: false,
    update: false,
    secured,
    custom,
    maxLength: 200,
  });
}

function bothWays(relationship: ManyToMany): Join[] {
  const [one, other] = relationship.sides;
  return [
    { relationship, from: one, to: other },
    { relationship, from: other, to: one },
  ];
}

/**
 * The navigation property of a system lookup is its name in lower case, that of a custom one its schema name with its
 * case; a lookup to several tables has one for each.
 * https://learn.microsoft.com/power-apps/developer/data-platform/webapi/web-api-navigation-properties
 */
function relationshipOf(
  table: Table,
  { column, collections, onDelete, schemaName }: Parameters<Schema['addLookup']>[1],
  target: string,
): Relationship {
  const base = column.custom ? column.schemaName : column.logicalName;
  const isPolymorphic = column.type !== 'Owner' && (column.targets?.length ?? 0) > 1;
  const collection = collections[target];
  const name = schemaName ?? collection ?? `${target}_${table.logicalName}_${column.logicalName}`;
  return {
    schemaName: name,
    metadataId: guidOf(`relationship ${name.toLowerCase()}`),
    referenced: target,
    referencing: table.logicalName,
    column: column.logicalName,
    lookupProperty: isPolymorphic ? `${base}_${target}` : base,
    collectionProperty: collection ?? name,
    onDelete,
    custom: column.custom,
  };
}
