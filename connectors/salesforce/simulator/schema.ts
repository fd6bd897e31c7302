import type { Clock } from '../../simulation/clock.ts';
import { compoundOf } from './compound.ts';
import type { ChildSide } from './metadata-field.ts';
import type { ChildRelationship, FieldMeta, ObjectMeta } from './types.ts';

/** Who sees the rows of an object when no permission shows them all. */
export type SharingModel = 'public' | 'readOnly' | 'private' | `parent:${string}`;

/** What the org knows of an object beside its describe answer. */
export interface ObjectTraits {
  sharing: SharingModel;
  /** Setup objects do not mix with others in one collection. */
  setup: boolean;
  /** Its own object permissions, those of another object, or readable by everybody and written by administrators. */
  permissions: 'own' | 'none' | `of:${string}`;
}

/** The org's metadata, looked up by name in any case. */
export interface Schema {
  object(name: string): ObjectMeta | undefined;
  objects(): ObjectMeta[];
  field(object: ObjectMeta, name: string): FieldMeta | undefined;
  /** The lookup field behind a relationship name (`Owner`, `Partner__r`). */
  relationship(object: ObjectMeta, relationshipName: string): FieldMeta | undefined;
  /** The objects of a key prefix: several share one where rows are views of each other. */
  objectsByPrefix(keyPrefix: string): ObjectMeta[];
  traits(object: ObjectMeta): ObjectTraits;
  /** Adds an object or replaces it. */
  put(object: ObjectMeta, traits?: Partial<ObjectTraits>): void;
  putField(objectName: string, field: FieldMeta): void;
  removeField(objectName: string, fieldName: string): void;
  /** Remembers all objects and fields as they are; the answer brings them back. */
  snapshot(): () => void;
  /** When metadata last changed, epoch milliseconds (for If-Modified-Since). */
  changedAt(): number;
}

interface Entry {
  meta: ObjectMeta;
  traits: ObjectTraits;
  fields: Map<string, FieldMeta>;
  relationships: Map<string, FieldMeta>;
}

function entryOf(meta: ObjectMeta, traits: ObjectTraits): Entry {
  for (const field of meta.fields) field.compoundFieldName ??= compoundOf(meta, field);
  return {
    meta,
    traits,
    fields: new Map(meta.fields.map((field) => [field.name.toLowerCase(), field])),
    relationships: new Map(
      meta.fields
        .filter((field) => field.relationshipName !== null)
        .map((field) => [String(field.relationshipName).toLowerCase(), field]),
    ),
  };
}

/** Child relationships live with the child's lookup field, except those that a loaded describe answer declared. */
function childrenOf(parent: ObjectMeta, entries: Iterable<Entry>): ChildRelationship[] {
  const declared = new Map(
    parent.childRelationships.map((each) => [`${each.childSObject}.${each.field}`, each]),
  );
  for (const { meta } of entries) {
    for (const field of meta.fields) {
      const key = `${meta.name}.${field.name}`;
      if (!field.referenceTo.includes(parent.name) || declared.has(key)) continue;
      const side = field as Partial<ChildSide>;
      declared.set(key, {
        cascadeDelete: side.onDelete === 'cascade',
        childSObject: meta.name,
        deprecatedAndHidden: false,
        field: field.name,
        junctionIdListNames: [],
        junctionReferenceTo: [],
        relationshipName: side.childRelationshipName ?? null,
        restrictedDelete: side.onDelete === 'restrict',
      });
    }
  }
  return [...declared.values()];
}

/** An empty schema on the org's clock. */
export function createSchema(clock: Clock): Schema {
  const entries = new Map<string, Entry>();
  let changedAt = clock.now();
  let stale = true;
  const refresh = (): void => {
    if (!stale) return;
    stale = false;
    for (const { meta } of entries.values()) {
      meta.childRelationships = childrenOf(meta, entries.values()).filter((each) => {
        const child = entries.get(each.childSObject.toLowerCase());
        return child === undefined || child.fields.has(each.field.toLowerCase());
      });
    }
  };
  const touch = (): void => {
    stale = true;
    changedAt = clock.now();
  };
  const rebuild = (entry: Entry, fields: FieldMeta[]): void => {
    entry.meta.fields = fields;
    entries.set(entry.meta.name.toLowerCase(), entryOf(entry.meta, entry.traits));
    touch();
  };
  const required = (name: string): Entry => {
    const entry = entries.get(name.toLowerCase());
    if (entry === undefined) throw new Error(`There is no object ${name} in this org`);
    return entry;
  };
  return {
    object: (name) => {
      refresh();
      return entries.get(name.toLowerCase())?.meta;
    },
    objects: () => {
      refresh();
      return [...entries.values()].map((entry) => entry.meta);
    },
    field: (object, name) => entries.get(object.name.toLowerCase())?.fields.get(name.toLowerCase()),
    relationship: (object, name) =>
      entries.get(object.name.toLowerCase())?.relationships.get(name.toLowerCase()),
    objectsByPrefix: (prefix) =>
      [...entries.values()].filter((entry) => entry.meta.keyPrefix === prefix).map((entry) => entry.meta),
    traits: (object) => required(object.name).traits,
    put: (object, traits) => {
      const before = entries.get(object.name.toLowerCase())?.traits;
      const merged: ObjectTraits = {
        sharing: 'private',
        setup: false,
        permissions: 'own',
        ...before,
        ...traits,
      };
      entries.set(object.name.toLowerCase(), entryOf(object, merged));
      touch();
    },
    putField: (objectName, field) => {
      const entry = required(objectName);
      const others = entry.meta.fields.filter((each) => each.name.toLowerCase() !== field.name.toLowerCase());
      rebuild(entry, [...others, field]);
    },
    removeField: (objectName, fieldName) => {
      const entry = required(objectName);
      rebuild(
        entry,
        entry.meta.fields.filter((each) => each.name.toLowerCase() !== fieldName.toLowerCase()),
      );
    },
    snapshot: () => {
      const kept = [...entries.values()].map(({ meta, traits }) => ({ meta, traits, fields: meta.fields }));
      return () => {
        entries.clear();
        for (const { meta, traits, fields } of kept) {
          meta.fields = fields;
          entries.set(meta.name.toLowerCase(), entryOf(meta, traits));
        }
        touch();
      };
    },
    changedAt: () => changedAt,
  };
}
