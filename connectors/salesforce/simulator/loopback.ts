import { createServer, request as httpRequest, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { readAnswer } from './answer-json.ts';
import type { SubRequest, SubResponse } from './context.ts';
import { MOST_READ_BYTES } from './http-refusals.ts';

/**
 * Runs requests through the app's own routes over a plain local connection, whatever the app itself serves.
 * (Fastify's `inject` would do, but one of its parts cannot be loaded by jest on Node 20.)
 */
export interface Loopback {
  send(request: SubRequest): Promise<SubResponse>;
}

async function textOf(message: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of message) parts.push(part as Buffer);
  return Buffer.concat(parts).toString('utf8');
}

async function answerOf(message: IncomingMessage): Promise<SubResponse> {
  const text = await textOf(message);
  const headers = Object.fromEntries(
    Object.entries(message.headers).map(([name, value]) => [name, String(value)]),
  );
  const isJson = text !== '' && /json/.test(headers['content-type'] ?? '');
  return { status: message.statusCode ?? 500, headers, body: isJson ? readAnswer(text) : null };
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}

/** The inner door opens with the first request and closes with the app. */
export function createLoopback(app: FastifyInstance): Loopback {
  const server = createServer({ maxHeaderSize: MOST_READ_BYTES }, (request, response) =>
    app.routing(request, response),
  );
  let port: Promise<number> | undefined;
  app.addHook('onClose', async () => {
    if (port === undefined) return;
    await port;
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return {
    send: async ({ method, url, headers = {}, body }) => {
      port ??= listen(server);
      const options = {
        port: await port,
        host: '127.0.0.1',
        method,
        path: url.replace(/\p{Surrogate}/gu, '\ufffd').replace(/[^\x21-\x7e]/gu, encodeURIComponent),
        headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      };
      return await new Promise((resolve, reject) => {
        const request = httpRequest(options, (message) => answerOf(message).then(resolve, reject));
        request.on('error', reject);
        request.end(body === undefined ? undefined : JSON.stringify(body));
      });
    },
  };
}
