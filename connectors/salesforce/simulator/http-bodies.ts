import { promisify } from 'node:util';
import { createGunzip, gzip } from 'node:zlib';
import type { FastifyInstance } from 'fastify';
import { badRequest } from './api-errors.ts';

const compress = promisify(gzip);
const WORTH_COMPRESSING = 1024;

function parseJson(body: string): unknown {
  if (body.trim() === '') return undefined;
  try {
    return JSON.parse(body);
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'malformed';
    throw badRequest('JSON_PARSER_ERROR', `${reason} at [line:1, column:1]`);
  }
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
    if (request.headers['content-encoding'] !== 'gzip') return payload;
    delete request.headers['content-encoding'];
    delete request.headers['content-length'];
    return payload.pipe(createGunzip());
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
