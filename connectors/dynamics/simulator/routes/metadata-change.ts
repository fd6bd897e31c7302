import { type ApiAnswer, type ApiRequest, noContent, type Route } from '../api.ts';
import { DataverseError, refusals } from '../errors.ts';
import {
  changeColumn,
  changeTable,
  namedRelationship,
  removeColumn,
  removeKey,
  removeRelationship,
  removeTable,
} from '../metadata-change.ts';
import type { Column, Key } from '../types.ts';
import { metadataName, namedTable } from './metadata.ts';
import { requireCustomizer } from './metadata-write.ts';

/** Whether an address names one definition of the kind, with or without its type behind it. */
function fits({ method: given, segments }: ApiRequest, method: string, path: string): boolean {
  const named = segments.filter(({ name }) => !name.startsWith('Microsoft.Dynamics.CRM.'));
  const isOne = (named.at(-1)?.arguments ?? null) !== null;
  return given === method && isOne && named.map(({ name }) => name).join('/') === path;
}

function namedColumn(request: ApiRequest): Column {
  const { id, name } = metadataName(request.segments[1]!);
  const all = [...namedTable(request, request.segments[0]!).columns.values()];
  const found = all.find((each) => (id === null ? each.logicalName === name : each.metadataId === id));
  if (found === undefined) throw refusals.noMetadata(id ?? name);
  return found;
}

function namedKey(request: ApiRequest): Key {
  const { id, name } = metadataName(request.segments[1]!);
  const { keys } = namedTable(request, request.segments[0]!);
  const found = keys.find((each) => (id === null ? each.logicalName === name : each.metadataId === id));
  if (found === undefined) throw refusals.noMetadata(id ?? name);
  return found;
}

interface Change {
  method: 'PUT' | 'DELETE';
  path: string;
  privilege: string;
  run(request: ApiRequest): void;
}

const changes: readonly Change[] = [
  {
    method: 'PUT',
    path: 'EntityDefinitions',
    privilege: 'prvWriteEntity',
    run: (request) => changeTable(namedTable(request, request.segments[0]!), request.body),
  },
  {
    method: 'PUT',
    path: 'EntityDefinitions/Attributes',
    privilege: 'prvWriteAttribute',
    run: (request) =>
      changeColumn(namedTable(request, request.segments[0]!), namedColumn(request), request.body),
  },
  {
    method: 'DELETE',
    path: 'EntityDefinitions',
    privilege: 'prvDeleteEntity',
    run: (request) => removeTable(request.org.state, namedTable(request, request.segments[0]!)),
  },
  {
    method: 'DELETE',
    path: 'EntityDefinitions/Attributes',
    privilege: 'prvDeleteAttribute',
    run: (request) =>
      removeColumn(request.org.state, namedTable(request, request.segments[0]!), namedColumn(request)),
  },
  {
    method: 'DELETE',
    path: 'EntityDefinitions/Keys',
    privilege: 'prvDeleteEntityKey',
    run: (request) => removeKey(namedTable(request, request.segments[0]!), namedKey(request)),
  },
  {
    method: 'DELETE',
    path: 'RelationshipDefinitions',
    privilege: 'prvDeleteRelationship',
    run: (request) => {
      const { schema, state } = request.org;
      const { lookup, join } = namedRelationship(schema, metadataName(request.segments[0]!));
      if (lookup !== undefined) removeRelationship(state, lookup);
      else schema.removeManyToMany(join!);
    },
  },
];

const change: Route = {
  name: 'change metadata',
  fits: (request) => changes.some(({ method, path }) => fits(request, method, path)),
  answer: (request): ApiAnswer => {
    const { privilege, run } = changes.find(({ method, path }) => fits(request, method, path))!;
    requireCustomizer(request, privilege);
    run(request);
    return noContent();
  },
};

/** Definitions are replaced as a whole: there is no PATCH of parts of them. */
const patch: Route = {
  name: 'patch metadata',
  fits: (request) =>
    request.method === 'PATCH' &&
    ['EntityDefinitions', 'RelationshipDefinitions'].includes(request.segments[0]?.name ?? ''),
  answer: () => {
    throw new DataverseError(405, '0x80060888', 'Operation not supported on EntityMetadata');
  },
};

export const metadataChangeRoutes: readonly Route[] = [change, patch];
