import { DataverseError } from './errors.ts';

/** One request of a batch. */
export interface BatchRequest {
  method: string;
  url: string;
  /** Names in lower case. */
  headers: Record<string, string>;
  contentId: string | null;
  body: string;
}

/** A request by itself, or a change set: requests that all succeed or none. */
export type BatchPart =
  | { kind: 'request'; request: BatchRequest }
  | { kind: 'changeSet'; requests: BatchRequest[] };

const badBatch = (reason: string) => new DataverseError(400, '0x80060888', reason);

/** The boundary that a content type names. */
export function boundaryOf(contentType: string | undefined): string {
  const found = /boundary="?([^";]+)"?/i.exec(contentType ?? '')?.[1];
  if (found === undefined)
    throw badBatch("The content type header must be 'multipart/mixed' with a boundary.");
  return found.trim();
}

/**
 * Reads the body of a batch. Lines end with CRLF; a bare LF is taken too.
 * https://learn.microsoft.com/power-apps/developer/data-platform/webapi/execute-batch-operations-using-web-api
 */
export function readBatch(body: string, boundary: string): BatchPart[] {
  return sections(body, boundary).map(({ headers, content }): BatchPart => {
    const type = headers['content-type'] ?? '';
    if (!type.toLowerCase().startsWith('multipart/mixed'))
      return { kind: 'request', request: readRequest(headers, content) };
    const inner = sections(content, boundaryOf(type));
    const requests = inner.map((each) => readRequest(each.headers, each.content));
    if (requests.some(({ method }) => method === 'GET'))
      throw badBatch('GET requests are not allowed inside a change set.');
    return { kind: 'changeSet', requests };
  });
}

interface Section {
  headers: Record<string, string>;
  content: string;
}

function sections(text: string, boundary: string): Section[] {
  const pieces = text.split(new RegExp(`\\r?\\n?--${boundary.replace(/[^\w]/g, '\\$&')}`));
  return pieces
    .slice(1)
    .filter((piece) => !piece.startsWith('--'))
    .map((piece) => splitHead(piece.replace(/^[ \t]*\r?\n/, '')));
}

/** Headers, an empty line, and what follows. */
function splitHead(text: string): Section {
  const [, head = '', content = ''] = /^([\s\S]*?)(?:\r?\n\r?\n|$)([\s\S]*)$/.exec(text) ?? [];
  const lines = head.split(/\r?\n/).filter((line) => line.includes(':'));
  const headers = Object.fromEntries(
    lines.map((line) => {
      const at = line.indexOf(':');
      return [line.slice(0, at).trim().toLowerCase(), line.slice(at + 1).trim()];
    }),
  );
  return { headers, content };
}

function readRequest(partHeaders: Record<string, string>, content: string): BatchRequest {
  const [, method = '', url = '', rest = ''] =
    /^\s*([A-Z]+) (\S(?:.*\S)?) HTTP\/1\.1\r?\n?([\s\S]*)$/.exec(content) ?? [];
  if (method === '') throw badBatch('A part of the batch holds no HTTP request.');
  const { headers, content: body } = splitHead(
    rest.startsWith('\r\n') || rest.startsWith('\n') ? `x\n${rest}` : rest,
  );
  return { method, url, headers, contentId: partHeaders['content-id'] ?? null, body: body.trim() };
}

/** One answer of a batch, as it stands in the multipart body. */
export interface BatchAnswer {
  status: number;
  reason: string;
  headers: Readonly<Record<string, string>>;
  contentId: string | null;
  body: string;
}

export function writeAnswer({ status, reason, headers, contentId, body }: BatchAnswer): string {
  const lines = [
    'Content-Type: application/http',
    'Content-Transfer-Encoding: binary',
    ...(contentId === null ? [] : [`Content-ID: ${contentId}`]),
    '',
    `HTTP/1.1 ${status} ${reason}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    '',
    body,
  ];
  return lines.join('\r\n');
}

export function writeMultipart(boundary: string, parts: readonly string[]): string {
  return `${parts.map((part) => `--${boundary}\r\n${part}\r\n`).join('')}--${boundary}--\r\n`;
}
