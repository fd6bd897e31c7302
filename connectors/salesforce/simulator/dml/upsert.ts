import { ApiError, type DmlResult, type FieldMeta, type InputRecord, type Row } from '../types.ts';
import { checkValue } from './checks.ts';
import { coerce } from './coerce.ts';
import { liveMatches } from './keys.ts';
import { refuse } from './refusal.ts';
import { insertRow, rowFor, updateRow } from './save.ts';
import type { Statement } from './statement.ts';

/** The key field of an upsert; throws the platform's 404 for a field that is none or that the caller cannot see. */
export function keyField(statement: Pick<Statement, 'state' | 'object' | 'caller'>, name: string): FieldMeta {
  const { state, object, caller } = statement;
  const field = state.schema.field(object, name);
  if (field === undefined || !(field.externalId || field.idLookup) || !caller.canReadField(object, field)) {
    throw new ApiError(
      404,
      'NOT_FOUND',
      `Provided external ID field does not exist or is not accessible: ${name}`,
    );
  }
  return field;
}

function keyOf(field: FieldMeta, record: InputRecord): unknown {
  return Object.entries(record).find(([key]) => key.toLowerCase() === field.name.toLowerCase())?.[1] ?? null;
}

function without(record: InputRecord, field: FieldMeta): InputRecord {
  return Object.fromEntries(
    Object.entries(record).filter(([key]) => key.toLowerCase() !== field.name.toLowerCase()),
  );
}

/** Keys that occur more than once in one statement: the platform refuses every record that carries one. */
export function repeatedKeys(field: FieldMeta, records: InputRecord[]): Set<string> {
  const seen = new Set<string>();
  const repeated = new Set<string>();
  for (const record of records) {
    const raw = keyOf(field, record);
    if (raw === null || raw === '') continue;
    const key = field.caseSensitive ? String(raw) : String(raw).toLowerCase();
    if (seen.has(key)) repeated.add(key);
    seen.add(key);
  }
  return repeated;
}

function severalMatches(field: FieldMeta, rows: Row[]): Error {
  const ids = rows.map((row) => String(row.Id));
  return refuse(
    'DUPLICATE_EXTERNAL_ID',
    `${field.name}: more than one record found for external id field: [${ids.join(', ')}]`,
    { status: 300, fields: [field.name], extra: { matches: ids } },
  );
}

interface Upsert {
  field: FieldMeta;
  record: InputRecord;
  repeated: Set<string>;
  strike: (row: Row) => void;
}

function upsertById(statement: Statement, { record, strike, field }: Upsert): DmlResult {
  const id = keyOf(field, record);
  if (id === null || id === '') return insertRow(statement, without(record, field), strike);
  return updateRow(statement, rowFor(statement, id, 'upsert'), { record, strike });
}

/** Creates or changes one record by its key. */
export function upsertRow(statement: Statement, upsert: Upsert): DmlResult {
  const { field, record, repeated, strike } = upsert;
  if (field.type === 'id') return upsertById(statement, upsert);
  const raw = coerce(field, keyOf(field, record), statement.options.format ?? 'json');
  if (raw === null) throw refuse('MISSING_ARGUMENT', `${field.name} not specified`, { fields: [field.name] });
  if (repeated.has(field.caseSensitive ? String(raw) : String(raw).toLowerCase())) {
    throw refuse('DUPLICATE_EXTERNAL_ID', `Duplicate external id specified: ${String(raw)}`, {
      fields: [field.name],
    });
  }
  const rows = liveMatches(statement, field, checkValue(field, raw, false));
  const [row] = rows;
  if (rows.length > 1) throw severalMatches(field, rows);
  if (row !== undefined) return updateRow(statement, row, { record: without(record, field), strike });
  if (statement.options.updateOnly === true) {
    throw refuse('NOT_FOUND', 'The requested resource does not exist', { status: 404 });
  }
  return insertRow(statement, record, strike);
}
