import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance, FastifyReply, FastifyRequest, RawServerDefault } from 'fastify';
import { errorBody, notFound } from './api-errors.ts';
import { ApiError } from './types.ts';

/** Longer addresses are refused, and so are longer addresses and headers together. */
const MOST_HEAD_BYTES = 16_384;
/** What is read of a request at all before the line is cut. */
export const MOST_READ_BYTES = 256 * 1024;

function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  const { statusCode, message } = error as { statusCode?: number; message?: string };
  if (statusCode === 413) return new ApiError(413, 'REQUEST_ENTITY_TOO_LARGE', 'Request body too large');
  if (statusCode !== undefined && statusCode < 500)
    return new ApiError(statusCode, 'INVALID_REQUEST', String(message));
  return new ApiError(500, 'UNKNOWN_EXCEPTION', `An unexpected error occurred: ${String(message)}`);
}

/** Method and path of every route that is registered from now on. */
function collectPatterns(app: FastifyInstance): Array<{ method: string; pattern: RegExp }> {
  const patterns: Array<{ method: string; pattern: RegExp }> = [];
  app.addHook('onRoute', ({ method, url }) => {
    const pattern = new RegExp(`^${url.replace(/:\w+/g, '[^/]+')}/?$`, 'i');
    for (const each of [method].flat()) if (each !== 'HEAD') patterns.push({ method: each, pattern });
  });
  return patterns;
}

/** Whatever can be read can also be asked about with HEAD. */
function methodNotAllowed(method: string, allowed: string[]): ApiError {
  const names = [...(allowed.includes('GET') ? ['HEAD'] : []), ...new Set(allowed)].join(',');
  return new ApiError(405, 'METHOD_NOT_ALLOWED', `HTTP Method '${method}' not allowed. Allowed are ${names}`);
}

/** The platform's web server refuses these before the API sees them: in HTML. */
function badMessage(status: 414 | 431): string {
  const reason = status === 414 ? 'URI Too Long' : 'Request Header Fields Too Large';
  return `<h1>Bad Message ${status}</h1><pre>reason: ${reason}</pre>`;
}

const HTML = 'text/html;charset=iso-8859-1';

function oversize({ url = '', rawHeaders }: IncomingMessage): 414 | 431 | undefined {
  if (url.length > MOST_HEAD_BYTES) return 414;
  const headers = rawHeaders.reduce((sum, text) => sum + text.length + 2, 0);
  return url.length + headers > MOST_HEAD_BYTES ? 431 : undefined;
}

/** Answers every refusal of the app in the platform's shape. */
export function registerErrors(app: FastifyInstance): void {
  app.addHook('onRequest', async (request, reply) => {
    const status = oversize(request.raw);
    if (status !== undefined) return await reply.code(status).type(HTML).send(badMessage(status));
    return undefined;
  });
  app.setErrorHandler((raw, _request, reply) => {
    const error = toApiError(raw);
    if (error.status === 401) void reply.header('WWW-Authenticate', 'Token');
    return reply.code(error.status).send(error.extra?.body ?? errorBody(error));
  });
  const patterns = collectPatterns(app);
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?')[0] ?? '';
    const allowed = patterns.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method);
    const error = allowed.length === 0 ? notFound() : methodNotAllowed(request.method, allowed);
    return reply.code(error.status).send(errorBody(error));
  });
}

/** For an address that cannot be decoded, which no route gets to see. */
export function refuseAddress(_error: unknown, _request: FastifyRequest, reply: FastifyReply): void {
  const error = new ApiError(400, 'INVALID_REQUEST', 'The address is not encoded properly');
  void reply
    .code(error.status)
    .header('Content-Type', 'application/json;charset=UTF-8')
    .send(JSON.stringify(errorBody(error)));
}

/** For what is no HTTP request, or one that is too long to be read. */
export function refuseMessage(this: FastifyInstance<RawServerDefault>, error: Error, socket: Socket): void {
  if (!socket.writable) {
    socket.destroy(error);
    return;
  }
  const tooLong = (error as NodeJS.ErrnoException).code === 'HPE_HEADER_OVERFLOW';
  const body = tooLong ? badMessage(431) : '<h1>Bad Message 400</h1><pre>reason: Bad Request</pre>';
  const line = tooLong ? '431 Request Header Fields Too Large' : '400 Bad Request';
  socket.end(
    `HTTP/1.1 ${line}\r\nContent-Type: ${HTML}\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`,
  );
}
