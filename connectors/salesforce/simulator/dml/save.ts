import { toId18 } from '../ids.ts';
import { checkRecordTypeLists } from '../record-type-lists.ts';
import type { DmlResult, FieldMeta, InputRecord, ObjectMeta, Row } from '../types.ts';
import { checkRequired } from './checks.ts';
import { derive } from './derive.ts';
import { checkDuplicates } from './duplicates.ts';
import { afterSave, assign } from './effects.ts';
import { checkUnique } from './keys.ts';
import { checkLookups } from './parents.ts';
import { prepare } from './prepare.ts';
import { isDeleted, noAccess, refuse, unknownId, unsupported } from './refusal.ts';
import { type Statement, stamped, succeeded } from './statement.ts';

function autoNumber(statement: Statement, field: FieldMeta): string {
  const number = statement.state.nextNumber(statement.object);
  return field.name === 'CaseNumber'
    ? String(number).padStart(8, '0')
    : `${prefixOf(statement.object)}-${String(number).padStart(5, '0')}`;
}

function prefixOf(object: ObjectMeta): string {
  return object.label
    .split(' ')
    .map((word) => word.charAt(0).toUpperCase())
    .join('');
}

function defaultsOf(statement: Statement): Row {
  const row: Row = {};
  for (const field of statement.object.fields) {
    if (field.autoNumber === true) row[field.name] = autoNumber(statement, field);
    else if (field.type === 'boolean') row[field.name] = field.defaultValue === true;
    else if (field.name === 'OwnerId') row.OwnerId = statement.caller.userId;
    else if (field.defaultValue !== null && field.createable) row[field.name] = field.defaultValue;
  }
  return row;
}

function checkOrgRules(statement: Statement, row: Row, old: Row | null): void {
  for (const rule of statement.state.rules.get(statement.object.name) ?? []) {
    const refusal = rule(row, { caller: statement.caller, old });
    if (refusal === null) continue;
    throw refuse('FIELD_CUSTOM_VALIDATION_EXCEPTION', refusal.message, {
      fields: refusal.field === undefined ? [] : [refusal.field],
    });
  }
}

/** The order of the platform: values, required fields, lookups, the org's rules, duplicates, then unique keys. */
function store(statement: Statement, change: { row: Row; old: Row | null; written: Row }): void {
  const { state, object, stamp } = statement;
  const { row, old, written } = change;
  checkRequired(object, row, old === null ? null : new Set(Object.keys(written)));
  checkLookups(statement, written);
  checkRecordTypeLists(state, object, { row, written });
  derive(object, { state, row, old, written, stamp });
  assign(statement, row);
  checkOrgRules(statement, row, old);
  checkDuplicates(statement, row, written);
  checkUnique(statement, object, row);
  state.write(object, String(row.Id), row);
  afterSave(statement, { row, old });
}

/** Creates one record. */
export function insertRow(statement: Statement, record: InputRecord, strike: (row: Row) => void): DmlResult {
  const { state, object, caller } = statement;
  if (!object.createable) throw unsupported(object.name, 'create');
  if (!caller.objectAccess(object).create) throw noAccess();
  if (
    Object.entries(record).some(
      ([key, value]) => key.toLowerCase() === 'id' && value !== null && value !== '',
    )
  ) {
    throw refuse('INVALID_FIELD_FOR_INSERT_UPDATE', 'cannot specify Id in an insert call', {
      fields: ['Id'],
    });
  }
  const written = prepare(statement, record, 'insert');
  const id = state.newId(object);
  const row = stamped(statement, {
    Id: id,
    ...defaultsOf(statement),
    ...withoutBlanks(written),
    CreatedDate: statement.stamp,
    CreatedById: caller.userId,
  });
  strike(row);
  store(statement, { row, old: null, written });
  return succeeded(id, true);
}

/** A blank in an insert means the default, except where the field has none. */
function withoutBlanks(written: Row): Row {
  return Object.fromEntries(Object.entries(written).filter(([, value]) => value !== null));
}

/** The live row behind an id that a client named; throws as the platform does. */
export function rowFor(statement: Statement, rawId: unknown, verb: string): Row {
  if (typeof rawId !== 'string' || rawId === '') {
    throw refuse('MISSING_ARGUMENT', `Id not specified in an ${verb} call`);
  }
  const id = toId18(rawId);
  if (id === null || id.slice(0, 3) !== statement.object.keyPrefix) {
    throw refuse('MALFORMED_ID', `${statement.object.label} ID: id value of incorrect type: ${rawId}`, {
      fields: ['Id'],
    });
  }
  const row = statement.state.table(statement.object).get(id);
  if (row === undefined) throw unknownId();
  if (row.IsDeleted === true) throw isDeleted();
  return row;
}

/** Changes one record. Equal values are written too: they move the stamps, as on the platform. */
export function updateRow(
  statement: Statement,
  old: Row,
  change: { record: InputRecord; strike: (row: Row) => void },
): DmlResult {
  const { object, caller } = statement;
  if (!object.updateable) throw unsupported(object.name, 'update');
  if (!caller.objectAccess(object).edit || !caller.canEditRow(object, old)) throw noAccess();
  if (object.name === 'Lead' && old.IsConverted === true) {
    throw refuse('CANNOT_UPDATE_CONVERTED_LEAD', 'cannot reference converted lead');
  }
  const written = prepare(statement, change.record, 'update');
  const row = stamped(statement, { ...old, ...written });
  change.strike(row);
  store(statement, { row, old, written });
  return succeeded(String(row.Id), false);
}
