import type { FieldMeta, InputRecord, ObjectMeta, Row } from '../types.ts';
import { checkValue } from './checks.ts';
import { coerce } from './coerce.ts';
import { resolveParent } from './parents.ts';
import { refuse } from './refusal.ts';
import type { Statement } from './statement.ts';

const SECURITY_HINT =
  'Please check the security settings of this field and verify that it is read/write for your profile or permission set.';

interface NamedValue {
  field: FieldMeta;
  raw: unknown;
  byRelationship: boolean;
}

function noSuchColumn(object: ObjectMeta, name: string): Error {
  return refuse('INVALID_FIELD', `No such column '${name}' on sobject of type ${object.name}`);
}

/** The field a key means; a field that the caller may not see does not exist for him. */
function nameValue(statement: Statement, key: string, raw: unknown): NamedValue {
  const { state, object, caller } = statement;
  const field = state.schema.field(object, key);
  if (field !== undefined && caller.canReadField(object, field)) return { field, raw, byRelationship: false };
  const lookup = state.schema.relationship(object, key);
  if (lookup !== undefined && typeof raw === 'object' && caller.canReadField(object, lookup)) {
    return { field: lookup, raw, byRelationship: true };
  }
  throw noSuchColumn(object, key);
}

function isWritable(statement: Statement, field: FieldMeta, verb: 'insert' | 'update'): boolean {
  const open = verb === 'insert' ? field.createable : field.updateable;
  return open && statement.caller.canWriteField(statement.object, field);
}

function checkWritable(statement: Statement, values: NamedValue[], verb: 'insert' | 'update'): void {
  const closed = values
    .filter(({ field }) => !isWritable(statement, field, verb))
    .map(({ field }) => field.name);
  if (closed.length === 0) return;
  throw refuse(
    'INVALID_FIELD_FOR_INSERT_UPDATE',
    `Unable to create/update fields: ${closed.join(', ')}. ${SECURITY_HINT}`,
    { fields: closed },
  );
}

/**
 * What a client's record writes, in stored forms: names resolved, permissions checked, values read and checked,
 * parents named by external id looked up. Throws RowRefusal with the platform's code.
 */
export function prepare(statement: Statement, record: InputRecord, verb: 'insert' | 'update'): Row {
  const { format = 'json', allowFieldTruncation = false } = statement.options;
  const named = Object.entries(record)
    .filter(([key, raw]) => key !== 'attributes' && key.toLowerCase() !== 'id' && raw !== undefined)
    .map(([key, raw]) => nameValue(statement, key, raw));
  for (const each of named) if (!each.byRelationship) each.raw = coerce(each.field, each.raw, format);
  checkWritable(statement, named, verb);
  const values: Row = {};
  for (const { field, raw, byRelationship } of named) {
    const value = byRelationship ? resolveParent(statement, field, raw) : (raw as Row[string]);
    values[field.name] = checkValue(field, value ?? null, allowFieldTruncation);
  }
  return values;
}
