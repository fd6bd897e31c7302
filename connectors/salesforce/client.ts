import { Connection } from 'jsforce/lib/connection.js';
import { TierlinkError } from '../../src/errors.ts';
import type { ConnectorHost } from '../../src/sync/connector-manifest.ts';
import { type Session, signIn } from './auth.ts';
import { faultError, meaningOf, type VendorFault } from './errors.ts';
import type { SalesforceOptions } from './options.ts';
import { type Answer, CallFailed, type RawRequest, sendOnce } from './transport.ts';

export interface Call {
  method: RawRequest['method'];
  /** Below /services/data/vNN.N, or an absolute path starting with /services. */
  path: string;
  /** What the budget books it under. */
  kind: string;
  /** An object is sent as JSON, text as it is. */
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
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;
const NEVER_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'ENETUNREACH', 'EHOSTUNREACH']);

export function createClient(options: SalesforceOptions, host: ConnectorHost): Client {
  const line = createLine(options, host);
  const heard: Heard = { skewMs: null, used: null, max: null };
  const requirePinned = pinGuard(host);
  const attempt = async (call: Call): Promise<Answer> => {
    call.signal?.throwIfAborted();
    const session = await line.session();
    if (call.anyOrg !== true) await requirePinned(session);
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
    send: async (call) => await withRetries(call, attempt, { options, host }),
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

function orgChanged({ connection }: ConnectorHost, found: string, pinned: string): TierlinkError {
  return new TierlinkError('SYNC_ORG_CHANGED', { connection, found, pinned });
}

/** Throws SYNC_ORG_CHANGED for a session on another org than the pinned one; asks once for each org. */
function pinGuard(host: ConnectorHost): (session: Session) => Promise<void> {
  let confirmed: string | undefined;
  return async ({ orgId }) => {
    if (orgId === confirmed) return;
    const pinned = await host.pinnedOrg();
    if (pinned === null) return;
    if (!isSameOrg(pinned, orgId)) throw orgChanged(host, orgId, pinned);
    confirmed = orgId;
  };
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
  const renew = async (connection: Connection, before: Session): Promise<string> => {
    const session = await signIn(options, host.connection, host.now());
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
    const session = await signIn(options, host.connection, host.now());
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
        return await sendOnce(connection, request, CALL_TIMEOUT_MS);
      } catch (error) {
        // jsforce wraps a refused renewal in an error of its own; ours says what to do.
        throw error instanceof Error && /^Unable to refresh session/.test(error.message) ? refused : error;
      }
    },
  };
}

function rawRequest(call: Call, options: SalesforceOptions, instanceUrl: string): RawRequest {
  const isText = typeof call.body === 'string';
  const base = call.path.startsWith('/services') ? '' : `/services/data/v${options.apiVersion}`;
  return {
    method: call.method,
    url: `${instanceUrl}${base}${call.path}`,
    headers: {
      accept: 'application/json',
      ...(call.body === undefined || isText ? {} : { 'content-type': 'application/json; charset=UTF-8' }),
      ...call.headers,
    },
    ...(call.body === undefined ? {} : { body: isText ? String(call.body) : JSON.stringify(call.body) }),
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

interface Surroundings {
  options: SalesforceOptions;
  host: ConnectorHost;
}

/** What to do after a failed attempt. */
type Verdict = 'again' | 'give-up' | 'unknown';

async function withRetries(
  call: Call,
  attempt: (call: Call) => Promise<Answer>,
  around: Surroundings,
): Promise<Answer> {
  for (let tries = 0; ; tries += 1) {
    try {
      return await attempt(call);
    } catch (error) {
      if (error instanceof TierlinkError || call.signal?.aborted === true) throw error;
      const failed = asCallFailed(error);
      const verdict = judge(call, failed);
      if (verdict === 'unknown') throw lostAnswer(failed, around.host);
      if (verdict === 'give-up' || tries >= around.options.retries) throw finalError(call, failed, around);
      const waitMs = failed.retryAfterMs ?? backOff(tries, around.host.random());
      around.host.log('debug', 'a call is tried again', { code: failed.fault.code, path: call.path, waitMs });
      await around.host.sleep(waitMs, call.signal);
    }
  }
}

function asCallFailed(error: unknown): CallFailed {
  if (error instanceof CallFailed) return error;
  const { code, message } = error as { code?: string; message?: string };
  const fault = { code: code ?? 'NO_ANSWER', message: message ?? String(error), fields: [], status: 0 };
  return new CallFailed(fault, undefined, error);
}

/**
 * A request that never reached the platform, or that it turned away (420, 429, 503, too many at once), was not
 * executed and may be repeated whatever it is. After a broken connection or an inner error of the platform nobody
 * knows; only what is harmless to do twice is repeated then. QUERY_TIMEOUT goes to the caller, who asks for less.
 */
function judge(call: Call, { fault }: CallFailed): Verdict {
  if (fault.code === 'QUERY_TIMEOUT') return 'give-up';
  const turnedAway = [420, 429, 503].includes(fault.status) || meaningOf(fault).code === 'CRM_BUSY';
  const inDoubt = fault.status === 0 ? !NEVER_SENT.has(fault.code) : [500, 502, 504].includes(fault.status);
  if (inDoubt) return (call.repeatable ?? call.method === 'GET') ? 'again' : 'unknown';
  return turnedAway || fault.status === 0 ? 'again' : 'give-up';
}

/** Doubling waits with jitter over their upper half, so that many clients do not come back at once. */
export function backOff(tries: number, random: number): number {
  const full = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** tries);
  return Math.round(full * (0.5 + random / 2));
}

function lostAnswer({ fault }: CallFailed, host: ConnectorHost): TierlinkError {
  return new TierlinkError('CRM_OUTCOME_UNKNOWN', { connection: host.connection }, { cause: fault });
}

function finalError(call: Call, { fault }: CallFailed, { options, host }: Surroundings): TierlinkError {
  return faultError(fault, {
    connection: host.connection,
    now: host.now(),
    object: call.object,
    version: options.apiVersion,
  });
}

/** The platform's own fault behind an error, if it gave one. */
export function faultOf(error: unknown): VendorFault | undefined {
  const cause = error instanceof TierlinkError ? error.cause : undefined;
  return typeof cause === 'object' && cause !== null && 'code' in cause && 'status' in cause
    ? (cause as VendorFault)
    : undefined;
}

/** The path of a query with the statement percent-encoded. */
export function queryPath(soql: string, all = false): string {
  return `/${all ? 'queryAll' : 'query'}?q=${encodeURIComponent(soql)}`;
}
