import { payloadJson } from './payload-json.ts';

/**
 * The body of a $batch and what comes back. dynamics-web-api can send batches too, but its answers lose what a write has to
 * know: the status of each part (created or updated) and its Retry-After.
 * https://learn.microsoft.com/power-apps/developer/data-platform/webapi/execute-batch-operations-using-web-api
 */

/** One request inside a batch. */
export interface BatchOperation {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Below the service root, percent-encoded. */
  path: string;
  headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  body?: unknown;
}

/** What one operation answered. Header names are in lower case. */
export interface BatchAnswer {
  status: number;
  headers: Readonly<Record<string, string>>;
  body: string;
}

/** Operations in one batch at most. */
export const MOST_OPERATIONS = 1_000;

const EOL = '\r\n';

/**
 * A batch with one part per item: a single operation stands by itself, several are a change set, which is done as a whole
 * or not at all. `root` is the address of the Web API, without a slash at its end.
 */
export function batchBody(
  parts: readonly (readonly BatchOperation[])[],
  { root, boundary }: { root: string; boundary: string },
): string {
  const written = parts.map((operations, index) => {
    const [only] = operations;
    if (only !== undefined && operations.length === 1) return operationText(only, root);
    const inner = `changeset_${boundary}_${index}`;
    const each = operations.map((operation, number) => operationText(operation, root, number + 1));
    return [`Content-Type: multipart/mixed; boundary=${inner}`, '', delimited(inner, each)].join(EOL);
  });
  return delimited(boundary, written);
}

function delimited(boundary: string, parts: readonly string[]): string {
  return [...parts.map((part) => `--${boundary}${EOL}${part}`), `--${boundary}--`, ''].join(EOL);
}

/** A Content-ID is asked for inside change sets only. */
function operationText(operation: BatchOperation, root: string, contentId?: number): string {
  const { method, path, headers = {}, body } = operation;
  return [
    'Content-Type: application/http',
    'Content-Transfer-Encoding: binary',
    ...(contentId === undefined ? [] : [`Content-ID: ${contentId}`]),
    '',
    `${method} ${root}/${path} HTTP/1.1`,
    'Accept: application/json',
    ...(body === undefined ? [] : ['Content-Type: application/json']),
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    '',
    body === undefined ? '' : payloadJson(body),
  ].join(EOL);
}

/**
 * The answers of a batch, a list for each of its parts in order. A change set that failed has one answer, whatever it held.
 * Parts behind the first failure are missing unless the batch was asked to go on.
 */
export function readBatch(contentType: string, text: string): BatchAnswer[][] {
  return sections(text, boundaryOf(contentType)).map(({ headers, content }) => {
    const type = headers['content-type'] ?? '';
    if (!/^multipart\/mixed/i.test(type)) return [readAnswer(content)];
    return sections(content, boundaryOf(type)).map((section) => readAnswer(section.content));
  });
}

function boundaryOf(contentType: string): string {
  return (/boundary="?([^";]+)"?/i.exec(contentType)?.[1] ?? '').trim();
}

interface Section {
  headers: Record<string, string>;
  content: string;
}

function sections(text: string, boundary: string): Section[] {
  if (boundary === '') return [];
  const pieces = `${EOL}${text}`.split(new RegExp(`\\r?\\n--${boundary.replace(/\W/g, '\\$&')}`));
  return pieces
    .slice(1)
    .filter((piece) => !piece.startsWith('--'))
    .map((piece) => splitHead(piece.replace(/^[ \t]*\r?\n/, '')));
}

/** Headers up to an empty line, and what follows. */
function splitHead(text: string): Section {
  const end = /\r?\n\r?\n/.exec(text);
  const head = end === null ? text : text.slice(0, end.index);
  const lines = head.split(/\r?\n/).map((line) => /^([^:\s]+)\s*:\s*(.*)$/.exec(line));
  const headers = Object.fromEntries(
    lines.flatMap((line) => (line === null ? [] : [[(line[1] ?? '').toLowerCase(), line[2] ?? '']])),
  );
  return { headers, content: end === null ? '' : text.slice(end.index + end[0].length) };
}

function readAnswer(content: string): BatchAnswer {
  const [, status = '0'] = /^\s*HTTP\/\d(?:\.\d)? (\d{3})/.exec(content) ?? [];
  const { headers, content: body } = splitHead(content.trimStart());
  return { status: Number(status), headers, body: body.trim() };
}
