import { pipeline } from 'node:stream';
import { promisify } from 'node:util';
import { createGunzip, gzip } from 'node:zlib';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { badRequest } from './api-errors.ts';
import { ApiError } from './types.ts';

const compress = promisify(gzip);
const WORTH_COMPRESSING = 1024;

/** Where in a text the parser stopped, as `[line:1, column:2]`. */
function placeOf(text: string, reason: string): string {
  const at = Number(/at position (\d+)/.exec(reason)?.[1] ?? text.length);
  const before = text.slice(0, at).split('\n');
  return `[line:${before.length}, column:${(before.at(-1) ?? '').length + 1}]`;
}

function parseJson(body: string): unknown {
  if (body.trim() === '') return undefined;
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'malformed';
    const said = reason.replace(/ in JSON at position.*$|, .* is not valid JSON$/s, '');
    throw badRequest('JSON_PARSER_ERROR', `${said} at ${placeOf(body, reason)}`);
  }
  if (value !== null && typeof value !== 'object')
    throw badRequest(
      'JSON_PARSER_ERROR',
      'The HTTP entity body must be an object or an array at [line:1, column:1]',
    );
  return value;
}

/** Some clients name an encoding with every request, the ones without a body too. */
function hasBody({ headers }: FastifyRequest): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/** Bodies: JSON is parsed, everything else arrives as text; gzip is taken off requests and put on answers. */
export function registerBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => {
    try {
      done(null, parseJson(String(body)));
    } catch (error) {
      done(error as Error);
    }
  });
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));
  app.addHook('preParsing', async (request, _reply, payload) => {
    const encoding = request.headers['content-encoding']?.toLowerCase() ?? 'identity';
    if (encoding === 'identity' || !hasBody(request)) return payload;
    if (encoding !== 'gzip')
      throw new ApiError(415, 'UNSUPPORTED_MEDIA_TYPE', `Content-Encoding not supported: ${encoding}`);
    delete request.headers['content-encoding'];
    delete request.headers['content-length'];
    // what breaks off is told by whoever reads the answer of this; nobody else needs to hear it
    return pipeline(payload, createGunzip(), () => undefined);
  });
  app.addHook('onSend', async (request, reply, payload) => {
    const accepted = /\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''));
    const bulky =
      (typeof payload === 'string' || Buffer.isBuffer(payload)) && payload.length > WORTH_COMPRESSING;
    if (!accepted || !bulky || reply.hasHeader('content-encoding')) return payload;
    void reply.header('Content-Encoding', 'gzip').removeHeader('content-length');
    return await compress(payload as string | Buffer, { level: 1 });
  });
}
