import { toId18 } from '../ids.ts';
import type { FieldMeta, ObjectMeta, Row } from '../types.ts';
import { noAccessToParent, refuse } from './refusal.ts';
import type { Statement } from './statement.ts';

function parentObject(statement: Statement, lookup: FieldMeta, type: unknown): ObjectMeta | undefined {
  const name = typeof type === 'string' ? type : (lookup.referenceTo[0] ?? '');
  return lookup.referenceTo.includes(name) || typeof type !== 'string'
    ? statement.state.schema.object(name)
    : undefined;
}

/** The id of a parent given by a key of its own: `{"Ext__c":"A1"}`, with `attributes.type` where several types fit. */
export function resolveParent(statement: Statement, lookup: FieldMeta, raw: unknown): string | null {
  if (raw === null) return null;
  const { attributes, ...keys } = raw as Record<string, unknown>;
  const parent = parentObject(statement, lookup, (attributes as { type?: unknown } | undefined)?.type);
  const [[name, value] = ['', null], ...more] = Object.entries(keys);
  const field = parent && statement.state.schema.field(parent, name);
  if (
    parent === undefined ||
    field === undefined ||
    more.length > 0 ||
    !statement.caller.canReadField(parent, field)
  ) {
    throw refuse(
      'INVALID_FIELD',
      `No such column '${name}' on sobject of type ${parent?.name ?? lookup.name}`,
    );
  }
  if (field.type === 'id') return toId18(String(value));
  if (!field.externalId && !field.idLookup) {
    throw refuse('INVALID_FIELD', `${name} is not an External ID or indexed field for ${parent.name}`);
  }
  return uniqueMatch(statement, { parent, field, value: String(value) });
}

function uniqueMatch(
  statement: Statement,
  { parent, field, value }: { parent: ObjectMeta; field: FieldMeta; value: string },
): string {
  const rows = [...statement.state.table(parent).where(field, [value.trim()])].filter(
    (row) => row.IsDeleted !== true,
  );
  if (rows.length === 1) return String(rows[0]?.Id);
  const shown = field.caseSensitive ? value : value.toLowerCase();
  throw refuse(
    'INVALID_FIELD',
    rows.length === 0
      ? `Foreign key external ID: ${shown} not found for field ${field.name} in entity ${parent.name}`
      : `More than one record found for external id field: [${rows.map((row) => row.Id).join(', ')}]`,
  );
}

function targetsOf(statement: Statement, field: FieldMeta): ObjectMeta[] {
  return field.referenceTo
    .map((name) => statement.state.schema.object(name))
    .filter((object) => object !== undefined);
}

function checkOwner(object: ObjectMeta, owner: Row): void {
  if (owner.IsActive === false) {
    throw refuse(
      'INACTIVE_OWNER_OR_USER',
      `operation performed with inactive user [${String(owner.Id).slice(0, 15)}] as owner of ${object.name.toLowerCase()}`,
    );
  }
  if ('Type' in owner && owner.Type !== 'Queue' && String(owner.Id).startsWith('00G')) {
    throw refuse('FIELD_INTEGRITY_EXCEPTION', 'Owner ID: owner cannot be a group that is not a queue');
  }
}

function checkRecordType(object: ObjectMeta, field: FieldMeta, recordType: Row): void {
  if (recordType.SobjectType === object.name && recordType.IsActive === true) return;
  throw refuse(
    'INVALID_CROSS_REFERENCE_KEY',
    `${field.label}: this ID value isn't valid for the user: ${String(recordType.Id)}`,
    { fields: [field.name] },
  );
}

function checkLookup(statement: Statement, field: FieldMeta, id: string): void {
  const targets = targetsOf(statement, field);
  if (targets.length === 0) return;
  const target = targets.find((each) => each.keyPrefix === id.slice(0, 3));
  if (target === undefined) {
    throw refuse('FIELD_INTEGRITY_EXCEPTION', `${field.label}: id value of incorrect type: ${id}`, {
      fields: [field.name],
    });
  }
  const row = statement.state.table(target).get(id);
  if (row === undefined) throw refuse('INVALID_CROSS_REFERENCE_KEY', 'invalid cross reference id');
  if (row.IsDeleted === true) throw refuse('ENTITY_IS_DELETED', 'entity is deleted');
  if (!statement.caller.canReadObject(target) || !statement.caller.canSeeRow(target, row))
    throw noAccessToParent();
  if (field.name === 'OwnerId') checkOwner(statement.object, row);
  if (field.name === 'RecordTypeId') checkRecordType(statement.object, field, row);
}

/** Every lookup that the statement writes must lead to a live record of the right type that the caller can see. */
export function checkLookups(statement: Statement, written: Row): void {
  for (const [name, value] of Object.entries(written)) {
    const field = statement.state.schema.field(statement.object, name);
    if (field?.type === 'reference' && typeof value === 'string') checkLookup(statement, field, value);
  }
}
