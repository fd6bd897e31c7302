import { randomUUID } from 'node:crypto';
import fastify, { type FastifyInstance, type FastifyRequest } from 'fastify';
import { answerJson } from './answer-json.ts';
import { callKind } from './calls.ts';
import type { SimulatorContext } from './context.ts';
import { registerHeaderNames } from './header-names.ts';
import { authenticate, bill, type Gate, playRefusals } from './http-auth.ts';
import { registerBodies } from './http-bodies.ts';
import { MOST_READ_BYTES, refuseAddress, refuseMessage, registerErrors } from './http-refusals.ts';
import { createLoopback } from './loopback.ts';
import type { Org } from './org.ts';
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
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 2000, caseSensitive: false },
    forceCloseConnections: true as const,
    frameworkErrors: refuseAddress,
    clientErrorHandler: refuseMessage,
  };
  const app = (tls === undefined
    ? fastify({ ...options, http: { maxHeaderSize: MOST_READ_BYTES } })
    : fastify({
        ...options,
        https: { ...tls, maxHeaderSize: MOST_READ_BYTES },
      })) as unknown as FastifyInstance;
  const secret = randomUUID();
  const isInternal = (request: FastifyRequest): boolean => request.headers[INTERNAL] === secret;
  let running: Promise<unknown> = Promise.resolve();
  const loopback = createLoopback(app);
  app.setReplySerializer((answer) => answerJson(answer, org.schema));
  registerHeaderNames(app);
  registerBodies(app);
  registerErrors(app);
  registerAnswers(app, org, { ...gate, isInternal });
  app.addHook('preHandler', async (request, reply) => {
    const segment = /^\/services\/data\/([^/?]+)/i.exec(request.url)?.[1];
    if (isInternal(request)) {
      // a request within another one names a version of its own
      if (segment !== undefined) versionOf(segment);
      return;
    }
    await running;
    playRefusals(gate, request, reply);
    if (segment === undefined) return;
    authenticate(gate.tokens, request);
    versionOf(segment);
    const { calls } = gate;
    bill(calls, callKind(request.url), `${request.method} ${request.url}`);
    void reply.header('Sforce-Limit-Info', `api-usage=${calls.total}/${calls.max}`);
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
