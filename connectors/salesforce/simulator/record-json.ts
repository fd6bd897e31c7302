import { badRequest } from './api-errors.ts';
import { attributesOf, jsonValue } from './format.ts';
import type { Org } from './org.ts';
import type { Caller, FieldMeta, ObjectMeta, Row } from './types.ts';

/** The fields that a caller asked for by name, or all that he can see; throws INVALID_FIELD for one he cannot. */
export function fieldsFor(
  org: Org,
  target: { object: ObjectMeta; caller: Caller },
  names: string[] | null,
): FieldMeta[] {
  const { object, caller } = target;
  if (names === null) return object.fields.filter((field) => caller.canReadField(object, field));
  return names.map((name) => {
    const field = org.schema.field(object, name.trim());
    if (field !== undefined && caller.canReadField(object, field)) return field;
    throw badRequest(
      'INVALID_FIELD',
      `No such column '${name.trim()}' on entity '${object.name}'. If you are attempting to use a custom field, be sure to append the '__c' after the custom field name. Please reference your WSDL or the describe call for the appropriate names.`,
    );
  });
}

/** A record as the single-record resource answers it. */
export function recordJson(
  record: { object: ObjectMeta; row: Row },
  fields: FieldMeta[],
  version: string,
): Record<string, unknown> {
  const { object, row } = record;
  const named = fields.some((field) => field.name === 'Id') ? fields : [...fields, ...idField(object)];
  return {
    attributes: attributesOf(object, String(row.Id), version),
    ...Object.fromEntries(named.map((field) => [field.name, jsonValue(field, row)])),
  };
}

function idField(object: ObjectMeta): FieldMeta[] {
  return object.fields.filter((field) => field.name === 'Id');
}
