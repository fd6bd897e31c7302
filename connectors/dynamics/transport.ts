import type { DynamicsWebApi } from 'dynamics-web-api';
import { CallFailed, retryAfterMs, type VendorFault } from '../shared/call-failed.ts';
import { entryFault, parseFault } from './errors.ts';
import type { DynamicsOptions } from './options.ts';

/** An answer with what dynamics-web-api does not hand on: status, headers, and the body before numbers were rounded. */
export interface Answer {
  status: number;
  /** Names in lower case. */
  headers: Readonly<Record<string, string>>;
  body: string;
}

export interface RawRequest {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  url: string;
  headers: Record<string, string>;
  body?: string;
  signal?: AbortSignal | undefined;
}

export const standardHeaders: Readonly<Record<string, string>> = {
  Accept: 'application/json',
  'OData-MaxVersion': '4.0',
  'OData-Version': '4.0',
};

/** Longest wait for one answer. The platform itself gives up after two minutes, or some more for metadata. */
const CALL_TIMEOUT_MS = 5 * 60_000;

/** Sends one request once. Throws CallFailed, or the reason of a signal that ended it. */
export async function sendOnce({ url, signal, ...request }: RawRequest): Promise<Answer> {
  const limit = AbortSignal.timeout(CALL_TIMEOUT_MS);
  const ends = signal === undefined ? limit : AbortSignal.any([signal, limit]);
  const answer = await answerOf(url, { ...request, redirect: 'manual', signal: ends }).catch(
    (error: unknown) => {
      signal?.throwIfAborted();
      throw new CallFailed(silence(error), undefined, error);
    },
  );
  if (answer.status >= 200 && answer.status < 300) return answer;
  throw new CallFailed(parseFault(answer.status, answer.body), retryAfterMs(answer.headers['retry-after']));
}

async function answerOf(url: string, request: RequestInit): Promise<Answer> {
  const answer = await fetch(url, request);
  return { status: answer.status, headers: Object.fromEntries(answer.headers), body: await answer.text() };
}

/** What can be known of a request that nobody answered. fetch hides the reason in causes, and numbers its own ones. */
function silence(error: unknown): VendorFault {
  let inner = error as NetworkError;
  while (typeof inner.cause === 'object' && inner.cause !== null) inner = inner.cause;
  const { code, errors, name, message } = inner;
  const found = [code, errors?.[0]?.code, name].find((each) => typeof each === 'string') ?? 'NO_ANSWER';
  return { code: String(found), message: message || String(found), fields: [], status: 0 };
}

interface NetworkError {
  cause?: NetworkError | null;
  code?: string | number;
  errors?: { code?: string }[];
  name?: string;
  message?: string;
}

/**
 * An instance of dynamics-web-api for one request. It writes addresses, headers and bodies of the Web API; everything
 * that it lets happen by itself is turned off: a 412 is thrown and not swallowed, and no name of a table is looked up in
 * a cache that all instances of a process share. A new one for each request: an instance has modes (batch) that the next
 * caller would inherit.
 */
export async function libraryInstance(options: DynamicsOptions, token: string): Promise<DynamicsWebApi> {
  // Loaded when it is used, as most commands make no call.
  const library = await import('dynamics-web-api');
  return new library.DynamicsWebApi({
    serverUrl: options.url,
    dataApi: { version: options.apiVersion },
    onTokenRefresh: async () => token,
    propagateErrors: true,
    useEntityNames: false,
    timeout: CALL_TIMEOUT_MS,
    headers: { ...standardHeaders },
  });
}

/** The library's errors in our shape: one with a status, an array of a failed batch, or none of the platform's. */
export function libraryFailure(error: unknown): CallFailed {
  const first: unknown = Array.isArray(error) ? error.find((each) => each instanceof Error) : error;
  const { status, headers } = (first ?? {}) as { status?: number; headers?: Record<string, string> };
  if (status === undefined) return new CallFailed(silence(first), undefined, error);
  const nested = (first as { error?: unknown }).error;
  const entry = (typeof nested === 'object' && nested !== null ? nested : first) as Record<string, unknown>;
  return new CallFailed(entryFault(entry, status), retryAfterMs(headers?.['retry-after']));
}
