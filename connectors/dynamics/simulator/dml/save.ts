import { type Caller, privilegeName, type Verb } from '../access.ts';
import { refusals } from '../errors.ts';
import { checkPackage } from '../packages.ts';
import type { State } from '../state.ts';
import { type Column, lookupTable, type Row, type Table, type Value } from '../types.ts';
import { changeTwin, isConnection, putConnection } from './connections.ts';
import { derive } from './derive.ts';
import { checkKeys } from './key.ts';
import { type DeepInsert, readPayload } from './payload.ts';
import { playDuplicateRules, playRowErrors } from './row-faults.ts';
import { instantText } from './value.ts';

/** On whose behalf a row is written, and how. */
export interface WriteCall {
  state: State;
  caller: Caller;
  table: Table;
  /** Whether the request wants the rules for duplicates to be asked. (Default: no) */
  findsDuplicates?: boolean;
}

/** Throws 403 when no role of the caller has the privilege at all. */
export function requirePrivilege({ caller, table }: WriteCall, verb: Verb): void {
  if (caller.depth(verb, table) === 'None')
    throw refusals.missingPrivilege(caller.userId, privilegeName(verb, table), table);
}

/** Throws 403 when the privilege does not reach the row. */
export function requireAccess(call: WriteCall, verb: Verb, row: Row): void {
  requirePrivilege(call, verb);
  const { caller, table } = call;
  if (!caller.reaches(verb, table, row))
    throw refusals.noAccess(caller.userId, `${verb}Access`, table, String(row[table.primaryId]));
}

/** Makes a row of a body, with the rows that come inside it. Returns it as stored. */
export function createRow(call: WriteCall, body: Readonly<Record<string, unknown>>): Row {
  const { state, caller, table } = call;
  if (table.intersect === true) throw refusals.notSupported('Create', table);
  requirePrivilege(call, 'Create');
  const { values, deep } = readPayload(state, { caller, table, verb: 'create' }, body);
  return state.transaction(() => {
    for (const inner of deep.filter((each) => each.side === 'target')) bindDeep(call, values, inner);
    const row = insert(call, values);
    for (const inner of deep.filter((each) => each.side === 'collection')) addDeep(call, row, inner);
    return row;
  });
}

function bindDeep(
  call: WriteCall,
  values: Record<string, Value>,
  { relationship, bodies }: DeepInsert,
): void {
  const table = call.state.schema.table(relationship.referenced)!;
  const target = createRow({ ...call, table }, bodies[0] ?? {});
  values[relationship.column] = target[table.primaryId]!;
  const column = call.table.columns.get(relationship.column)!;
  if ((column.targets?.length ?? 0) > 1) values[lookupTable(column.logicalName)] = table.logicalName;
}

function addDeep(call: WriteCall, row: Row, { relationship, bodies }: DeepInsert): void {
  const table = call.state.schema.table(relationship.referencing)!;
  const id = String(row[call.table.primaryId]);
  const bound = `${relationship.lookupProperty}@odata.bind`;
  for (const body of bodies)
    createRow({ ...call, table }, { ...body, [bound]: `/${call.table.entitySet}(${id})` });
}

/** Stores a new row whose values are checked: fills in what it does not say. */
export function insert(call: WriteCall, given: Readonly<Record<string, Value>>): Row {
  const now = instantText(call.state.clock.now());
  const by = call.caller.userId;
  const createdon = given.overriddencreatedon == null ? now : String(given.overriddencreatedon);
  return store(call, given, { createdon, createdby: by, modifiedon: now, modifiedby: by });
}

/**
 * Stores a trusted row as it came about long ago: it may say who owns it, who made and changed it, and when. (Defaults: the
 * caller; now; changed when it was made, by its owner.)
 */
export function load(call: WriteCall, given: Readonly<Record<string, Value>>): Row {
  const by = given.ownerid ?? call.caller.userId;
  const createdon = given.createdon ?? instantText(call.state.clock.now());
  const stamps = { createdon, createdby: by, modifiedon: createdon, modifiedby: by };
  const told = Object.keys(stamps).filter((name) => (given[name] ?? null) !== null);
  return store(call, given, { ...stamps, ...Object.fromEntries(told.map((name) => [name, given[name]!])) });
}

function store(
  call: WriteCall,
  given: Readonly<Record<string, Value>>,
  stamps: Readonly<Record<string, Value>>,
): Row {
  const { state, table } = call;
  const id = String(given[table.primaryId] ?? state.newId());
  if (state.rows(table).get(id) !== undefined) throw refusals.duplicateId();
  const row: Row = { ...blankRow(table), ...ownership(call), ...given, [table.primaryId]: id, ...stamps };
  if (given.ownerid !== undefined) reown(state, row);
  numberRow(state, table, row);
  settleState(table, row, given);
  checkRequired(table, row);
  const whole = completed(call, row);
  return isConnection(table) ? putConnection(state, table, whole) : state.put(table, whole);
}

/** The row with what follows from it; throws where another row or a rule stands against it. */
function completed({ state, table, findsDuplicates }: WriteCall, row: Row): Row {
  const whole = derive(state, table, row);
  checkKeys(state, table, whole);
  checkPackage(state, table, whole);
  playRowErrors(state, table, whole);
  if (findsDuplicates === true) playDuplicateRules(state, table, whole);
  return whole;
}

function blankRow(table: Table): Row {
  const row: Row = {};
  for (const column of table.columns.values()) row[column.logicalName] = defaultOf(column);
  return row;
}

function defaultOf(column: Column): Value {
  if (column.default === undefined) return null;
  return column.type === 'Boolean' ? column.default === 1 || column.default === true : column.default;
}

function ownership({ caller, table }: WriteCall): Row {
  if (table.ownership !== 'UserOwned') return {};
  return {
    ownerid: caller.userId,
    owninguser: caller.userId,
    owningbusinessunit: caller.businessUnitId,
  };
}

/** CAS-{SEQNUM:5}-{RANDSTRING:6}: CAS-01000-K7W2QX. Sequences begin at 1000. */
function numberRow(state: State, table: Table, row: Row): void {
  for (const column of table.columns.values()) {
    if (column.autoNumber === undefined || (row[column.logicalName] ?? null) !== null) continue;
    const sequence = String(1000 + state.rows(table).all.size);
    const letters = String(row[table.primaryId]).replaceAll('-', '').toUpperCase();
    row[column.logicalName] = column.autoNumber
      .replace(/\{SEQNUM:(\d+)\}/, (_, places) => sequence.padStart(Number(places), '0'))
      .replace(/\{RANDSTRING:(\d+)\}/, (_, places) => letters.slice(0, Number(places)));
  }
}

/** A state without a status brings its default one along, and the other way round; a pair must fit. */
function settleState(table: Table, row: Row, given: Readonly<Record<string, Value>>): void {
  const state = table.columns.get('statecode');
  const status = table.columns.get('statuscode');
  if (state?.options === undefined || status?.options === undefined) return;
  const saysState = given.statecode !== undefined && given.statecode !== null;
  const saysStatus = given.statuscode !== undefined && given.statuscode !== null;
  const chosen = status.options.find((option) => option.value === row.statuscode);
  if (saysStatus && !saysState) row.statecode = chosen?.state ?? row.statecode ?? 0;
  if (saysState && !saysStatus)
    row.statuscode = status.options.find((option) => option.state === row.statecode)?.value ?? null;
  const fits = status.options.some(
    (option) => option.value === row.statuscode && option.state === row.statecode,
  );
  if (fits) return;
  const name = state.options.find((option) => option.value === row.statecode)?.label ?? String(row.statecode);
  throw refusals.badStatus(
    Number(row.statuscode),
    `${table.schemaName}State.${name}`,
    table.logicalName,
    String(row[table.primaryId]),
  );
}

/** Only what the platform itself requires; what forms require, the API does not. */
function checkRequired(table: Table, row: Row): void {
  for (const column of table.columns.values()) {
    if (column.required !== 'SystemRequired' || (row[column.logicalName] ?? null) !== null) continue;
    throw refusals.invalidArgument(
      `Required field '${column.logicalName}' is missing for entity '${table.logicalName}'.`,
    );
  }
}

/** Changes a row by a body. Columns that the body does not name stay; naming one with the value it has is a change too. */
export function updateRow(call: WriteCall, row: Row, body: Readonly<Record<string, unknown>>): Row {
  const { state, caller, table } = call;
  if (table.intersect === true) throw refusals.notSupported('Update', table);
  requireAccess(call, 'Write', row);
  const { values, deep } = readPayload(state, { caller, table, verb: 'update' }, body);
  return state.transaction(() => {
    for (const inner of deep.filter((each) => each.side === 'target')) bindDeep(call, values, inner);
    checkOpen(table, row, values);
    const stored = change(call, row, values);
    for (const inner of deep.filter((each) => each.side === 'collection')) addDeep(call, stored, inner);
    return stored;
  });
}

/** Stores checked values over a row. */
export function change(call: WriteCall, row: Row, values: Readonly<Record<string, Value>>): Row {
  const { state, caller, table } = call;
  const changed: Row = {
    ...row,
    ...values,
    modifiedon: instantText(state.clock.now()),
    modifiedby: caller.userId,
  };
  if (values.ownerid !== undefined) reown(state, changed);
  settleState(table, changed, values);
  checkRequired(table, changed);
  const stored = state.put(table, completed(call, changed));
  if (isConnection(table)) changeTwin(state, table, stored);
  return stored;
}

function reown(state: State, row: Row): void {
  const owner = state.rows(state.schema.table('systemuser')!).get(String(row.ownerid));
  row.owninguser = row.ownerid ?? null;
  row.owningbusinessunit = owner?.businessunitid ?? row.owningbusinessunit ?? null;
}

/**
 * Qualified and disqualified leads, won and lost opportunities and merged rows are read-only until they are open again.
 * https://learn.microsoft.com/dynamics365/customerengagement/on-premises/developer/entities/lead
 */
function checkOpen(table: Table, row: Row, values: Readonly<Record<string, Value>>): void {
  const isClosing = table.logicalName === 'lead' || table.logicalName === 'opportunity';
  const reopens = values.statecode === 0;
  if (isClosing && row.statecode !== 0 && !reopens) throw refusals.readOnly();
}
