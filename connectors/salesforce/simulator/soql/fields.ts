/** Finds fields by path (`Name`, `Account.Owner.Name`) and reads their values along the lookups. */

import type { FieldMeta, FieldValue, ObjectMeta, Row } from '../types.ts';
import type { Scope } from './scope.ts';

/** Lookups from child to parent in one path. */
const MAX_LEVELS = 5;

/** What a lookup leads to. */
export interface Target {
  object: ObjectMeta;
  row: Row;
}

/** One lookup of a path. */
export interface Hop {
  /** Canonical relationship name. */
  name: string;
  field: FieldMeta;
  /** Where it can lead. More than one: the fields that all owners share are read through the object "Name". */
  targets: ObjectMeta[];
  polymorphic: boolean;
  follow(row: Row): Target | undefined;
}

export interface ResolvedField {
  hops: Hop[];
  /** The object that owns the field. */
  object: ObjectMeta;
  field: FieldMeta;
  /** The stored value, null where a parent is missing. */
  get(row: Row): FieldValue;
}

const indexes = new WeakMap<FieldMeta[], { size: number; byName: Map<string, FieldMeta> }>();

/** The field of an object by its name in any case. */
export function fieldNamed(object: ObjectMeta, name: string): FieldMeta | undefined {
  let index = indexes.get(object.fields);
  if (index?.size !== object.fields.length) {
    index = {
      size: object.fields.length,
      byName: new Map(object.fields.map((field) => [field.name.toLowerCase(), field])),
    };
    indexes.set(object.fields, index);
  }
  return index.byName.get(name.toLowerCase());
}

/** Fields that every owner-like object answers through a lookup with several targets. */
const SHARED_FIELDS = [
  'Id',
  'Name',
  'FirstName',
  'LastName',
  'Email',
  'Phone',
  'Title',
  'Username',
  'Alias',
  'IsActive',
  'ProfileId',
  'UserRoleId',
  'RecordTypeId',
];

function nameObject(targets: ObjectMeta[]): ObjectMeta {
  const fields = SHARED_FIELDS.flatMap((name) => {
    const found = targets.map((target) => fieldNamed(target, name)).find(Boolean);
    return found ? [found] : [];
  });
  const base = fields.find((field) => field.name === 'Name') as FieldMeta;
  const type: FieldMeta = { ...base, name: 'Type', label: 'Type', type: 'picklist', nameField: false };
  return {
    ...(targets[0] as ObjectMeta),
    name: 'Name',
    label: 'Name',
    fields: [...fields, type],
    childRelationships: [],
  };
}

/** The type as `Owner.Type` tells it: a queue is stored as a group. */
export function typeNameOf(target: Target): string {
  return target.object.name === 'Group' && target.row.Type === 'Queue' ? 'Queue' : target.object.name;
}

function hopOf(object: ObjectMeta, field: FieldMeta, scope: Scope): Hop {
  const targets = field.referenceTo.flatMap((name) => {
    const target = scope.source.object(name);
    return target && scope.caller.canReadObject(target) ? [target] : [];
  });
  const follow = (row: Row): Target | undefined => {
    const id = row[field.name];
    if (typeof id !== 'string') return undefined;
    for (const target of targets) {
      const parent = scope.source.rowById(target.name, id);
      if (!parent) continue;
      const visible =
        (scope.includeDeleted || parent.IsDeleted !== true) && scope.caller.canSeeRow(target, parent);
      return visible ? { object: target, row: parent } : undefined;
    }
    return undefined;
  };
  return {
    name: field.relationshipName ?? object.name,
    field,
    targets,
    polymorphic: field.referenceTo.length > 1,
    follow,
  };
}

/** The lookup behind a relationship name. @throws ApiError INVALID_FIELD */
export function relationshipOf(object: ObjectMeta, name: string, scope: Scope, path = name): Hop {
  const field = object.fields.find((f) => f.relationshipName?.toLowerCase() === name.toLowerCase());
  const hop = field && scope.caller.canReadField(object, field) ? hopOf(object, field, scope) : undefined;
  if (hop && hop.targets.length > 0) return hop;
  throw scope.problems.invalidField(
    `Didn't understand relationship '${name}' in field path. If you are attempting to use a custom relationship, be sure to append the '__r' after the custom relationship name. Please reference your WSDL or the describe call for the appropriate names.`,
    path,
  );
}

/** The object whose fields can be named behind a lookup. */
export function objectBehind(hop: Hop): ObjectMeta {
  return hop.polymorphic ? nameObject(hop.targets) : (hop.targets[0] as ObjectMeta);
}

/** Takes the object's own name or alias off the front of a path. */
export function segmentsOf(path: string, object: ObjectMeta, alias: string | undefined): string[] {
  const segments = path.split('.');
  const first = segments[0]?.toLowerCase();
  const isSelf = first === alias?.toLowerCase() || first === object.name.toLowerCase();
  return segments.length > 1 && isSelf ? segments.slice(1) : segments;
}

function visibleField(
  owner: ObjectMeta,
  name: string,
  hop: Hop | undefined,
  scope: Scope,
): FieldMeta | undefined {
  const field = fieldNamed(owner, name);
  if (!field) return undefined;
  const real = hop?.polymorphic ? hop.targets.find((target) => fieldNamed(target, name)) : owner;
  return !real || scope.caller.canReadField(real, field) ? field : undefined;
}

/** Resolves a path from `object`. @throws ApiError INVALID_FIELD, MALFORMED_QUERY */
export function resolveField(path: string, object: ObjectMeta, scope: Scope, alias?: string): ResolvedField {
  const segments = segmentsOf(path, object, alias);
  const name = segments.pop() ?? '';
  if (segments.length > MAX_LEVELS)
    throw scope.problems.malformed(
      `SOQL relationship paths cannot go up more than ${MAX_LEVELS} levels`,
      path,
    );
  const hops: Hop[] = [];
  let owner = object;
  for (const segment of segments) {
    const hop = relationshipOf(owner, segment, scope, path);
    hops.push(hop);
    owner = objectBehind(hop);
  }
  const field = visibleField(owner, name, hops.at(-1), scope);
  if (!field) throw scope.problems.noSuchColumn(name, owner.name, path);
  return { hops, object: owner, field, get: readerOf(hops, field.name) };
}

function readerOf(hops: Hop[], name: string): (row: Row) => FieldValue {
  const [only, ...more] = hops;
  if (!only) return (row) => row[name] ?? null;
  const typeOfParent = name === 'Type' && hops.at(-1)?.polymorphic === true;
  return (row) => {
    let target = only.follow(row);
    for (const hop of more) target = target && hop.follow(target.row);
    if (!target) return null;
    return typeOfParent ? typeNameOf(target) : (target.row[name] ?? null);
  };
}
