import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';

const EXCEPTIONS: Record<string, string> = { etag: 'ETag', 'www-authenticate': 'WWW-Authenticate' };
const names = new Map<string, string>();

/** A header's name as the platform writes it: `Content-Type`, `Sforce-Limit-Info`. */
export function platformName(name: string): string {
  let written = names.get(name);
  if (written === undefined) {
    written =
      EXCEPTIONS[name.toLowerCase()] ??
      name.toLowerCase().replace(/(^|-)[a-z]/g, (part) => part.toUpperCase());
    names.set(name, written);
  }
  return written;
}

function renamed(headers: OutgoingHttpHeaders): OutgoingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [platformName(name), value]));
}

function wrap(response: ServerResponse): void {
  const setHeader = response.setHeader.bind(response);
  const writeHead: (status: number, headers?: OutgoingHttpHeaders) => ServerResponse =
    response.writeHead.bind(response);
  response.setHeader = (name, value) => setHeader(platformName(name), value);
  response.writeHead = (status: number, headers?: unknown) =>
    writeHead(status, renamed((headers ?? {}) as OutgoingHttpHeaders));
}

/**
 * Writes the names of headers with capitals, as the platform does over HTTP/1.1. They mean the same either way, but
 * there are clients that look for one spelling only (Airbyte's reader of bulk results among them).
 */
export function registerHeaderNames(app: FastifyInstance): void {
  app.addHook('onRequest', async (_request, reply) => wrap(reply.raw));
}
