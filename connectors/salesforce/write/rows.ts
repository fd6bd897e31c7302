import { TierlinkError } from '../../../src/errors.ts';
import type {
  CrmReference,
  CrmValue,
  WriteRequest,
  WriteResult,
  WriteRow,
} from '../../../src/sync/connector.ts';
import { rejected, unchanged } from '../../shared/write-outcome.ts';
import type { Context } from '../context.ts';
import type { RawField } from '../describe.ts';
import { fieldType } from '../describe.ts';
import { csvValue, jsonValue } from '../values.ts';

/** A row ready to be sent, in the forms of both lanes. */
export interface PreparedRow {
  ref: string;
  /** Id of an update, key of an upsert. */
  target: string;
  parent: string;
  json: Record<string, unknown>;
  /** Bulk columns and their cells. */
  csv: ReadonlyMap<string, string>;
  /** Whether Bulk's CSV can say what the row says: the text #N/A would clear a field there. */
  fitsCsv: boolean;
}

export interface Prepared {
  rows: PreparedRow[];
  /** Rows that are not sent, with their outcome. */
  settled: WriteResult[];
}

/** Checks rows against what the user may write and puts them into the platform's forms. Throws CRM_OBJECT_MISSING. */
export async function prepareRows(context: Context, request: WriteRequest): Promise<Prepared> {
  const fields = await writableFields(context, request);
  const prepared: Prepared = { rows: [], settled: [] };
  for (const row of request.rows) {
    try {
      const ready = prepareRow(request, row, fields);
      if (ready === 'unchanged') prepared.settled.push(unchanged(row));
      else prepared.rows.push(ready);
    } catch (error) {
      if (!(error instanceof TierlinkError)) throw error;
      prepared.settled.push(rejected(row.ref, { error, id: row.id }));
    }
  }
  return prepared;
}

type Fields = ReadonlyMap<string, RawField>;

/** A field that is not writable may have become so since: the description is asked for again before refusing. */
async function writableFields(context: Context, request: WriteRequest): Promise<Fields> {
  const wanted = new Set(request.rows.flatMap((row) => Object.keys(row.fields)));
  const known = byName((await context.metadata.object(request.object)).fields);
  const doubtful = [...wanted].some((field) => refusal(fieldNamed(known, field), request) !== undefined);
  if (!doubtful) return known;
  const [described] = await context.metadata.fresh([request.object]);
  return byName(described?.fields ?? []);
}

/** Lookups go by two names: their own, and that of the relationship with a dot behind it. */
function byName(fields: readonly RawField[]): Fields {
  return new Map(
    fields.flatMap((field) => [
      [field.name.toLowerCase(), field],
      ...(field.relationshipName === null
        ? []
        : ([[`${field.relationshipName.toLowerCase()}.`, field]] as [string, RawField][])),
    ]),
  );
}

/** The field of a name or of a path such as Level.Name. */
function fieldNamed(fields: Fields, name: string): RawField | undefined {
  return fields.get(name.toLowerCase().replace(/\..*$/, '.'));
}

/** A path such as Level.Name means the record with that name: the same as a reference by that key. */
function pathValue(
  field: RawField | undefined,
  name: string,
  value: CrmValue | CrmReference,
): CrmValue | CrmReference {
  const [, keyField] = name.split('.');
  if (keyField === undefined || value === null || value === '' || isReference(value)) return value;
  return { object: field?.referenceTo[0] ?? '', keyField, key: String(value) };
}

function refusal(field: RawField | undefined, request: WriteRequest): 'missing' | 'readonly' | undefined {
  if (field === undefined) return 'missing';
  const writable = request.operation === 'update' ? field.updateable : field.updateable || field.createable;
  return writable ? undefined : 'readonly';
}

function prepareRow(request: WriteRequest, row: WriteRow, fields: Fields): PreparedRow | 'unchanged' {
  const target = request.operation === 'update' ? row.id : row.key;
  if (target === undefined || target === '') {
    throw new TierlinkError('CRM_BAD_VALUE', { reason: `a row to ${request.operation} has no id or key` });
  }
  if (request.operation === 'update' && Object.keys(row.fields).length === 0) return 'unchanged';
  const json: Record<string, unknown> = {};
  const csv = new Map<string, string>();
  let fitsCsv = target !== '#N/A';
  for (const [name, given] of Object.entries(row.fields)) {
    const field = fieldNamed(fields, name);
    const value = pathValue(field, name, given);
    refuse(request, { field, name, value });
    if (field === undefined || field.name === request.keyField) continue;
    if (isReference(value)) addReference({ field, value }, json, csv);
    else {
      json[field.name] = value === '' ? null : jsonValue(value, fieldType(field));
      csv.set(field.name, csvValue(value));
      if (value === '#N/A') fitsCsv = false;
    }
  }
  return { ref: row.ref, target, parent: row.parent ?? '', json, csv, fitsCsv };
}

function isReference(value: CrmValue | CrmReference): value is CrmReference {
  return typeof value === 'object' && value !== null;
}

/** Taking the partner flag from an account deletes its portal users for good, so it is never sent. */
function refuse(
  request: WriteRequest,
  { field, name, value }: { field: RawField | undefined; name: string; value: CrmValue | CrmReference },
): void {
  if (
    request.object === 'Account' &&
    name.toLowerCase() === 'ispartner' &&
    value !== true &&
    value !== 'true'
  ) {
    throw new TierlinkError('CRM_RULE', {
      reason: 'IsPartner is never set to false: that deletes the portal users',
    });
  }
  const why = refusal(field, request);
  if (why === 'missing')
    throw new TierlinkError('CRM_FIELD_MISSING', { field: name, object: request.object });
  if (why === 'readonly') throw new TierlinkError('CRM_FIELD_READONLY', { field: name });
}

/** A parent by its key goes under the name of the relationship; a lookup to several objects also names the object. */
function addReference(
  { field, value }: { field: RawField; value: CrmReference },
  json: Record<string, unknown>,
  csv: Map<string, string>,
): void {
  const relationship = field.relationshipName;
  if (relationship === null) {
    throw new TierlinkError('CRM_REFERENCE', {
      reason: `${field.name} has no relationship to name a record by its key`,
    });
  }
  const several = field.referenceTo.length > 1;
  json[relationship] = {
    ...(several ? { attributes: { type: value.object } } : {}),
    [value.keyField]: value.key,
  };
  csv.set(`${several ? `${value.object}:` : ''}${relationship}.${value.keyField}`, value.key);
}
