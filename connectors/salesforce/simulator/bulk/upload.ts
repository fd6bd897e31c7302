/** Reads an uploaded CSV into records for a write. */

import { parse } from 'csv-parse/sync';
import type { SimulatorContext } from '../context.ts';
import type { Caller, FieldMeta, InputRecord, ObjectMeta } from '../types.ts';
import { DELIMITERS, type Dialect, LINE_ENDINGS } from './dialect.ts';

/** The whole upload is unusable; the job fails with this message. */
export class UploadError extends Error {}

/** One header cell: where its values go in a record. */
export interface UploadColumn {
  header: string;
  field: FieldMeta;
  /** For a parent named by one of its keys: `{"Account": {"Ext__c": value}}`; `User:Owner.Username` names its object too. */
  relationship?: { name: string; key: string; type: string | undefined };
}

export interface Upload {
  header: string[];
  columns: UploadColumn[];
  rows: string[][];
}

/** The line ending of the first line must be the declared one; a file of one unfinished line has none to check. */
function checkLineEnding(text: string, { lineEnding }: Dialect): void {
  const end = text.indexOf('\n');
  if (end < 0) return;
  const found = text[end - 1] === '\r' ? 'CRLF' : 'LF';
  if (found !== lineEnding)
    throw new UploadError(
      `ClientInputError : LineEnding is invalid on user data. Current LineEnding setting is ${lineEnding}`,
    );
}

function fieldOf(object: ObjectMeta, name: string, caller: Caller): FieldMeta | undefined {
  const wanted = name.toLowerCase();
  const field = object.fields.find((one) => one.name.toLowerCase() === wanted);
  return field && caller.canReadField(object, field) ? field : undefined;
}

/** Where a header cell's values go. @throws UploadError for a field that the caller does not have */
export function columnOf(
  header: string,
  object: ObjectMeta,
  caller: Caller,
  context: SimulatorContext,
): UploadColumn {
  const notFound = new UploadError(`InvalidBatch : Field name not found : ${header}`);
  const [, type, name = ''] = /^(?:(\w+):)?(.*)$/.exec(header.trim()) ?? [];
  const [first = '', key, ...more] = name.split('.');
  if (key === undefined) {
    const field = fieldOf(object, first, caller);
    if (!field) throw notFound;
    return { header, field };
  }
  const lookup = object.fields.find((one) => one.relationshipName?.toLowerCase() === first.toLowerCase());
  const isKnown = lookup?.referenceTo.some((target) => {
    const parent = context.org.object(target);
    return parent !== undefined && fieldOf(parent, key, caller) !== undefined;
  });
  if (!lookup || !isKnown || more.length > 0) throw notFound;
  return { header, field: lookup, relationship: { name: lookup.relationshipName ?? first, key, type } };
}

/** A file's header and rows. @throws UploadError for one that cannot be read in the job's dialect */
export function readTable(text: string, dialect: Dialect): Pick<Upload, 'header' | 'rows'> {
  checkLineEnding(text, dialect);
  try {
    const [header = [], ...rows] = parse(text, {
      bom: true,
      delimiter: DELIMITERS[dialect.columnDelimiter],
      record_delimiter: LINE_ENDINGS[dialect.lineEnding],
      skip_empty_lines: true,
    }) as string[][];
    return { header, rows };
  } catch (error) {
    throw new UploadError(
      `ClientInputError : Failed to parse CSV: ${error instanceof Error ? error.message : ''}`,
    );
  }
}

/** What clears a field; an empty cell leaves it alone. */
const CLEAR = '#N/A';

/** A row as the record to write. */
export function recordOf(row: string[], columns: UploadColumn[]): InputRecord {
  const record: InputRecord = {};
  for (let i = 0; i < columns.length; i++) {
    const cell = row[i] ?? '';
    const column = columns[i];
    if (cell === '' || !column) continue;
    const value = cell === CLEAR ? null : cell;
    const { relationship } = column;
    if (!relationship) record[column.field.name] = value;
    else {
      const attributes = relationship.type === undefined ? {} : { attributes: { type: relationship.type } };
      record[relationship.name] = value === null ? null : { ...attributes, [relationship.key]: value };
    }
  }
  return record;
}
