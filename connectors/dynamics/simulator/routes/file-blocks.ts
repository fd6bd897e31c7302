import { z } from 'zod';
import { type ApiAnswer, type ApiRequest, contextOf, noContent, ok, type Route } from '../api.ts';
import { putFile, removeFile } from '../dml/files.ts';
import { requireAccess } from '../dml/save.ts';
import { refusals } from '../errors.ts';
import { chunkSize, type StoredFile, typeOfName } from '../files.ts';
import { readMetadata } from '../metadata-body.ts';
import type { Column, Row, Table } from '../types.ts';
import { entityOf } from './actions.ts';
import { isPost } from './metadata-write.ts';
import { callOf } from './rows.ts';

/**
 * Files by messages: a file is sent in blocks that are put together at the end, and read in blocks.
 * https://learn.microsoft.com/power-apps/developer/data-platform/file-column-data
 */

const target = z.looseObject({ Target: z.looseObject({}), FileAttributeName: z.string() });
const token = z.looseObject({ FileContinuationToken: z.string() });
const block = token.extend({ BlockId: z.string().min(1), BlockData: z.string() });
const commit = token.extend({
  FileName: z.string().min(1),
  MimeType: z.string().optional(),
  BlockList: z.array(z.string()),
});
const part = token.extend({
  Offset: z.number().int().nonnegative(),
  BlockLength: z.number().int().positive(),
});

interface Place {
  table: Table;
  row: Row;
  column: Column;
}

function placeOf(request: ApiRequest, given: z.infer<typeof target>): Place {
  const { table, row } = entityOf(request, given.Target);
  return { table, row, column: fileColumn(table, given.FileAttributeName) };
}

function fileColumn(table: Table, name: string): Column {
  const column = table.columns.get(name);
  if (column?.type === 'File') return column;
  throw refusals.invalidArgument(`The column '${name}' of '${table.logicalName}' holds no files.`);
}

function uploadOf({ org }: ApiRequest, key: string) {
  const upload = org.state.files.uploads.get(key);
  if (upload !== undefined) return upload;
  throw refusals.invalidArgument('The file continuation token is not valid.');
}

const response = (request: ApiRequest, message: string, body: Record<string, unknown>): ApiAnswer =>
  ok({ '@odata.context': contextOf(request, `Microsoft.Dynamics.CRM.${message}Response`), ...body });

type Answer = (request: ApiRequest) => ApiAnswer;

const messages: Readonly<Record<string, Answer>> = {
  InitializeFileBlocksUpload: (request) => {
    const { state } = request.org;
    const given = readMetadata(target.extend({ FileName: z.string() }), request.body);
    const { table, row, column } = placeOf(request, given);
    requireAccess(callOf(request, table), 'Write', row);
    const key = state.newId();
    state.files.uploads.set(key, {
      table: table.logicalName,
      row: String(row[table.primaryId]),
      column: column.logicalName,
      name: given.FileName,
      parts: new Map(),
    });
    return response(request, 'InitializeFileBlocksUpload', { FileContinuationToken: key });
  },
  UploadBlock: (request) => {
    const { FileContinuationToken: key, BlockId, BlockData } = readMetadata(block, request.body);
    const bytes = Buffer.from(BlockData, 'base64');
    if (bytes.length > chunkSize) throw refusals.invalidArgument('A block is larger than 4 MB.');
    uploadOf(request, key).parts.set(BlockId, bytes);
    return noContent();
  },
  CommitFileBlocksUpload: (request) => {
    const { state, schema } = request.org;
    const {
      FileContinuationToken: key,
      FileName: name,
      MimeType,
      BlockList,
    } = readMetadata(commit, request.body);
    const upload = uploadOf(request, key);
    const parts = BlockList.map((id) => upload.parts.get(id));
    if (parts.includes(undefined))
      throw refusals.invalidArgument('The list names a block that was not sent.');
    const table = schema.table(upload.table)!;
    const row = state.rows(table).get(upload.row);
    if (row === undefined) throw refusals.notFound(table, upload.row);
    const bytes = Buffer.concat(parts as Buffer[]);
    const at = { row, column: fileColumn(table, upload.column) };
    const FileId = putFile(callOf(request, table), at, { name, type: MimeType ?? typeOfName(name), bytes });
    state.files.uploads.delete(key);
    return response(request, 'CommitFileBlocksUpload', { FileId, FileSizeInBytes: bytes.length });
  },
  InitializeFileBlocksDownload: (request) => {
    const { table, row, column } = placeOf(request, readMetadata(target, request.body));
    requireAccess(callOf(request, table), 'Read', row);
    const id = String(row[column.logicalName]);
    const { name, bytes } = storedFile(request, id);
    return response(request, 'InitializeFileBlocksDownload', {
      FileContinuationToken: id,
      FileSizeInBytes: bytes.length,
      FileName: name,
      IsChunkingSupported: true,
    });
  },
  DownloadBlock: (request) => {
    const { FileContinuationToken: id, Offset, BlockLength } = readMetadata(part, request.body);
    const { bytes } = storedFile(request, id);
    const Data = bytes.subarray(Offset, Offset + BlockLength).toString('base64');
    return response(request, 'DownloadBlock', { Data });
  },
  DeleteFile: (request) => {
    const { FileId: id } = readMetadata(z.looseObject({ FileId: z.string() }), request.body);
    storedFile(request, id.toLowerCase());
    const { table, ...at } = holderOf(request, id.toLowerCase());
    removeFile(callOf(request, table), at);
    return noContent();
  },
};

function storedFile({ org }: ApiRequest, id: string): StoredFile {
  const file = org.state.files.stored.get(id);
  if (file !== undefined) return file;
  throw refusals.invalidArgument('There is no such file.');
}

/** The row whose file it is. */
function holderOf({ org }: ApiRequest, id: string): Place {
  for (const table of org.schema.tables()) {
    for (const column of [...table.columns.values()].filter(({ type }) => type === 'File')) {
      const [row] = org.state.rows(table).where(column.logicalName, id);
      if (row !== undefined) return { table, row, column };
    }
  }
  throw refusals.invalidArgument('There is no such file.');
}

export const fileBlockRoutes: readonly Route[] = Object.entries(messages).map(([name, answer]) => ({
  name,
  fits: (request) => isPost(request, name),
  answer,
}));
