import { toId18 } from '../ids.ts';
import type { OrgState } from '../state.ts';
import type { Caller, DmlOptions, DmlResult, InputRecord, ObjectMeta, Row } from '../types.ts';
import { deleteRow, hardDeleteRow, undeleteRow } from './remove.ts';
import { insertRow, rowFor, updateRow } from './save.ts';
import { openStatement, runRows, type Statement } from './statement.ts';
import { armStrikes } from './strikes.ts';
import { keyField, repeatedKeys, upsertRow } from './upsert.ts';

/** Who writes what, how. */
export interface WriteCall {
  state: OrgState;
  object: ObjectMeta;
  caller: Caller;
  options: DmlOptions;
}

function idOf(record: InputRecord): unknown {
  return Object.entries(record).find(([key]) => key.toLowerCase() === 'id')?.[1];
}

/** The rows as they will roughly be, for faults that look at a whole statement before it runs. */
function outline(statement: Statement, records: InputRecord[]): Row[] {
  const { schema } = statement.state;
  const table = statement.state.table(statement.object);
  return records.map((record) => {
    const known = table.get(toId18(String(idOf(record) ?? '')) ?? '') ?? {};
    const given = Object.entries(record).flatMap(([key, value]): Array<[string, Row[string]]> => {
      const field = schema.field(statement.object, key);
      if (field === undefined || (typeof value === 'object' && value !== null)) return [];
      const text = field.type === 'reference' ? toId18(String(value)) : null;
      return [[field.name, text ?? (value as Row[string])]];
    });
    return { ...known, ...Object.fromEntries(given) };
  });
}

function open(call: WriteCall, records: InputRecord[]): { statement: Statement; strike: (row: Row) => void } {
  const statement = openStatement(call.state, call.object, call);
  return { statement, strike: armStrikes(statement, outline(statement, records)) };
}

export function runInsert(call: WriteCall, records: InputRecord[]): DmlResult[] {
  const { statement, strike } = open(call, records);
  return runRows(statement, records, (record) => insertRow(statement, record, strike));
}

export function runUpdate(call: WriteCall, records: InputRecord[]): DmlResult[] {
  const { statement, strike } = open(call, records);
  return runRows(statement, records, (record) =>
    updateRow(statement, rowFor(statement, idOf(record), 'update'), { record, strike }),
  );
}

export function runUpsert(call: WriteCall, records: InputRecord[], externalIdField: string): DmlResult[] {
  const field = keyField(call, externalIdField);
  const { statement, strike } = open(call, records);
  const repeated = repeatedKeys(field, records);
  return runRows(statement, records, (record) => upsertRow(statement, { field, record, repeated, strike }));
}

type RemoveVerb = 'delete' | 'hardDelete' | 'undelete';

const REMOVERS: Record<RemoveVerb, (statement: Statement, id: string) => DmlResult> = {
  delete: deleteRow,
  hardDelete: hardDeleteRow,
  undelete: undeleteRow,
};

/** Deletes and undeletes may name records of several objects in one statement. */
export function runRemove(call: WriteCall, ids: string[], verb: RemoveVerb): DmlResult[] {
  const statement = openStatement(call.state, call.object, call);
  return runRows(statement, ids, (id) => {
    const found = call.state.schema.objectsByPrefix(id.slice(0, 3))[0];
    const row = found && call.state.table(found).get(toId18(id) ?? '');
    if (found !== undefined && row !== undefined) armStrikes({ ...statement, object: found }, [row])(row);
    return REMOVERS[verb](statement, id);
  });
}
