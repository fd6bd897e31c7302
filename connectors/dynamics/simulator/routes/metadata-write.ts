import { type ApiAnswer, type ApiRequest, contextOf, noContent, ok, type Route } from '../api.ts';
import { refusals } from '../errors.ts';
import { addMainForm, publishForms } from '../forms.ts';
import { publishBody, reactivateBody, readMetadata, tablesBody } from '../metadata-body.ts';
import { publishChoice, publishTable } from '../metadata-choices.ts';
import {
  buildLater,
  makeColumn,
  makeKey,
  makeManyToMany,
  makeRelationship,
  makeSeveral,
  makeTable,
} from '../metadata-make.ts';
import { componentTypes, customized } from '../packages.ts';
import type { Table } from '../types.ts';
import { namedTable } from './metadata.ts';

/**
 * New tables, columns, relationships and alternate keys. They can be used at once, as through the platform's API.
 * https://learn.microsoft.com/power-apps/developer/data-platform/webapi/create-update-entity-definitions-using-web-api
 */

export function requireCustomizer({ caller }: ApiRequest, privilege: string): void {
  if (caller.isAdmin || caller.privileges().has(privilege)) return;
  throw refusals.mayNotCustomize(caller.userId, privilege);
}

export function made({ root }: ApiRequest, path: string): ApiAnswer {
  return noContent({ 'OData-EntityId': `${root}/${path}` });
}

export const isPost = ({ method, segments }: ApiRequest, ...names: readonly string[]): boolean =>
  method === 'POST' &&
  segments.length === names.length &&
  names.every((name, index) => segments[index]!.name === name);

const createTable: Route = {
  name: 'create table',
  fits: (request) => isPost(request, 'EntityDefinitions'),
  answer: (request) => {
    requireCustomizer(request, 'prvCreateEntity');
    const table = customized(request, componentTypes.table, {
      make: () => makeTable(request.org.schema, request.body),
      idOf: ({ metadataId }) => metadataId,
    });
    addMainForm(request.org, table);
    return made(request, `EntityDefinitions(${table.metadataId})`);
  },
};

/** Several tables, or none of them. No page of the documentation describes it; Microsoft's Python client sends it. */
const createTables: Route = {
  name: 'create tables',
  fits: (request) => isPost(request, 'CreateEntities'),
  answer: (request) => {
    requireCustomizer(request, 'prvCreateEntity');
    const { schema } = request.org;
    const { Entities: given } = readMetadata(tablesBody, request.body);
    const made: Table[] = [];
    try {
      for (const each of given) made.push(makeTable(schema, each));
    } catch (error) {
      for (const table of made) schema.removeTable(table);
      throw error;
    }
    for (const table of made) addMainForm(request.org, table);
    return noContent();
  },
};

const createColumn: Route = {
  name: 'create column',
  fits: (request) => isPost(request, 'EntityDefinitions', 'Attributes'),
  answer: (request) => {
    requireCustomizer(request, 'prvCreateAttribute');
    const table = namedTable(request, request.segments[0]!);
    const column = customized(request, componentTypes.column, {
      make: () => makeColumn(request.org.schema, table, request.body),
      idOf: ({ metadataId }) => metadataId,
    });
    return made(request, `EntityDefinitions(${table.metadataId})/Attributes(${column.metadataId})`);
  },
};

const createRelationship: Route = {
  name: 'create relationship',
  fits: (request) => isPost(request, 'RelationshipDefinitions'),
  answer: (request) => {
    requireCustomizer(request, 'prvCreateRelationship');
    const { schema } = request.org;
    const type = String((request.body as Record<string, unknown> | undefined)?.['@odata.type'] ?? '');
    const make = type.endsWith('ManyToManyRelationshipMetadata') ? makeManyToMany : makeRelationship;
    const relationship = customized(request, componentTypes.relationship, {
      make: () => make(schema, request.body),
      idOf: ({ metadataId }) => metadataId,
    });
    return made(request, `RelationshipDefinitions(${relationship.metadataId})`);
  },
};

/**
 * Actions that make a lookup to several tables.
 * https://learn.microsoft.com/power-apps/developer/data-platform/webapi/reference/createpolymorphiclookupattribute and
 * https://learn.microsoft.com/power-apps/developer/data-platform/webapi/reference/createcustomerrelationships
 */
const createSeveral: Route = {
  name: 'create lookup to several tables',
  fits: (request) =>
    isPost(request, 'CreatePolymorphicLookupAttribute') || isPost(request, 'CreateCustomerRelationships'),
  answer: (request) => {
    requireCustomizer(request, 'prvCreateRelationship');
    const { name } = request.segments[0]!;
    const isCustomer = name === 'CreateCustomerRelationships';
    const { column, relationships } = makeSeveral(request.org.schema, request.body, isCustomer);
    return ok({
      '@odata.context': contextOf(request, `Microsoft.Dynamics.CRM.${name}Response`),
      RelationshipIds: relationships.map(({ metadataId }) => metadataId),
      AttributeId: column.metadataId,
    });
  },
};

const createKey: Route = {
  name: 'create key',
  fits: (request) => isPost(request, 'EntityDefinitions', 'Keys'),
  answer: (request) => {
    requireCustomizer(request, 'prvCreateEntityKey');
    const table = namedTable(request, request.segments[0]!);
    const key = customized(request, componentTypes.key, {
      make: () => makeKey(request.org.state, table, request.body),
      idOf: ({ metadataId }) => metadataId,
    });
    buildLater(request.org.state, key);
    return made(request, `EntityDefinitions(${table.metadataId})/Keys(${key.metadataId})`);
  },
};

/** A new attempt to build the index. https://learn.microsoft.com/power-apps/developer/data-platform/webapi/reference/reactivateentitykey */
const reactivateKey: Route = {
  name: 'reactivate key',
  fits: (request) => isPost(request, 'ReactivateEntityKey'),
  answer: (request) => {
    requireCustomizer(request, 'prvCreateEntityKey');
    const { EntityLogicalName, EntityKeyLogicalName } = readMetadata(reactivateBody, request.body);
    const key = request.org.schema
      .table(EntityLogicalName)
      ?.keys.find(({ logicalName }) => logicalName === EntityKeyLogicalName);
    if (key === undefined) throw refusals.noMetadata(EntityKeyLogicalName);
    if (key.status !== 'Failed')
      throw refusals.invalidArgument(`The entity key ${key.schemaName} is not in the failed state.`);
    buildLater(request.org.state, key);
    return noContent();
  },
};

/**
 * Tables, columns and keys can be used and seen at once; options that were added are seen when they are published.
 * https://learn.microsoft.com/power-apps/developer/data-platform/org-service/metadata-global-option-set-options
 */
const publish: Route = {
  name: 'publish',
  fits: (request) => isPost(request, 'PublishAllXml') || isPost(request, 'PublishXml'),
  answer: (request) => {
    requireCustomizer(request, 'prvPublishCustomization');
    const { schema, state } = request.org;
    const publishAll = (tables: Iterable<Table>) => {
      for (const table of tables) {
        publishTable(table);
        publishForms(state, table);
      }
    };
    if (isPost(request, 'PublishAllXml')) {
      publishAll(schema.tables());
      for (const choice of schema.choices()) publishChoice(choice);
      return noContent();
    }
    const { ParameterXml: xml } = readMetadata(publishBody, request.body);
    const named = <T>(element: string, find: (name: string) => T | undefined): T[] =>
      [...xml.matchAll(new RegExp(`<${element}>([^<]*)</${element}>`, 'g'))].map(([, name = '']) => {
        const found = find(name);
        if (found === undefined) throw refusals.noMetadata(name);
        return found;
      });
    const tables = named('entity', (name) => schema.table(name));
    const choices = named('optionset', (name) => schema.choice(name));
    publishAll(tables);
    for (const choice of choices) publishChoice(choice);
    return noContent();
  },
};

export const metadataWriteRoutes: readonly Route[] = [
  createTable,
  createTables,
  createColumn,
  createRelationship,
  createSeveral,
  createKey,
  reactivateKey,
  publish,
];
