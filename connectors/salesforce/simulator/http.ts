import { randomUUID } from 'node:crypto';
import fastify, { type FastifyInstance, type FastifyRequest } from 'fastify';
import { errorBody, notFound } from './api-errors.ts';
import type { SimulatorContext } from './context.ts';
import { authenticate, bill, type Gate, playRefusals } from './http-auth.ts';
import { registerBodies } from './http-bodies.ts';
import { createLoopback } from './loopback.ts';
import type { Org } from './org.ts';
import { ApiError } from './types.ts';
import { versionOf } from './versions.ts';

const BODY_LIMIT = 160 * 1024 * 1024;
const INTERNAL = 'x-simulator-internal';

export interface TlsOptions {
  key: string | Buffer;
  cert: string | Buffer;
}

/** The app without routes, and the parts of the context that belong to it. */
export interface Http {
  app: FastifyInstance;
  callerOf: SimulatorContext['callerOf'];
  dispatch: SimulatorContext['dispatch'];
  exclusive: SimulatorContext['exclusive'];
}

/** Doubled slashes collapse (the Salesforce CLI sends them); `?_HttpMethod=PATCH` turns a POST into what it says. */
function rewriteUrl(request: { url?: string | undefined; method?: string | undefined }): string {
  const [path = '/', ...query] = (request.url ?? '/').split('?');
  const override = /(?:^|&)_HttpMethod=([A-Z]+)/i.exec(query.join('?'))?.[1];
  if (override !== undefined && request.method === 'POST') request.method = override.toUpperCase();
  return [path.replace(/\/{2,}/g, '/'), ...query].join('?');
}

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

function methodNotAllowed(method: string, allowed: string[]): ApiError {
  const names = [...new Set(allowed)].join(',');
  return new ApiError(405, 'METHOD_NOT_ALLOWED', `HTTP Method '${method}' not allowed. Allowed are ${names}`);
}

function registerErrors(app: FastifyInstance): void {
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

/** Every answer carries the org's time: it may differ from this machine's. */
function registerAnswers(
  app: FastifyInstance,
  org: Org,
  gate: Gate & { isInternal(request: FastifyRequest): boolean },
): void {
  app.addHook('onSend', async (request, reply, payload) => {
    void reply.header('Date', new Date(org.clock.now()).toUTCString());
    const type = reply.getHeader('content-type');
    if (type === 'application/json; charset=utf-8')
      void reply.header('Content-Type', 'application/json;charset=UTF-8');
    const occasion = { path: request.url, method: request.method };
    if (!gate.isInternal(request) && gate.faults.take('lost-answer', occasion) !== undefined) {
      request.raw.socket.destroy();
    }
    return payload;
  });
}

/**
 * The HTTP side of the simulator: bodies, sign-in, billing, faults and errors. Routes come on top.
 */
export function createHttp(org: Org, gate: Gate, tls?: TlsOptions): Http {
  const options = {
    bodyLimit: BODY_LIMIT,
    rewriteUrl,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 2000 },
    forceCloseConnections: true as const,
  };
  const app = (tls === undefined
    ? fastify(options)
    : fastify({ ...options, https: tls })) as unknown as FastifyInstance;
  const secret = randomUUID();
  const isInternal = (request: FastifyRequest): boolean => request.headers[INTERNAL] === secret;
  let running: Promise<unknown> = Promise.resolve();
  const loopback = createLoopback(app);
  registerBodies(app);
  registerErrors(app);
  registerAnswers(app, org, { ...gate, isInternal });
  app.addHook('preHandler', async (request, reply) => {
    if (isInternal(request)) return;
    await running;
    playRefusals(gate, request, reply);
    const segment = /^\/services\/data\/([^/?]+)/.exec(request.url)?.[1];
    if (segment === undefined) return;
    authenticate(gate.tokens, request);
    versionOf(segment);
    bill(gate, request, reply);
  });
  return {
    app,
    callerOf: (request) => authenticate(gate.tokens, request),
    dispatch: async (parent, request) =>
      await loopback.send({
        ...request,
        url: rewriteUrl(request),
        headers: {
          ...request.headers,
          authorization: parent.headers.authorization ?? '',
          [INTERNAL]: secret,
        },
      }),
    exclusive: async (work) => {
      while (true) {
        const before = running;
        await before;
        if (before === running) break;
      }
      const turn = org.transaction(work);
      running = turn.catch(() => undefined);
      return await turn;
    },
  };
}
