import { type ApiAnswer, type ApiRequest, contextOf, ok, type Route } from '../api.ts';
import { refusals } from '../errors.ts';
import { canonicalGuid } from '../ids.ts';
import {
  columnJson,
  keyJson,
  manyToManyJson,
  metadataType,
  optionSetJson,
  relationshipJson,
  tableJson,
} from '../metadata-json.ts';
import { goOnWithKey } from '../metadata-make.ts';
import { metadataTest, selectMetadata } from '../metadata-query.ts';
import type { Expand, QueryOptions, Segment } from '../odata/ast.ts';
import type { Column, Table } from '../types.ts';

type Json = Record<string, unknown>;

/** What stands behind a table: its columns, keys and relationships. */
type Part = (request: ApiRequest, table: Table) => Json[];

const parts: Readonly<Record<string, Part>> = {
  Attributes: (_request, table) => [...table.columns.values()].map((column) => columnJson(table, column)),
  Keys: ({ org }, table) =>
    table.keys.map((key) => {
      const json = keyJson(table, key);
      goOnWithKey(org.state, table, key);
      return json;
    }),
  ManyToOneRelationships: ({ org }, table) =>
    org.schema.lookupsOf(table).map((each) => relationshipJson(each, org.schema)),
  OneToManyRelationships: ({ org }, table) =>
    org.schema.collectionsOf(table).map((each) => relationshipJson(each, org.schema)),
  ManyToManyRelationships: ({ org }, table) =>
    [...new Set(org.schema.joinsOf(table).map(({ relationship }) => relationship))].map(manyToManyJson),
};

const isMetadata =
  (name: string) =>
  ({ method, segments }: ApiRequest): boolean =>
    method === 'GET' && segments[0]?.name === name;

const tables: Route = {
  name: 'tables',
  fits: isMetadata('EntityDefinitions'),
  answer: (request) => {
    const [first, second, third] = request.segments;
    if (first?.arguments === null || first === undefined) return listTables(request);
    const table = namedTable(request, first);
    if (second === undefined) return oneTable(request, table);
    const part = Object.hasOwn(parts, second.name) ? parts[second.name]! : undefined;
    if (part === undefined) throw refusals.noSegment(second.name);
    if (second.arguments === null) return listParts(request, { table, name: second.name, cast: third?.name });
    if (second.name === 'Attributes')
      return oneColumn(request, { table, segment: second, cast: third?.name });
    return onePart(request, part(request, table), second);
  },
};

function listTables(request: ApiRequest): ApiAnswer {
  const all = [...request.org.schema.tables()];
  const rows = all.map((table) => ({ json: tableJson(table), table }));
  const test = testOf(request.query, request);
  const value = rows
    .filter(({ json }) => test(json))
    .map(({ json, table }) => ({
      ...selectMetadata(json, request.query.select),
      ...expandedParts(request, table, request.query.expand ?? []),
    }));
  return ok({ '@odata.context': contextOf(request, 'EntityDefinitions'), value });
}

function testOf({ filter }: QueryOptions, request: ApiRequest): (json: Json) => boolean {
  return filter === undefined ? () => true : metadataTest(filter, request.query.parameters);
}

/** Metadata is named by its id, or by LogicalName. */
export function namedTable(request: ApiRequest, segment: Segment): Table {
  const all = [...request.org.schema.tables()];
  const { id, name } = metadataName(segment);
  const table = all.find((each) => (id === null ? each.logicalName === name : each.metadataId === id));
  if (table !== undefined) return table;
  throw refusals.noMetadata(id ?? name);
}

export function metadataName(segment: Segment): { id: string | null; name: string } {
  const plain = segment.arguments?.[''];
  if (plain?.kind === 'guid') return { id: plain.value, name: '' };
  const named = segment.arguments?.LogicalName ?? segment.arguments?.SchemaName ?? segment.arguments?.Name;
  const id = segment.arguments?.MetadataId;
  if (id?.kind === 'guid') return { id: canonicalGuid(id.value), name: '' };
  return { id: null, name: named?.kind === 'string' ? named.value : '' };
}

function oneTable(request: ApiRequest, table: Table): ApiAnswer {
  return ok({
    '@odata.context': contextOf(request, 'EntityDefinitions/$entity'),
    ...selectMetadata(tableJson(table), request.query.select),
    ...expandedParts(request, table, request.query.expand ?? []),
  });
}

function expandedParts(request: ApiRequest, table: Table, expands: readonly Expand[]): Json {
  const json: Json = {};
  for (const { path, options } of expands) {
    const [name = ''] = path.steps;
    if (!Object.hasOwn(parts, name)) throw refusals.badQuery(`The property '${name}' cannot be expanded.`);
    const test = testOf(options, request);
    json[name] = parts[name]!(request, table)
      .filter(test)
      .map((each) => selectMetadata(each, options.select));
  }
  return json;
}

interface Listing {
  table: Table;
  name: string;
  /** Microsoft.Dynamics.CRM.PicklistAttributeMetadata: only columns of this type, with what it has. */
  cast: string | undefined;
}

function listParts(request: ApiRequest, { table, name, cast }: Listing): ApiAnswer {
  const context = contextOf(request, `EntityDefinitions('${table.logicalName}')/${name}`);
  const test = testOf(request.query, request);
  if (name !== 'Attributes' || cast === undefined) {
    const value = parts[name]!(request, table)
      .filter(test)
      .map((json) => selectMetadata(json, request.query.select));
    return ok({ '@odata.context': context, value });
  }
  requireCast(cast);
  const columns = [...table.columns.values()].filter((column) => metadataType(column) === cast);
  const value = columns
    .map((column) => castColumn(request, table, column))
    .filter(({ json }) => test(json))
    .map(({ selected }) => selected);
  return ok({ '@odata.context': `${context}/${cast}`, value });
}

/** There is no casting to the abstract type of all choices. */
function requireCast(cast: string): void {
  if (
    /^Microsoft\.Dynamics\.CRM\.\w+AttributeMetadata$/.test(cast) &&
    !cast.endsWith('.EnumAttributeMetadata')
  )
    return;
  throw refusals.noSegment(cast);
}

function castColumn(request: ApiRequest, table: Table, column: Column): { json: Json; selected: Json } {
  const json = columnJson(table, column);
  const selected = selectMetadata(json, request.query.select);
  for (const { path, options } of request.query.expand ?? []) {
    const [name = ''] = path.steps;
    const isGlobal = name === 'GlobalOptionSet';
    if (!isGlobal && name !== 'OptionSet')
      throw refusals.badQuery(`The property '${name}' cannot be expanded.`);
    const set = isGlobal === (column.globalChoice !== undefined) ? optionSetJson(table, column) : null;
    selected[name] = set === null ? null : selectMetadata(set, options.select);
  }
  return { json, selected };
}

function oneColumn(
  request: ApiRequest,
  { table, segment, cast }: { table: Table; segment: Segment; cast: string | undefined },
): ApiAnswer {
  const { id, name } = metadataName(segment);
  const column = [...table.columns.values()].find((each) =>
    id === null ? each.logicalName === name : each.metadataId === id,
  );
  if (column === undefined) throw refusals.noMetadata(id ?? name);
  if (cast !== undefined) {
    requireCast(cast);
    if (metadataType(column) !== cast) throw refusals.noMetadata(name);
  }
  const fragment = `EntityDefinitions('${table.logicalName}')/Attributes${cast === undefined ? '' : `/${cast}`}/$entity`;
  return ok({
    '@odata.context': contextOf(request, fragment),
    ...castColumn(request, table, column).selected,
  });
}

function onePart(request: ApiRequest, all: readonly Json[], segment: Segment): ApiAnswer {
  const { id, name } = metadataName(segment);
  const found = all.find((json) =>
    id === null ? json.LogicalName === name || json.SchemaName === name : json.MetadataId === id,
  );
  if (found === undefined) throw refusals.noMetadata(id ?? name);
  return ok({
    '@odata.context': contextOf(request, `${segment.name}/$entity`),
    ...selectMetadata(found, request.query.select),
  });
}

/** All relationships, or those of the type that the address ends with. */
function allRelationships({ org }: ApiRequest, cast: string | undefined): Json[] {
  const all = [
    ...[...org.schema.relationships()].map((each) => relationshipJson(each, org.schema)),
    ...[...org.schema.manyToMany()].map(manyToManyJson),
  ];
  if (cast === undefined) return all;
  if (!/^Microsoft\.Dynamics\.CRM\.(OneToMany|ManyToMany)RelationshipMetadata$/.test(cast))
    throw refusals.noSegment(cast);
  return all.filter((json) => json['@odata.type'] === `#${cast}`);
}

const relationships: Route = {
  name: 'relationships',
  fits: isMetadata('RelationshipDefinitions'),
  answer: (request) => {
    const [first, cast] = request.segments;
    const all = allRelationships(request, cast?.name);
    if (first!.arguments !== null) return onePart(request, all, first!);
    const value = all
      .filter(testOf(request.query, request))
      .map((json) => selectMetadata(json, request.query.select));
    return ok({ '@odata.context': contextOf(request, 'RelationshipDefinitions'), value });
  },
};

export const metadataRoutes: readonly Route[] = [tables, relationships];
