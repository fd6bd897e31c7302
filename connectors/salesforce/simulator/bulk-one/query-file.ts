/** Records that a query batch found, as a file. */

import { pageText } from '../bulk/query-job.ts';
import type { FlatColumn } from '../soql/columns.ts';
import type { QueryAnswer } from '../soql/query.ts';
import type { JsonRecord } from '../soql/select.ts';
import { csvValue } from '../soql/values.ts';
import type { Row } from '../types.ts';
import type { XmlOutput } from '../xml.ts';
import { xmlDocument } from './answers.ts';
import type { ContentType } from './jobs.ts';

interface Page {
  at: number;
  count: number;
}

function place(record: Record<string, unknown>, path: string[]): Record<string, unknown> | undefined {
  return path.reduce<Record<string, unknown> | undefined>((at, name) => {
    const next = at?.[name];
    return typeof next === 'object' && next !== null ? (next as Record<string, unknown>) : undefined;
  }, record);
}

/**
 * Dates and instants are epoch milliseconds in this API's JSON, unlike everywhere else:
 * https://github.com/simple-salesforce/simple-salesforce/issues/290
 */
function withEpochs(record: JsonRecord, columns: FlatColumn[]): JsonRecord {
  for (const { header, type } of columns) {
    if (type !== 'date' && type !== 'datetime') continue;
    const path = header.split('.');
    const name = path.pop() ?? '';
    const parent = place(record, path);
    const value = parent?.[name];
    if (parent && typeof value === 'string') parent[name] = Date.parse(value.replace('+0000', 'Z'));
  }
  return record;
}

function xmlRecord(row: Row, columns: FlatColumn[], type: string): XmlOutput {
  const fields: { [name: string]: XmlOutput } = { $: { 'xsi:type': 'sObject' }, type };
  for (const column of columns) {
    const path = column.header.split('.');
    const name = path.pop() ?? '';
    let target = fields;
    for (const step of path) {
      target[step] ??= { $: { 'xsi:type': 'sObject' } };
      target = target[step] as { [name: string]: XmlOutput };
    }
    target[name] = csvValue(column.type, column.get(row)) || null;
  }
  return fields;
}

/** A page of an answer as CSV, JSON or XML. */
export function writeRecords(answer: QueryAnswer, { at, count }: Page, contentType: ContentType): string {
  const { columns = [], rows = [] } = answer.table ?? {};
  if (contentType === 'JSON')
    return JSON.stringify(answer.page(at, count).map((record) => withEpochs(record, columns)));
  if (contentType === 'XML') {
    const records = rows.slice(at, at + count).map((row) => xmlRecord(row, columns, answer.objectName));
    return xmlDocument('queryResult', { records });
  }
  if (count === 0) return 'Records not found for this query';
  const dialect = { columnDelimiter: 'COMMA', lineEnding: 'LF' } as const;
  return [...pageText({ columns, rows }, { from: at, to: at + count }, dialect)].join('');
}
