import { addressValue } from './compound.ts';
import type { FieldMeta, FieldValue, ObjectMeta, Row } from './types.ts';

/** A stored date-time as answers print it: `2026-11-23T09:47:13.000+0000`, always whole seconds and no colon. */
export function formatDateTime(epochMs: number): string {
  return `${new Date(Math.floor(epochMs / 1000) * 1000).toISOString().slice(0, 19)}.000+0000`;
}

/** A field of a row as JSON answers carry it. */
export function jsonValue(field: FieldMeta, row: Row): unknown {
  if (field.type === 'address') return addressValue(field, row);
  const value: FieldValue = row[field.name] ?? null;
  if (value === null) return field.type === 'boolean' ? false : null;
  return field.type === 'datetime' && typeof value === 'number' ? formatDateTime(value) : value;
}

/** `attributes` of a record in an answer. */
export function attributesOf(object: ObjectMeta, id: string, version: string): { type: string; url: string } {
  return { type: object.name, url: `/services/data/v${version}/sobjects/${object.name}/${id}` };
}
