/** Reads the records of a batch, which come as CSV, JSON or XML. */

import { columnOf, readTable, recordOf, UploadError } from '../bulk/upload.ts';
import type { SimulatorContext } from '../context.ts';
import type { Caller, InputRecord, ObjectMeta } from '../types.ts';
import { elementOf, listOf, readXml, TYPE, type XmlValue } from '../xml.ts';
import type { ContentType } from './jobs.ts';

/** Records of one batch. */
const MOST_RECORDS = 10_000;

export interface Payload {
  header: string[];
  records: InputRecord[];
}

interface Reading {
  object: ObjectMeta;
  caller: Caller;
  context: SimulatorContext;
}

function readCsv(text: string, { object, caller, context }: Reading): Payload {
  const lineEnding = text.includes('\r\n') ? 'CRLF' : 'LF';
  const dialect = { columnDelimiter: 'COMMA', lineEnding } as const;
  const { header, rows } = readTable(text, dialect);
  const columns = header.map((name) => columnOf(name, object, caller, context));
  return { header, records: rows.map((row) => recordOf(row, columns)) };
}

function readJson(text: string): InputRecord[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new UploadError(
      `InvalidBatch : Failed to parse JSON: ${error instanceof Error ? error.message : ''}`,
    );
  }
  const isRecord = (one: unknown) => typeof one === 'object' && one !== null && !Array.isArray(one);
  if (Array.isArray(value) && value.every(isRecord)) return value;
  throw new UploadError('InvalidBatch : A JSON batch must be an array of records');
}

/** A field of an sObject; a parent is named by an sObject of its own, with its type where several are possible. */
function fieldValue(value: XmlValue): unknown {
  const { sObject } = elementOf(value);
  if (sObject === undefined) return value;
  const { type, [TYPE]: _xsi, ...key } = elementOf(sObject);
  return typeof type === 'string' ? { attributes: { type }, ...key } : key;
}

async function readSObjects(text: string): Promise<InputRecord[]> {
  const root = await readXml(text).catch((error) => {
    throw new UploadError(
      `InvalidBatch : Failed to parse XML: ${error instanceof Error ? error.message : ''}`,
    );
  });
  return listOf(elementOf(root.sObjects).sObject).map((one) => {
    const { type: _type, [TYPE]: _xsi, ...fields } = elementOf(one);
    return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, fieldValue(value)]));
  });
}

/** The columns that records have: `Name`, and `Account.Ext__c` for a parent that is named by its key. */
function headerOf(records: InputRecord[]): string[] {
  const names = new Set<string>();
  for (const record of records)
    for (const [name, value] of Object.entries(record)) {
      if (name === 'attributes') continue;
      const keys = typeof value === 'object' && value !== null ? Object.keys(value) : [];
      const key = keys.find((one) => one !== 'attributes');
      names.add(key === undefined ? name : `${name}.${key}`);
    }
  return [...names];
}

/** @throws UploadError for what cannot be read as a whole */
export async function readPayload(
  text: string,
  contentType: ContentType,
  reading: Reading,
): Promise<Payload> {
  if (contentType === 'CSV') return checked(readCsv(text, reading));
  const records = contentType === 'JSON' ? readJson(text) : await readSObjects(text);
  const header = headerOf(records);
  for (const name of header) columnOf(name, reading.object, reading.caller, reading.context);
  return checked({ header, records });
}

function checked(payload: Payload): Payload {
  if (payload.records.length > MOST_RECORDS)
    throw new UploadError(
      `InvalidBatch : Records not processed: more than ${MOST_RECORDS} records in a batch`,
    );
  return payload;
}
