import { type ApiAnswer, type ApiRequest, contextOf, noContent, ok, type Route } from '../api.ts';
import { putFile, removeFile } from '../dml/files.ts';
import { requireAccess } from '../dml/save.ts';
import { DataverseError, refusals } from '../errors.ts';
import { checkSize, chunkSize, type StoredFile, typeOfName, type Upload } from '../files.ts';
import type { Column, Row, Table } from '../types.ts';
import { addressedRow, callOf, tableOf } from './rows.ts';

/**
 * Files of a row: accounts(id)/nw_contract, in one request or in parts.
 * https://learn.microsoft.com/power-apps/developer/data-platform/file-column-data
 */

interface Addressed {
  table: Table;
  column: Column;
  tail: string | undefined;
}

function addressed(request: ApiRequest, method: string): Addressed | undefined {
  const [first, second, third, ...more] = request.segments;
  const table = tableOf(request);
  if (request.method !== method || table === undefined || first?.arguments === null || more.length > 0)
    return undefined;
  const column = table.columns.get(second?.name ?? '');
  return column?.type === 'File' ? { table, column, tail: third?.name } : undefined;
}

/** The header wins over the address, which takes names that are not ASCII. */
function fileName({ headers, query }: ApiRequest): string {
  const name = headers['x-ms-file-name'] ?? query.other['x-ms-file-name'];
  if (name === undefined || name === '')
    throw refusals.invalidArgument("The name of the file is missing: send the 'x-ms-file-name' header.");
  return name;
}

function bytesOf({ body }: ApiRequest): Buffer {
  if (Buffer.isBuffer(body)) return body;
  if (body === undefined) return Buffer.alloc(0);
  throw refusals.invalidArgument("The content of a file is sent as 'application/octet-stream'.");
}

const upload: Route = {
  name: 'upload file',
  fits: (request) =>
    addressed(request, 'PATCH')?.tail === undefined && addressed(request, 'PATCH') !== undefined,
  answer: (request) => {
    const { table, column } = addressed(request, 'PATCH')!;
    const row = addressedRow(request, table);
    const { sessiontoken: token } = request.query.other;
    if (token !== undefined) return takePart(request, { table, column, row }, token);
    if (request.headers['x-ms-transfer-mode'] === 'chunked')
      return beginUpload(request, { table, column, row });
    const name = fileName(request);
    putFile(callOf(request, table), { row, column }, fileOf(request, name, bytesOf(request)));
    return noContent();
  },
};

function fileOf({ headers }: ApiRequest, name: string, bytes: Buffer): StoredFile {
  const given = headers['content-type'];
  const type = given === undefined || given === 'application/octet-stream' ? typeOfName(name) : given;
  return { name, type, bytes };
}

interface Place {
  table: Table;
  column: Column;
  row: Row;
}

function beginUpload(request: ApiRequest, { table, column, row }: Place): ApiAnswer {
  requireAccess(callOf(request, table), 'Write', row);
  const { state } = request.org;
  const token = state.newId();
  const id = String(row[table.primaryId]);
  const begun: Upload = {
    table: table.logicalName,
    row: id,
    column: column.logicalName,
    name: fileName(request),
    parts: new Map(),
  };
  state.files.uploads.set(token, begun);
  const address = `${request.root}/${table.entitySet}(${id})/${column.logicalName}`;
  return {
    status: 200,
    headers: {
      Location: `${address}?sessiontoken=${token}`,
      'Accept-Ranges': 'bytes',
      'x-ms-chunk-size': String(chunkSize),
      'Access-Control-Expose-Headers': 'x-ms-chunk-size',
    },
  };
}

/** A part that says which bytes of how many it holds; the one that completes them stores the file. */
function takePart(request: ApiRequest, { table, column, row }: Place, token: string): ApiAnswer {
  const { files } = request.org.state;
  const begun = files.uploads.get(token);
  const isHere = begun?.row === row[table.primaryId] && begun?.column === column.logicalName;
  if (begun === undefined || !isHere) throw refusals.invalidArgument('The session token is not valid.');
  const bytes = bytesOf(request);
  const { from, size } = rangeOf(request, bytes);
  checkSize(column, size);
  begun.parts.set(String(from), bytes);
  const held = [...begun.parts].sort(([one], [other]) => Number(one) - Number(other));
  const whole = Buffer.concat(held.map(([, part]) => part));
  if (whole.length < size) return { status: 206, headers: {} };
  files.uploads.delete(token);
  const file = { name: begun.name, type: typeOfName(begun.name), bytes: whole };
  putFile(callOf(request, table), { row, column }, file);
  return noContent();
}

/** Content-Range: bytes 0-4194303/25870370 */
function rangeOf({ headers }: ApiRequest, bytes: Buffer): { from: number; size: number } {
  const [, from, to, size] = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(headers['content-range'] ?? '') ?? [];
  const fits = Number(to) - Number(from) + 1 === bytes.length && Number(to) < Number(size);
  if (!fits) throw refusals.invalidArgument("The 'Content-Range' header does not fit the content.");
  return { from: Number(from), size: Number(size) };
}

/**
 * The file itself behind $value; without it as text in JSON, as clients ask that read it so. Either whole or the part that a
 * Range header names.
 */
const download: Route = {
  name: 'download file',
  fits: (request) =>
    [undefined, '$value'].includes(addressed(request, 'GET')?.tail) &&
    addressed(request, 'GET') !== undefined,
  answer: (request) => {
    const { table, column, tail } = addressed(request, 'GET')!;
    const row = addressedRow(request, table);
    requireAccess(callOf(request, table), 'Read', row);
    const file = request.org.state.files.stored.get(String(row[column.logicalName]));
    if (file === undefined || !request.caller.mayRead(table, column)) return noContent();
    return tail === undefined ? textAnswer(request, file) : rawAnswer(request, file);
  },
};

/** bytes=0-4194303 */
function partOf({ headers }: ApiRequest, { bytes }: StoredFile): { part: Buffer; from: number | null } {
  const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(headers.range ?? '') ?? [];
  if (from === undefined) return { part: bytes, from: null };
  return { part: bytes.subarray(Number(from), to ? Number(to) + 1 : undefined), from: Number(from) };
}

function fileHeaders({ name, type, bytes }: StoredFile, isPart: boolean): Record<string, string> {
  // Headers hold ASCII only.
  const told = /^[\x20-\x7e]*$/.test(name) ? name : encodeURIComponent(name);
  const headers = {
    'x-ms-file-size': String(bytes.length),
    'x-ms-file-name': told,
    ...(isPart ? { 'x-ms-chunk-size': String(chunkSize) } : {}),
    mimetype: type,
  };
  return {
    ...headers,
    'Content-Disposition': `attachment; filename="${told.replaceAll('"', '')}"`,
    'Access-Control-Expose-Headers': Object.keys(headers).join('; '),
  };
}

function rawAnswer(request: ApiRequest, file: StoredFile): ApiAnswer {
  const { part, from } = partOf(request, file);
  if (from !== null && from > 0 && from >= file.bytes.length)
    throw new DataverseError(416, '0x80040203', 'The range is not within the file.');
  const headers = { ...fileHeaders(file, from !== null), 'Content-Type': 'application/octet-stream' };
  return { status: from === null ? 200 : 206, headers, body: part };
}

/** The address of the next part comes along. */
function textAnswer(request: ApiRequest, file: StoredFile): ApiAnswer {
  const { part, from } = partOf(request, file);
  const path = request.path.replace(/^\//, '');
  const headers = { ...fileHeaders(file, from !== null), Location: `${request.root}/${path}` };
  const context = contextOf(request, decodeURIComponent(path.split('?')[0] ?? ''));
  return ok({ '@odata.context': context, value: part.toString('base64') }, headers);
}

const remove: Route = {
  name: 'delete file',
  fits: (request) => addressed(request, 'DELETE') !== undefined,
  answer: (request) => {
    const { table, column } = addressed(request, 'DELETE')!;
    removeFile(callOf(request, table), { row: addressedRow(request, table), column });
    return noContent();
  },
};

export const fileRoutes: readonly Route[] = [upload, download, remove];
