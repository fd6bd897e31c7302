import type { FastifyReply, FastifyRequest } from 'fastify';
import type { CallCounter } from './calls.ts';
import type { Faults } from './faults.ts';
import type { TokenService } from './tokens.ts';
import { ApiError, type Caller } from './types.ts';

export interface Gate {
  tokens: TokenService;
  faults: Faults;
  calls: CallCounter;
}

/** The token of a request: `Bearer` or the older `OAuth`, in Bulk API 1.0 a header of its own, or none. */
export function tokenOf(request: FastifyRequest): string | undefined {
  const token = /^(?:Bearer|OAuth) (.+)$/i.exec(request.headers.authorization ?? '')?.[1]?.trim();
  const session = request.headers['x-sfdc-session'];
  const isBulkOne = /^\/services\/async\//i.test(request.url);
  return token ?? (isBulkOne && typeof session === 'string' ? session.trim() : undefined);
}

/** The caller of a request; throws 401 as the platform does. */
export function authenticate(tokens: TokenService, request: FastifyRequest): Caller {
  const token = tokenOf(request);
  if (token === undefined) {
    throw new ApiError(401, 'INVALID_AUTH_HEADER', 'INVALID_HEADER_TYPE');
  }
  const caller = tokens.verify(token);
  if (caller === undefined) throw new ApiError(401, 'INVALID_SESSION_ID', 'Session expired or invalid');
  return caller;
}

const LIMIT_TEXTS = {
  total: 'TotalRequests Limit exceeded.',
  concurrent: 'ConcurrentRequests (Concurrent API Requests) Limit exceeded.',
};

function limitExceeded(which: 'total' | 'concurrent'): ApiError {
  return new ApiError(403, 'REQUEST_LIMIT_EXCEEDED', LIMIT_TEXTS[which]);
}

const STATUS_CODES: Record<number, [string, string]> = {
  429: ['REQUEST_LIMIT_EXCEEDED', 'Too many requests'],
  500: [
    'UNKNOWN_EXCEPTION',
    'An unexpected error occurred. Please include this ErrorId if you contact support',
  ],
  503: [
    'SERVER_UNAVAILABLE',
    "We are down for maintenance. Sorry for the inconvenience. We'll be back soon.",
  ],
};

/** Plays the faults that refuse a request before it does anything. */
export function playRefusals(gate: Gate, request: FastifyRequest, reply: FastifyReply): void {
  const occasion = { path: request.url, method: request.method };
  const status = gate.faults.take('status', occasion);
  if (status !== undefined) {
    const code = status.status ?? 503;
    if (status.retryAfterSeconds !== undefined)
      void reply.header('Retry-After', String(status.retryAfterSeconds));
    const [errorCode, message] = STATUS_CODES[code] ?? ['SERVER_UNAVAILABLE', 'Server unavailable'];
    throw new ApiError(code, status.statusCode ?? errorCode, status.message ?? message);
  }
  const limit = gate.faults.take('request-limit', occasion);
  if (limit !== undefined) throw limitExceeded(limit.limit ?? 'total');
  const token = tokenOf(request);
  if (token !== undefined && gate.faults.take('expired-token', occasion) !== undefined)
    gate.tokens.expire(token);
}

/** Bills a request and refuses it when the day's allowance is used up. */
export function bill(calls: CallCounter, kind: string, line: string): void {
  if (calls.total >= calls.max) throw limitExceeded('total');
  calls.count(kind, line);
}
