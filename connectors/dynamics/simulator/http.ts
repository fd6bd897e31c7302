import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { ApiAnswer } from './api.ts';
import { answerBatch, operationsIn } from './batch.ts';
import type { CallCounter } from './calls.ts';
import { dispatch, type RawRequest, refusalAnswer } from './dispatch.ts';
import { DataverseError, refusals } from './errors.ts';
import type { Org } from './org.ts';
import { type Protection, throttled, type UnderWay } from './protection.ts';
import type { Subject, TokenService } from './tokens.ts';
import type { Row } from './types.ts';

export interface TlsOptions {
  key: string | Buffer;
  cert: string | Buffer;
}

export interface HttpOptions {
  org: Org;
  tokens: TokenService;
  calls: CallCounter;
  protection: Protection;
  tls?: TlsOptions | undefined;
  /** Where clients sign in: `https://localhost:<port>/<tenant>`. */
  authority(): string;
}

const bodyLimit = 128 * 1024 * 1024;
const address = /^\/+(api\/data\/v9\.[0-2])(?:\/|$|(?=\?))(.*)$/i;

/** The server: signs in, reads bodies, answers the Web API. */
export function createHttp(environment: HttpOptions): FastifyInstance {
  const { tls } = environment;
  const options = {
    bodyLimit,
    forceCloseConnections: true as const,
    routerOptions: { maxParamLength: 40_000 },
  };
  const app = (tls === undefined
    ? fastify({ ...options, http: { maxHeaderSize: 80 * 1024 } })
    : fastify({ ...options, https: { ...tls, maxHeaderSize: 80 * 1024 } })) as unknown as FastifyInstance;
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  app.addHook('onSend', async (request, _reply, payload) => {
    const { faults } = environment.org.state;
    if (faults.take('lost-answer', occasionOf(request)) !== undefined) request.raw.socket.destroy();
    return payload;
  });
  const underWay = watchRequests(app, environment);
  const now = () => environment.org.clock.now();
  app.setErrorHandler((error, _request, reply) => send(reply, refusalAnswer(error), now()));
  app.setNotFoundHandler(async (request, reply) => {
    // Other services of an environment, such as search, are not here.
    if (!address.test(request.url))
      return await send(
        reply,
        refusalAnswer(refusals.noSegment(request.url.split(/[/?]/, 3).join('/'))),
        now(),
      );
    return await send(reply, await answerOf(request, environment, underWay(request.raw)), now());
  });
  return app;
}

/** Follows each user's requests from their headers to the end of their answers, bodies that come slowly included. */
function watchRequests(
  app: FastifyInstance,
  { org, tokens, protection }: HttpOptions,
): (request: IncomingMessage) => UnderWay | undefined {
  const all = new WeakMap<IncomingMessage, UnderWay>();
  app.addHook('onRequest', async (request, reply) => {
    const subject = tokens.subjectOf(bearer(request) ?? '');
    const user = subject === undefined ? undefined : userOf(org, subject);
    if (user === undefined) return;
    const one = protection.begin(String(user.systemuserid));
    all.set(request.raw, one);
    reply.raw.once('close', one.end);
  });
  return (request) => all.get(request);
}

async function answerOf(
  request: FastifyRequest,
  environment: HttpOptions,
  underWay: UnderWay | undefined,
): Promise<ApiAnswer> {
  const { org, tokens, protection } = environment;
  try {
    playRefusals(request, environment);
    const subject = tokens.subjectOf(bearer(request) ?? '');
    if (subject === undefined) return unauthorized(request, environment);
    const caller = callerFor(org, subject);
    const spend = protection.admit(caller.userId, underWay);
    const [, root = '', path = ''] = address.exec(request.url) ?? [];
    const isBatch = /^\$batch$/i.test(path);
    const inner = isBatch ? operationsIn(request.body, request.headers['content-type']) : undefined;
    environment.calls.count(request.method, request.url, inner);
    const raw: RawRequest = {
      org,
      caller,
      method: request.method,
      path,
      headers: plainHeaders(request),
      body: readBody(request),
      root: `${originOf(request)}/${root}`,
    };
    const began = performance.now();
    const answer = isBatch ? answerBatch(raw) : dispatch(raw);
    const slow = org.state.faults.take('slow', occasionOf(request));
    // The simulator may close meanwhile.
    if (slow !== undefined) await wait(slow.ms ?? 0, undefined, { ref: false });
    spend(performance.now() - began);
    return { ...answer, headers: { ...protection.headers(caller.userId), ...answer.headers } };
  } catch (error) {
    return refusalAnswer(error);
  }
}

const occasionOf = (request: FastifyRequest) => ({ path: request.url, method: request.method });

/** Plays the faults that refuse a request before it does anything. */
function playRefusals(request: FastifyRequest, { org, tokens }: HttpOptions): void {
  const { faults } = org.state;
  const occasion = occasionOf(request);
  const status = faults.take('status', occasion);
  if (status !== undefined) {
    const { code = '0x80040216', message = 'An unexpected error occurred.', retryAfterSeconds } = status;
    const headers: Record<string, string> =
      retryAfterSeconds === undefined ? {} : { 'Retry-After': String(retryAfterSeconds) };
    throw new DataverseError(status.status ?? 503, code, message, headers);
  }
  const limit = faults.take('throttled', occasion);
  if (limit !== undefined) throw throttled(limit.limit ?? 'requests', limit.retryAfterSeconds ?? 1);
  const token = bearer(request);
  if (token !== undefined && faults.take('expired-token', occasion) !== undefined) tokens.expire(token);
}

function userOf(org: Org, subject: Subject): Row | undefined {
  return typeof subject === 'string' ? org.get('systemuser', subject) : applicationUser(org, subject.appId);
}

function callerFor(org: Org, subject: Subject) {
  const user = userOf(org, subject);
  if (user === undefined)
    throw new DataverseError(403, '0x80072560', 'The user is not a member of the organization.');
  if (user.isdisabled === true)
    throw new DataverseError(
      403,
      '0x80040225',
      'The specified user is either disabled or is not a member of any business unit.',
    );
  return org.as(String(user.systemuserid));
}

/** https://learn.microsoft.com/power-platform/admin/manage-application-users */
function applicationUser(org: Org, appId: string): Row | undefined {
  const users = org.state.rows(org.table('systemuser'));
  return users.where('applicationid', appId.toLowerCase()).at(0);
}

function bearer(request: FastifyRequest): string | undefined {
  return /^Bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1]?.trim();
}

/** https://learn.microsoft.com/power-apps/developer/data-platform/authenticate-oauth (discover the authority) */
function unauthorized(request: FastifyRequest, { authority }: HttpOptions): ApiAnswer {
  return {
    status: 401,
    headers: {
      'WWW-Authenticate': `Bearer authorization_uri=${authority()}/oauth2/authorize, resource_id=${originOf(request)}/`,
    },
  };
}

function originOf(request: FastifyRequest): string {
  return `${request.protocol}://${request.host}`;
}

function plainHeaders(request: FastifyRequest): Record<string, string> {
  const entries = Object.entries(request.headers).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, Array.isArray(value) ? value.join(',') : value] as const],
  );
  return Object.fromEntries(entries);
}

/** JSON bodies are read here; those of a batch stay text, and what is neither stays as it came. */
function readBody(request: FastifyRequest): unknown {
  const { body } = request;
  if (!Buffer.isBuffer(body) || body.length === 0) return undefined;
  const type = request.headers['content-type'] ?? 'application/json';
  if (/multipart/i.test(type)) return body.toString();
  if (!/json/i.test(type)) return body;
  const text = body.toString();
  if (text.trim() === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    throw refusals.badPayload('', 'The payload is not valid JSON.');
  }
}

function send(reply: FastifyReply, { status, headers, body }: ApiAnswer, now: number): FastifyReply {
  void reply.code(status).headers({
    Date: new Date(now).toUTCString(),
    'OData-Version': '4.0',
    REQ_ID: randomUUID(),
    'x-ms-service-request-id': randomUUID(),
    ...headers,
  });
  if (body === undefined) return reply.send();
  if (headers['Content-Type'] !== undefined) return reply.send(body);
  return reply.type('application/json; odata.metadata=minimal').send(JSON.stringify(body));
}
