import { toId18 } from '../ids.ts';
import type { OrgState } from '../state.ts';
import type { DmlResult, ObjectMeta, Row } from '../types.ts';
import { childrenOf } from './children.ts';
import { refreshMembership } from './effects.ts';
import { checkUnique } from './keys.ts';
import { isDeleted, noAccess, type RowRefusal, refuse, unknownId, unsupported } from './refusal.ts';
import { type Statement, stamped, succeeded } from './statement.ts';

const BIN_MS = 15 * 24 * 60 * 60 * 1000;

interface Found {
  object: ObjectMeta;
  row: Row;
}

/** The row behind an id, whatever its object; throws as the platform does. */
export function locate(state: OrgState, rawId: string): Found {
  const id = toId18(rawId);
  if (id === null) throw refuse('MALFORMED_ID', `malformed id ${rawId}`);
  for (const object of state.schema.objectsByPrefix(id.slice(0, 3))) {
    const row = state.table(object).get(id);
    if (row !== undefined) return { object, row };
  }
  throw unknownId();
}

function labelOf(row: Row): string {
  return String(row.Name ?? row.CaseNumber ?? row.Id);
}

function blocked(row: Row, what: string, rows: Row[]): RowRefusal {
  return refuse(
    'DELETE_FAILED',
    `Your attempt to delete ${labelOf(row)} could not be completed because ${what}.: ${rows.map(labelOf).join(', ')}`,
  );
}

/** An account keeps its cases and its won deals: it cannot go before them. */
function checkDeletable(statement: Statement, { object, row }: Found): void {
  for (const { object: child, relationship, rows } of childrenOf(statement, { object, id: String(row.Id) })) {
    if (
      relationship.restrictedDelete ||
      (object.name === 'Account' && child.name === 'Case' && relationship.field === 'AccountId')
    ) {
      throw blocked(row, `it is associated with the following ${child.labelPlural.toLowerCase()}`, rows);
    }
    const won = rows.filter((each) => each.IsWon === true);
    if (object.name === 'Account' && relationship.field === 'AccountId' && won.length > 0) {
      throw blocked(
        row,
        'some opportunities in this account were closed won. The opportunities are listed below',
        won,
      );
    }
  }
}

/** Into the bin, with what hangs on it; lookups that do not cascade are cleared. */
function bury(statement: Statement, { object, row }: Found): void {
  const { state, stamp } = statement;
  const id = String(row.Id);
  const cleared: Array<{ object: ObjectMeta; id: string; field: string }> = [];
  state.write(object, id, { ...stamped(statement, row), IsDeleted: true });
  state.bin.push({ object, id, at: stamp });
  for (const { object: child, relationship, rows } of childrenOf(statement, { object, id })) {
    for (const each of rows) {
      if (relationship.cascadeDelete) {
        bury(statement, { object: child, row: each });
        continue;
      }
      cleared.push({ object: child, id: String(each.Id), field: relationship.field });
      state.write(child, String(each.Id), { ...each, [relationship.field]: null, SystemModstamp: stamp });
    }
  }
  state.clearedLookups.set(id, cleared);
  if (object.name === 'ChannelProgramMember') refreshMembership(statement, row.PartnerId);
}

/** Deletes one record softly, whatever its object. */
export function deleteRow(statement: Statement, rawId: string): DmlResult {
  const found = locate(statement.state, rawId);
  const { object, row } = found;
  if (row.IsDeleted === true) throw isDeleted();
  if (!object.deletable) throw unsupported(object.name, 'delete');
  if (!statement.caller.objectAccess(object).delete || !statement.caller.canEditRow(object, row))
    throw noAccess();
  checkDeletable(statement, found);
  bury(statement, found);
  return succeeded(String(row.Id), false);
}

function forget(state: OrgState, object: ObjectMeta, row: Row): void {
  const gone = state.goneRows.get(object.name) ?? new Map<string, number>();
  gone.set(String(row.Id), Number(row.SystemModstamp));
  state.goneRows.set(object.name, gone);
  state.write(object, String(row.Id), undefined);
}

/** Deletes one record for good, from the org or from the bin. */
export function hardDeleteRow(statement: Statement, rawId: string): DmlResult {
  const { state } = statement;
  const found = locate(state, rawId);
  if (found.row.IsDeleted !== true) deleteRow(statement, rawId);
  const { object, row } = locate(state, rawId);
  for (const { object: child, relationship, rows } of childrenOf(
    statement,
    { object, id: String(row.Id) },
    { deleted: true },
  )) {
    if (relationship.cascadeDelete) for (const each of rows) forget(state, child, each);
  }
  forget(state, object, row);
  return succeeded(String(row.Id), false);
}

/** Empties the bin of what has lain in it for 15 days. */
export function purgeBin(state: OrgState): void {
  const limit = state.clock.now() - BIN_MS;
  while (state.bin[0] !== undefined && state.bin[0].at < limit) {
    const { object, id, at } = state.bin.shift() ?? { object: undefined, id: '', at: 0 };
    const row = object && state.table(object).get(id);
    if (object !== undefined && row?.IsDeleted === true && row.SystemModstamp === at)
      forget(state, object, row);
  }
}

/**
 * Takes one record out of the bin, with the children that went in with it. The loser of a merge comes back alone: what
 * moved to the winner stays there.
 * https://developer.salesforce.com/docs/atlas.en-us.api.meta/api/sforce_api_calls_undelete.htm
 */
export function undeleteRow(statement: Statement, rawId: string): DmlResult {
  const { object, row } = locate(statement.state, rawId);
  if (row.IsDeleted !== true || !object.undeletable)
    throw refuse('UNDELETE_FAILED', 'Entity is not in the recycle bin');
  if (!statement.caller.objectAccess(object).delete) throw noAccess();
  raise(statement, { object, row });
  return succeeded(String(row.Id), false);
}

function raise(statement: Statement, { object, row }: Found): void {
  const back: Row = {
    ...stamped(statement, row),
    ...lostLookups(statement, { object, row }),
    ...('MasterRecordId' in row ? { MasterRecordId: null } : {}),
    IsDeleted: false,
  };
  checkUnique(statement, object, back);
  statement.state.write(object, String(row.Id), back);
  const wentTogether = childrenOf(statement, { object, id: String(row.Id) }, { deleted: true });
  for (const { object: child, relationship, rows } of wentTogether) {
    if (!relationship.cascadeDelete) continue;
    for (const each of rows) {
      if (each.SystemModstamp === row.SystemModstamp) raise(statement, { object: child, row: each });
    }
  }
  pointBack(statement, String(row.Id));
  if (object.name === 'ChannelProgramMember') refreshMembership(statement, row.PartnerId);
}

/** Lookups to records that are in the bin themselves: blanked, or, where they must be filled, a refusal. */
function lostLookups(statement: Statement, { object, row }: Found): Row {
  const lost: Row = {};
  for (const field of object.fields) {
    const value = row[field.name];
    if (field.type !== 'reference' || field.name === 'MasterRecordId' || typeof value !== 'string') continue;
    if (!isInBin(statement.state, value)) continue;
    if (!field.nillable)
      throw refuse('UNDELETE_FAILED', `${field.label}: the record that it belongs to is deleted`);
    lost[field.name] = null;
  }
  return lost;
}

function isInBin(state: OrgState, id: string): boolean {
  return state.schema
    .objectsByPrefix(id.slice(0, 3))
    .some((object) => state.table(object).get(id)?.IsDeleted === true);
}

/** Lookups that the delete cleared and that nobody filled since lead to the record again. */
function pointBack(statement: Statement, id: string): void {
  const { state, stamp } = statement;
  for (const { object, id: childId, field } of state.clearedLookups.get(id) ?? []) {
    const child = state.table(object).get(childId);
    if (child === undefined || (child[field] ?? null) !== null) continue;
    state.write(object, childId, { ...child, [field]: id, SystemModstamp: stamp });
  }
}
