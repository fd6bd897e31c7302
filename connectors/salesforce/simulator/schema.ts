import type { FieldMeta, ObjectMeta } from './types.ts';

/** The org's metadata, looked up by name in any case. */
export interface Schema {
  object(name: string): ObjectMeta | undefined;
  objects(): ObjectMeta[];
  field(object: ObjectMeta, name: string): FieldMeta | undefined;
  /** The lookup field behind a relationship name (`Owner`, `Partner__r`). */
  relationship(object: ObjectMeta, relationshipName: string): FieldMeta | undefined;
  objectByPrefix(keyPrefix: string): ObjectMeta | undefined;
  /** Adds an object or replaces it. */
  put(object: ObjectMeta): void;
  putField(objectName: string, field: FieldMeta): void;
  removeField(objectName: string, fieldName: string): void;
  /** When metadata last changed, epoch milliseconds (for If-Modified-Since). */
  changedAt(): number;
}
