import { type ApiRequest, contextOf, noContent, ok, type Route } from '../api.ts';
import { refusals } from '../errors.ts';
import {
  deleteOption,
  insertOption,
  insertStatus,
  makeChoice,
  removeChoice,
  updateOption,
} from '../metadata-choices.ts';
import { choiceJson } from '../metadata-json.ts';
import { selectMetadata } from '../metadata-query.ts';
import type { GlobalChoice } from '../types.ts';
import { metadataName } from './metadata.ts';
import { isPost, made, requireCustomizer } from './metadata-write.ts';

const set = 'GlobalOptionSetDefinitions';
const type = 'Microsoft.Dynamics.CRM.OptionSetMetadata';

const isFor = (request: ApiRequest, method: string): boolean =>
  request.method === method && request.segments[0]?.name === set;

function addressed(request: ApiRequest): GlobalChoice {
  const { id, name } = metadataName(request.segments[0]!);
  const all = [...request.org.schema.choices()];
  const found = all.find((each) => (id === null ? each.name === name : each.metadataId === id));
  if (found === undefined) throw refusals.noMetadata(id ?? name);
  return found;
}

const read: Route = {
  name: 'choices',
  fits: (request) => isFor(request, 'GET'),
  answer: (request) => {
    const [first, cast] = request.segments;
    if (cast !== undefined && cast.name !== type) throw refusals.noSegment(cast.name);
    const { select, filter } = request.query;
    // https://learn.microsoft.com/power-apps/developer/data-platform/webapi/query-metadata-web-api#querying-global-optionsets
    if (filter !== undefined)
      throw refusals.badQuery(`The $filter query option is not supported for ${set}.`);
    if (first!.arguments !== null) {
      const context = contextOf(request, `${set}/$entity`);
      return ok({ '@odata.context': context, ...selectMetadata(choiceJson(addressed(request)), select) });
    }
    const value = [...request.org.schema.choices()].map((each) => selectMetadata(choiceJson(each), select));
    return ok({ '@odata.context': contextOf(request, set), value });
  },
};

const create: Route = {
  name: 'create choice',
  fits: (request) => isPost(request, set),
  answer: (request) => {
    requireCustomizer(request, 'prvCreateOptionSet');
    return made(request, `${set}(${makeChoice(request.org.schema, request.body).metadataId})`);
  },
};

const remove: Route = {
  name: 'delete choice',
  fits: (request) => isFor(request, 'DELETE'),
  answer: (request) => {
    requireCustomizer(request, 'prvDeleteOptionSet');
    removeChoice(request.org.schema, addressed(request));
    return noContent();
  },
};

const insert: Route = {
  name: 'insert option',
  fits: (request) => isPost(request, 'InsertOptionValue') || isPost(request, 'InsertStatusValue'),
  answer: (request) => {
    requireCustomizer(request, 'prvWriteOptionSet');
    const { name } = request.segments[0]!;
    const context = contextOf(request, `Microsoft.Dynamics.CRM.${name}Response`);
    const insertInto = name === 'InsertStatusValue' ? insertStatus : insertOption;
    return ok({ '@odata.context': context, NewOptionValue: insertInto(request.org.schema, request.body) });
  },
};

const changes: Readonly<Record<string, typeof updateOption>> = {
  UpdateOptionValue: updateOption,
  DeleteOptionValue: deleteOption,
};

const change: Route = {
  name: 'change option',
  fits: (request) => Object.keys(changes).some((name) => isPost(request, name)),
  answer: (request) => {
    requireCustomizer(request, 'prvWriteOptionSet');
    changes[request.segments[0]!.name]!(request.org.schema, request.body);
    return noContent();
  },
};

export const choiceRoutes: readonly Route[] = [read, create, remove, insert, change];
