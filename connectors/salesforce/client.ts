import { Connection } from 'jsforce/lib/connection.js';
import type { ConnectorHost } from '../../src/sync/connector-manifest.ts';
import { orgChanged, pinGuard } from '../shared/pin-guard.ts';
import { type RetryRules, withRetries } from '../shared/retries.ts';
import { signIn } from './auth.ts';
import { faultError, meaningOf } from './errors.ts';
import type { SalesforceOptions } from './options.ts';
import type { Session } from './token-request.ts';
import { type Answer, type RawRequest, sendOnce } from './transport.ts';

export interface Call {
  method: RawRequest['method'];
  /** Below /services/data/vNN.N, or an absolute path starting with /services. */
  path: string;
  /** What the budget books it under. */
  kind: string;
  /** An object is sent as JSON, text and bytes as they are. */
  body?: unknown;
  headers?: Record<string, string>;
  /** Object named in errors. */
  object?: string | undefined;
  /** Whether doing it twice is the same as once. (Default: only GET) */
  repeatable?: boolean;
  /** Whether it may go to another org than the pinned one. (Default: false) */
  anyOrg?: boolean;
  signal?: AbortSignal | undefined;
}

/** One signed-in line to an org. Nothing is called before the first use. */
export interface Client {
  readonly options: SalesforceOptions;
  readonly host: ConnectorHost;
  session(): Promise<Session>;
  /** The org's own address once signed in, the sign-in address before. */
  instanceUrl(): string;
  /** Throws TierlinkError; its cause is the VendorFault when the platform answered. */
  send(call: Call): Promise<Answer>;
  json<T>(call: Call): Promise<T>;
  /** The org's clock in epoch ms, from the Date header of its answers; never ours. */
  serverNow(): Promise<number>;
  /** Org clock minus our clock in ms, or null before the first answer. */
  clockSkewMs(): number | null;
  /** Calls used and allowed, as the latest answer said. */
  usage(): { used: number | null; max: number | null };
}

/** Longest wait for one answer. The platform itself gives up after ten minutes. */
const CALL_TIMEOUT_MS = 11 * 60_000;

export function createClient(options: SalesforceOptions, host: ConnectorHost): Client {
  const line = createLine(options, host);
  const heard: Heard = { skewMs: null, used: null, max: null };
  const requirePinned = pinGuard(host, isSameOrg);
  const attempt = async (call: Call): Promise<Answer> => {
    call.signal?.throwIfAborted();
    const session = await line.session();
    if (call.anyOrg !== true) await requirePinned(async () => session.orgId);
    await host.spend(1, call.kind);
    const answer = await line.send(rawRequest(call, options, session.instanceUrl));
    listen(heard, answer, host.now());
    return answer;
  };
  const client: Client = {
    options,
    host,
    session: line.session,
    instanceUrl: line.instanceUrl,
    send: async (call) =>
      await withRetries(call, async () => await attempt(call), rulesFor(call, options, host)),
    json: async <T>(call: Call) => JSON.parse((await client.send(call)).body) as T,
    serverNow: async () => {
      if (heard.skewMs === null) await client.send({ method: 'GET', path: '/services/data', kind: 'other' });
      return host.now() + (heard.skewMs ?? 0);
    },
    clockSkewMs: () => heard.skewMs,
    usage: () => ({ used: heard.used, max: heard.max }),
  };
  return client;
}

/** Organization ids come with 15 or 18 characters; the first 15 tell them apart. */
function isSameOrg(one: string, other: string): boolean {
  return one.slice(0, 15) === other.slice(0, 15);
}

interface Line {
  session(): Promise<Session>;
  instanceUrl(): string;
  send(request: RawRequest): Promise<Answer>;
}

/**
 * The jsforce connection, made by the first sign-in, and its renewals: one at a time, shared by all who wait. A renewal
 * that ends on another org (one that was refreshed or cloned meanwhile) makes the call fail that asked for it, and the
 * next one signs in anew.
 */
function createLine(options: SalesforceOptions, host: ConnectorHost): Line {
  let opened: Promise<{ session: Session; connection: Connection }> | undefined;
  let refused: unknown;
  let instanceUrl = options.loginUrl;
  // The first may take over the session that another process has brought, which may have ended since.
  const renewals = options.signIn === 'browser' ? 2 : 1;
  const signInNow = async (refused?: string): Promise<Session> => await signIn({ options, host, refused });
  const renew = async (connection: Connection, before: Session): Promise<string> => {
    const session = await signInNow(connection.accessToken ?? before.accessToken);
    if (!isSameOrg(session.orgId, before.orgId)) {
      // The call that waits for the new session was meant for the old org; the next one signs in afresh.
      opened = undefined;
      throw orgChanged(host, session.orgId, before.orgId);
    }
    instanceUrl = session.instanceUrl;
    connection.instanceUrl = instanceUrl;
    opened = Promise.resolve({ session, connection });
    return session.accessToken;
  };
  const open = async (): Promise<{ session: Session; connection: Connection }> => {
    const session = await signInNow();
    instanceUrl = session.instanceUrl;
    const connection = new Connection({
      version: options.apiVersion,
      instanceUrl: session.instanceUrl,
      accessToken: session.accessToken,
      callOptions: { client: 'Tierlink' },
      refreshFn: (self, done) => {
        renew(self, session).then(
          (token) => done(null, token),
          (error: unknown) => {
            refused = error;
            done(error as Error);
          },
        );
      },
    });
    return { session, connection };
  };
  const opening = async (): Promise<{ session: Session; connection: Connection }> => {
    opened ??= open().catch((error: unknown) => {
      opened = undefined;
      throw error;
    });
    return await opened;
  };
  return {
    session: async () => (await opening()).session,
    instanceUrl: () => instanceUrl,
    send: async (request) => {
      const { connection } = await opening();
      try {
        return await sendOnce(connection, request, { timeoutMs: CALL_TIMEOUT_MS, renewals });
      } catch (error) {
        // jsforce wraps a refused renewal in an error of its own; ours says what to do.
        throw error instanceof Error && /^Unable to refresh session/.test(error.message) ? refused : error;
      }
    },
  };
}

function rawRequest(call: Call, options: SalesforceOptions, instanceUrl: string): RawRequest {
  const { body } = call;
  const isReady = typeof body === 'string' || Buffer.isBuffer(body);
  const base = call.path.startsWith('/services') ? '' : `/services/data/v${options.apiVersion}`;
  return {
    method: call.method,
    url: `${instanceUrl}${base}${call.path}`,
    headers: {
      accept: 'application/json',
      ...(body === undefined || isReady ? {} : { 'content-type': 'application/json; charset=UTF-8' }),
      ...call.headers,
    },
    ...(body === undefined ? {} : { body: isReady ? body : JSON.stringify(body) }),
  };
}

interface Heard {
  skewMs: number | null;
  used: number | null;
  max: number | null;
}

/** The Date header has whole seconds: the middle of that second is the best guess. */
function listen(heard: Heard, answer: Answer, now: number): void {
  const date = Date.parse(answer.headers.date ?? '');
  if (!Number.isNaN(date)) {
    const skew = date + 500 - now;
    heard.skewMs = Math.abs(skew) <= 500 ? 0 : skew;
  }
  const usage = /api-usage=(\d+)\/(\d+)/.exec(answer.headers['sforce-limit-info'] ?? '');
  if (usage === null) return;
  heard.used = Number(usage[1]);
  heard.max = Number(usage[2]);
}

/** QUERY_TIMEOUT goes to the caller, who asks for less. */
function rulesFor(call: Call, options: SalesforceOptions, host: ConnectorHost): RetryRules {
  return {
    host,
    retries: options.retries,
    turnedAway: (fault) => [420, 429, 503].includes(fault.status) || meaningOf(fault).code === 'CRM_BUSY',
    isUndone: () => false,
    isFinal: (fault) => fault.code === 'QUERY_TIMEOUT',
    errorOf: ({ fault }) =>
      faultError(fault, {
        connection: host.connection,
        now: host.now(),
        object: call.object,
        version: options.apiVersion,
      }),
  };
}

/** The path of a query with the statement percent-encoded. */
export function queryPath(soql: string, all = false): string {
  return `/${all ? 'queryAll' : 'query'}?q=${encodeURIComponent(soql)}`;
}
