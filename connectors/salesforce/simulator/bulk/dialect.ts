/** The dialects of CSV that bulk jobs speak. */

import { badRequest } from '../api-errors.ts';

export const DELIMITERS = {
  BACKQUOTE: '`',
  CARET: '^',
  COMMA: ',',
  PIPE: '|',
  SEMICOLON: ';',
  TAB: '\t',
} as const;

export const LINE_ENDINGS = { LF: '\n', CRLF: '\r\n' } as const;

export interface Dialect {
  columnDelimiter: keyof typeof DELIMITERS;
  lineEnding: keyof typeof LINE_ENDINGS;
}

function isKey<T extends object>(table: T, key: unknown): key is keyof T {
  return typeof key === 'string' && Object.hasOwn(table, key);
}

/** The refusal of a property's value. */
export function invalidValue(value: unknown, property: string) {
  return badRequest('API_ERROR', `Invalid value: '${String(value)}' supplied for property: '${property}'`);
}

/** The dialect that a job is created with; comma and LF unless it says otherwise. @throws ApiError API_ERROR */
export function dialectOf(body: Record<string, unknown>): Dialect {
  const { columnDelimiter = 'COMMA', lineEnding = 'LF', contentType = 'CSV' } = body;
  if (contentType !== 'CSV') throw invalidValue(contentType, 'contentType');
  if (!isKey(DELIMITERS, columnDelimiter)) throw invalidValue(columnDelimiter, 'columnDelimiter');
  if (!isKey(LINE_ENDINGS, lineEnding)) throw invalidValue(lineEnding, 'lineEnding');
  return { columnDelimiter, lineEnding };
}

/** One line of results: every cell quoted, quotes doubled. The hot path of bulk queries. */
export function csvLine(cells: string[], { columnDelimiter, lineEnding }: Dialect): string {
  const delimiter = DELIMITERS[columnDelimiter];
  let line = '';
  for (let i = 0; i < cells.length; i++) {
    const cell = cells[i] as string;
    if (i > 0) line += delimiter;
    line += cell.includes('"') ? `"${cell.replaceAll('"', '""')}"` : `"${cell}"`;
  }
  return line + LINE_ENDINGS[lineEnding];
}
