import { type ApiAnswer, type ApiRequest, noContent, type Route } from '../api.ts';
import { refusals } from '../errors.ts';
import {
  columnOf,
  keyBody,
  lookupColumn,
  readMetadata,
  relationshipBody,
  tableBody,
  textOf,
} from '../metadata-body.ts';
import { loadTable } from '../metadata-load.ts';
import type { Column, Row, Table } from '../types.ts';
import { namedTable } from './metadata.ts';

/**
 * New tables, columns, relationships and alternate keys. They can be used at once, as through the platform's API.
 * https://learn.microsoft.com/power-apps/developer/data-platform/webapi/create-update-entity-definitions-using-web-api
 */

function requireCustomizer({ caller }: ApiRequest, privilege: string): void {
  if (caller.isAdmin || caller.privileges().has(privilege)) return;
  throw refusals.mayNotCustomize(caller.userId, privilege);
}

function made({ root }: ApiRequest, path: string): ApiAnswer {
  return noContent({ 'OData-EntityId': `${root}/${path}` });
}

const isPost = ({ method, segments }: ApiRequest, ...names: readonly string[]): boolean =>
  method === 'POST' &&
  segments.length === names.length &&
  names.every((name, index) => segments[index]!.name === name);

/** new_deal: new_deals; new_category: new_categories. */
function setName(logicalName: string): string {
  if (/[^aeiou]y$/.test(logicalName)) return `${logicalName.slice(0, -1)}ies`;
  return /(s|x|z|ch|sh)$/.test(logicalName) ? `${logicalName}es` : `${logicalName}s`;
}

const firstCustomCode = 10_000;

const createTable: Route = {
  name: 'create table',
  fits: (request) => isPost(request, 'EntityDefinitions'),
  answer: (request) => {
    requireCustomizer(request, 'prvCreateEntity');
    const { schema } = request.org;
    const body = readMetadata(tableBody, request.body);
    const logicalName = body.SchemaName.toLowerCase();
    if (schema.table(logicalName) !== undefined) throw refusals.nameTaken('table', body.SchemaName);
    const columns = body.Attributes.map((each) => columnOf(logicalName, each));
    const names = body.Attributes.filter((each) => each.IsPrimaryName === true);
    const [name] = names;
    if (names.length !== 1 || name === undefined)
      throw refusals.invalidArgument('A table needs one column with IsPrimaryName.');
    const table = loadTable(schema, {
      table: body.SchemaName,
      set: setName(logicalName),
      label: textOf(body.DisplayName),
      plural: textOf(body.DisplayCollectionName),
      code: Math.max(firstCustomCode, ...[...schema.tables()].map((each) => each.objectTypeCode)) + 1,
      ownership: body.OwnershipType === 'UserOwned' ? 'user' : 'organization',
      primaryName: name.SchemaName.toLowerCase(),
      tracked: body.ChangeTrackingEnabled,
      columns: {},
    });
    for (const column of columns) schema.addColumn(table, column);
    return made(request, `EntityDefinitions(${table.metadataId})`);
  },
};

const createColumn: Route = {
  name: 'create column',
  fits: (request) => isPost(request, 'EntityDefinitions', 'Attributes'),
  answer: (request) => {
    requireCustomizer(request, 'prvCreateAttribute');
    const table = namedTable(request, request.segments[0]!);
    const column = columnOf(table.logicalName, request.body);
    requireFree(table, column);
    request.org.schema.addColumn(table, column);
    return made(request, `EntityDefinitions(${table.metadataId})/Attributes(${column.metadataId})`);
  },
};

function requireFree(table: Table, { logicalName, schemaName }: Column): void {
  if (table.columns.has(logicalName)) throw refusals.nameTaken('column', schemaName);
}

const createRelationship: Route = {
  name: 'create relationship',
  fits: (request) => isPost(request, 'RelationshipDefinitions'),
  answer: (request) => {
    requireCustomizer(request, 'prvCreateRelationship');
    const { schema } = request.org;
    const body = readMetadata(relationshipBody, request.body);
    const { SchemaName: schemaName } = body;
    const isTaken = [...schema.relationships()].some(
      (each) => each.schemaName.toLowerCase() === schemaName.toLowerCase(),
    );
    if (isTaken) throw refusals.nameTaken('relationship', schemaName);
    const referenced = existing(request, body.ReferencedEntity);
    const table = existing(request, body.ReferencingEntity);
    const column = lookupColumn(table.logicalName, body.Lookup, referenced.logicalName);
    requireFree(table, column);
    schema.addColumn(table, column);
    const onDelete = body.CascadeConfiguration?.Delete ?? 'RemoveLink';
    const collections = { [referenced.logicalName]: schemaName };
    schema.addLookup(table, { column, collections, onDelete, schemaName });
    const [relationship] = schema.lookupsOf(table).filter((each) => each.schemaName === schemaName);
    return made(request, `RelationshipDefinitions(${relationship!.metadataId})`);
  },
};

function existing({ org }: ApiRequest, logicalName: string): Table {
  const table = org.schema.table(logicalName);
  if (table === undefined) throw refusals.noMetadata(logicalName);
  return table;
}

/** The index is built before the answer is given; rows that are alike already make it fail. */
const createKey: Route = {
  name: 'create key',
  fits: (request) => isPost(request, 'EntityDefinitions', 'Keys'),
  answer: (request) => {
    requireCustomizer(request, 'prvCreateEntityKey');
    const table = namedTable(request, request.segments[0]!);
    const { SchemaName: schemaName, KeyAttributes: columns } = readMetadata(keyBody, request.body);
    requireFreeKey(table, schemaName, columns);
    const missing = columns.find((name) => !table.columns.has(name));
    if (missing !== undefined) throw refusals.noMetadata(missing);
    const rows = [...request.org.state.rows(table).all.values()];
    const status = areUnique(rows, columns) ? 'Active' : 'Failed';
    const key = request.org.schema.addKey(table, { schemaName, columns, status });
    return made(request, `EntityDefinitions(${table.metadataId})/Keys(${key.metadataId})`);
  },
};

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

/** There is nothing to publish: what was made can be used already. */
const publish: Route = {
  name: 'publish',
  fits: (request) => isPost(request, 'PublishAllXml') || isPost(request, 'PublishXml'),
  answer: (request) => {
    requireCustomizer(request, 'prvPublishCustomization');
    return noContent();
  },
};

export const metadataWriteRoutes: readonly Route[] = [
  createTable,
  createColumn,
  createRelationship,
  createKey,
  publish,
];
