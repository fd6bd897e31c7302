import { type ApiAnswer, type ApiRequest, noContent, type Route } from '../api.ts';
import { refusals } from '../errors.ts';
import { makeColumn, makeKey, makeRelationship, makeTable } from '../metadata-make.ts';
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

const createTable: Route = {
  name: 'create table',
  fits: (request) => isPost(request, 'EntityDefinitions'),
  answer: (request) => {
    requireCustomizer(request, 'prvCreateEntity');
    const table = makeTable(request.org.schema, request.body);
    return made(request, `EntityDefinitions(${table.metadataId})`);
  },
};

const createColumn: Route = {
  name: 'create column',
  fits: (request) => isPost(request, 'EntityDefinitions', 'Attributes'),
  answer: (request) => {
    requireCustomizer(request, 'prvCreateAttribute');
    const table = namedTable(request, request.segments[0]!);
    const column = makeColumn(request.org.schema, table, request.body);
    return made(request, `EntityDefinitions(${table.metadataId})/Attributes(${column.metadataId})`);
  },
};

const createRelationship: Route = {
  name: 'create relationship',
  fits: (request) => isPost(request, 'RelationshipDefinitions'),
  answer: (request) => {
    requireCustomizer(request, 'prvCreateRelationship');
    const relationship = makeRelationship(request.org.schema, request.body);
    return made(request, `RelationshipDefinitions(${relationship.metadataId})`);
  },
};

const createKey: Route = {
  name: 'create key',
  fits: (request) => isPost(request, 'EntityDefinitions', 'Keys'),
  answer: (request) => {
    requireCustomizer(request, 'prvCreateEntityKey');
    const table = namedTable(request, request.segments[0]!);
    const key = makeKey(request.org.state, table, request.body);
    return made(request, `EntityDefinitions(${table.metadataId})/Keys(${key.metadataId})`);
  },
};

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
