import type { FieldMeta, FieldValue, ObjectMeta, Row } from './types.ts';

const ADDRESS_PARTS = [
  'Street',
  'City',
  'State',
  'PostalCode',
  'Country',
  'Latitude',
  'Longitude',
  'GeocodeAccuracy',
];

function hasField(object: ObjectMeta, name: string): boolean {
  return object.fields.some((field) => field.name === name);
}

/** The compound field (`Name`, `BillingAddress`) that a field is a part of, or null. */
export function compoundOf(object: ObjectMeta, field: FieldMeta): string | null {
  if (/^(FirstName|LastName|Salutation)$/.test(field.name))
    return hasField(object, 'LastName') ? 'Name' : null;
  const part = ADDRESS_PARTS.find((each) => field.name.endsWith(each));
  if (part === undefined || field.custom) return null;
  const compound = `${field.name.slice(0, -part.length)}Address`;
  return object.fields.some((each) => each.name === compound && each.type === 'address') ? compound : null;
}

/** The value of an address field: an object of its parts, or null when all are empty. */
export function addressValue(field: FieldMeta, row: Row): Record<string, FieldValue> | null {
  const prefix = field.name.replace(/Address$/, '');
  const parts = ADDRESS_PARTS.map((part): [string, FieldValue] => [
    part.charAt(0).toLowerCase() + part.slice(1),
    row[prefix + part] ?? null,
  ]);
  return parts.every(([, value]) => value === null) ? null : Object.fromEntries(parts.sort());
}
