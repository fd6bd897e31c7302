import { DataverseError } from './errors.ts';
import type { Column } from './types.ts';

/** What file columns hold: bytes, kept beside the rows, which know only the id of their file. */
export interface StoredFile {
  name: string;
  /** MIME type. */
  type: string;
  bytes: Buffer;
}

/** An upload in parts that is under way. */
export interface Upload {
  table: string;
  row: string;
  column: string;
  name: string;
  /** Parts by their names; those of a stream are named for where they begin. */
  parts: Map<string, Buffer>;
}

export interface Files {
  stored: Map<string, StoredFile>;
  uploads: Map<string, Upload>;
}

export const createFiles = (): Files => ({ stored: new Map(), uploads: new Map() });

/** Bytes of one part that the platform recommends, and the most that a block may have. */
export const chunkSize = 4 * 1024 * 1024;

/** Where nobody says how large a file may be: 32 MB. */
export const defaultMaxKb = 32_768;

/** The column beside a file column that holds the name of its file. */
export const nameColumn = ({ logicalName }: Pick<Column, 'logicalName'>): string => `${logicalName}_name`;

/** Throws 400 for a file that is larger than its column takes. */
export function checkSize({ maxKb }: Column, bytes: number): void {
  if (bytes > (maxKb ?? defaultMaxKb) * 1024)
    throw new DataverseError(400, '0x80044a02', 'Attachment file size is too big.');
}

const types: Readonly<Record<string, string>> = {
  csv: 'text/csv',
  json: 'application/json',
  pdf: 'application/pdf',
  png: 'image/png',
  txt: 'text/plain',
  xml: 'text/xml',
};

/** The MIME type that the ending of a name says. */
export function typeOfName(name: string): string {
  return types[name.split('.').at(-1)?.toLowerCase() ?? ''] ?? 'application/octet-stream';
}
