import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { ApiAnswer } from './api.ts';
import { dispatch, type RawRequest, refusalAnswer } from './dispatch.ts';
import { DataverseError } from './errors.ts';
import { impersonated } from './impersonation.ts';
import {
  type BatchPart,
  type BatchRequest,
  boundaryOf,
  readBatch,
  writeAnswer,
  writeMultipart,
} from './multipart.ts';
import { readPreferences } from './preferences.ts';

/** Operations in one batch, at most. */
const mostOperations = 1000;

/** Answers a batch: its parts in their order, each change set as one transaction. */
export function answerBatch(raw: RawRequest): ApiAnswer {
  try {
    const caller = impersonated(raw.org, raw.caller, raw.headers);
    const parts = readBatch(String(raw.body ?? ''), boundaryOf(raw.headers['content-type']));
    const operations = parts.reduce(
      (sum, part) => sum + (part.kind === 'request' ? 1 : part.requests.length),
      0,
    );
    if (operations > mostOperations)
      throw new DataverseError(400, '0x80060888', `The batch holds more than ${mostOperations} operations.`);
    return runParts({ ...raw, caller }, parts);
  } catch (error) {
    return refusalAnswer(error);
  }
}

/** The requests inside a batch, as "PATCH /api/data/v9.2/accounts(…)"; none of one that cannot be read. */
export function operationsIn(body: unknown, contentType: string | undefined): string[] {
  try {
    return readBatch(String(body ?? ''), boundaryOf(contentType))
      .flatMap((part) => (part.kind === 'request' ? [part.request] : part.requests))
      .map(({ method, url }) => `${method} ${url.replace(/^https?:\/\/[^/]+/i, '')}`);
  } catch {
    return [];
  }
}

/**
 * Without continue-on-error the first failure ends the batch and gives its status to the whole answer, which holds what
 * was done until then.
 */
function runParts(raw: RawRequest, parts: readonly BatchPart[]): ApiAnswer {
  const goesOn = readPreferences(raw.headers.prefer).continueOnError;
  const boundary = `batchresponse_${randomUUID()}`;
  const written: string[] = [];
  let status = 200;
  for (const part of parts) {
    const { text, failure } =
      part.kind === 'request' ? runOne(raw, part.request) : runChangeSet(raw, part.requests);
    written.push(text);
    if (failure === null || goesOn) continue;
    status = failure;
    break;
  }
  return {
    status,
    headers: { 'Content-Type': `multipart/mixed; boundary=${boundary}` },
    body: writeMultipart(boundary, written),
  };
}

interface Done {
  text: string;
  /** Status of the failure; null when all went well. */
  failure: number | null;
}

function runOne(raw: RawRequest, request: BatchRequest): Done {
  const answer = run(raw, request, new Map());
  return { text: partOf(answer, request.contentId), failure: answer.status < 400 ? null : answer.status };
}

/** Answers one request of the batch, one that cannot even be read included. */
function run(raw: RawRequest, request: BatchRequest, addresses: ReadonlyMap<string, string>): ApiAnswer {
  try {
    return dispatch(innerRequest(raw, request, addresses));
  } catch (error) {
    return refusalAnswer(error);
  }
}

/** A failure undoes the whole set and is the only answer that it has. */
class ChangeSetFailure extends Error {
  readonly answer: ApiAnswer;
  readonly contentId: string | null;

  constructor(answer: ApiAnswer, contentId: string | null) {
    super('a request of the change set failed');
    this.answer = answer;
    this.contentId = contentId;
  }
}

function runChangeSet(raw: RawRequest, requests: readonly BatchRequest[]): Done {
  const addresses = new Map<string, string>();
  const boundary = `changesetresponse_${randomUUID()}`;
  try {
    const parts = raw.org.state.transaction(() =>
      requests.map((request) => {
        const answer = run(raw, request, addresses);
        if (answer.status >= 400) throw new ChangeSetFailure(answer, request.contentId);
        const address = answer.headers['OData-EntityId'];
        if (request.contentId !== null && address !== undefined) addresses.set(request.contentId, address);
        return partOf(answer, request.contentId);
      }),
    );
    const head = `Content-Type: multipart/mixed; boundary=${boundary}\r\n\r\n`;
    return { text: `${head}${writeMultipart(boundary, parts)}`, failure: null };
  } catch (error) {
    if (!(error instanceof ChangeSetFailure)) throw error;
    return { text: partOf(error.answer, error.contentId), failure: error.answer.status };
  }
}

function partOf({ status, headers, body }: ApiAnswer, contentId: string | null): string {
  const isJson = body !== undefined && headers['Content-Type'] === undefined;
  return writeAnswer({
    status,
    reason: STATUS_CODES[status] ?? 'Unknown',
    headers: {
      ...(isJson ? { 'Content-Type': 'application/json; odata.metadata=minimal' } : {}),
      'OData-Version': '4.0',
      ...headers,
    },
    contentId,
    body: body === undefined ? '' : isJson ? JSON.stringify(body) : String(body),
  });
}

/** A request of the batch, with $n replaced by the address that an earlier request of its change set made. */
function innerRequest(
  raw: RawRequest,
  request: BatchRequest,
  addresses: ReadonlyMap<string, string>,
): RawRequest {
  const url = replaceReferences(request.url, addresses);
  const path = url
    .replace(/^https?:\/\/[^/]+/i, '')
    .replace(/^\/?api\/data\/v9\.[0-2]\/?/i, '')
    .replace(/^\//, '');
  const text = replaceInBody(request.body, addresses);
  return {
    ...raw,
    method: request.method,
    path,
    headers: request.headers,
    body: text === '' ? undefined : parseBody(text),
  };
}

function replaceReferences(url: string, addresses: ReadonlyMap<string, string>): string {
  const reference = /^\/?\$(\d+)/.exec(url)?.[1];
  if (reference === undefined) return url;
  return url.replace(/^\/?\$\d+/, addressOf(reference, addresses));
}

function addressOf(reference: string, addresses: ReadonlyMap<string, string>): string {
  const address = addresses.get(reference);
  if (address !== undefined) return address;
  throw new DataverseError(
    400,
    '0x80060888',
    `Content-ID Reference: '$${reference}' does not exist in the batch context.`,
  );
}

function replaceInBody(body: string, addresses: ReadonlyMap<string, string>): string {
  return body.replace(
    /("(?:[^"\\]+@odata\.bind|@odata\.id)"\s*:\s*")\/?\$(\d+)(?=["/])/g,
    (_, head: string, reference: string) => `${head}${addressOf(reference, addresses)}`,
  );
}

function parseBody(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new DataverseError(400, '0x80048d19', 'The payload is not valid JSON.');
  }
}
