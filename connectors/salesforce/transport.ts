import type { Connection } from 'jsforce/lib/connection.js';
import { HttpApi } from 'jsforce/lib/http-api.js';
import type { Schema } from 'jsforce/lib/types/schema.js';
import { CallFailed, retryAfterMs } from '../shared/call-failed.ts';
import { parseFault } from './errors.ts';

/** An answer with what jsforce itself does not hand on: status and headers. */
export interface Answer {
  status: number;
  headers: Readonly<Record<string, string>>;
  body: string;
}

export interface RawRequest {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  url: string;
  headers: Record<string, string>;
  body?: string | Buffer;
}

/**
 * jsforce's HTTP layer for one request: it signs, renews the session and repeats the request. Two things differ from
 * its default: a 401 after so many renewals is final (it would renew for ever), and its own repeats are off, because each attempt is
 * to be counted against the budget and POST and PATCH need rules of their own.
 */
class OneCall extends HttpApi<Schema> {
  #renewals = 0;

  override isSessionExpired(response: {
    statusCode: number;
    headers: Record<string, string>;
    body: string;
  }): boolean {
    if (this.#renewals === 0 || !super.isSessionExpired(response)) return false;
    this.#renewals -= 1;
    return true;
  }

  /** How many sessions may turn out to have ended. */
  setRenewals(renewals: number): void {
    this.#renewals = renewals;
  }

  override isErrorResponse(response: { statusCode: number }): boolean {
    return response.statusCode >= 400 || response.statusCode === 300;
  }

  override async getResponseBody(response: {
    statusCode: number;
    headers: Record<string, string>;
    body: string;
  }): Promise<Answer> {
    return { status: response.statusCode, headers: response.headers, body: response.body };
  }

  override async getError(response: {
    statusCode: number;
    headers: Record<string, string>;
    body: string;
  }): Promise<Error> {
    const fault =
      response.statusCode === 300
        ? {
            code: 'MULTIPLE_CHOICES',
            message: `several records match: ${response.body}`,
            fields: [],
            status: 300,
          }
        : parseFault(response.statusCode, response.body);
    return new CallFailed(fault, retryAfterMs(response.headers['retry-after']));
  }
}

/** Sends one request once, and again after each renewal. Throws CallFailed or what signing in throws. */
export async function sendOnce(
  connection: Connection,
  request: RawRequest,
  { timeoutMs, renewals }: { timeoutMs: number; renewals: number },
): Promise<Answer> {
  const api = new OneCall(connection, {
    timeout: timeoutMs,
    retry: { maxRetries: 0 },
  });
  api.setRenewals(renewals);
  // The promise below carries every failure; without a listener the event would end the process.
  api.on('error', () => undefined);
  return await api.request<Answer>(request);
}
