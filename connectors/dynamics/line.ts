import type { DynamicsWebApi } from 'dynamics-web-api';
import { TierlinkError } from '../../src/errors.ts';
import type { ConnectorHost } from '../../src/sync/connector-manifest.ts';
import { CallFailed, type VendorFault } from '../shared/call-failed.ts';
import { pinGuard } from '../shared/pin-guard.ts';
import { type RetryRules, withRetries } from '../shared/retries.ts';
import { createSignIn } from './auth.ts';
import { faultError, isTimeout, isUndone, meaningOf, WINDOW_MS } from './errors.ts';
import type { DynamicsOptions } from './options.ts';
import { libraryFailure, libraryInstance } from './transport.ts';

/** What the budget, the guard, the retries and the errors have to know of a call. */
export interface CallFacts {
  /** What the budget books it under. */
  kind: string;
  /** Table named in errors. */
  table?: string | undefined;
  /** Whether doing it twice is the same as once. (Default: only GET) */
  repeatable?: boolean;
  /** The caller sends less at once where the whole took the database too long, as it would again. (Default: false) */
  splits?: boolean;
  /** Whether it may go to another org than the pinned one. (Default: false) */
  anyOrg?: boolean;
  signal?: AbortSignal | undefined;
}

/** A call as the log and the retries name it. */
export type NamedCall = CallFacts & { method: string; path: string };

/** Who is signed in, and where. */
export interface Session {
  orgId: string;
  userId: string;
  businessUnitId: string;
}

/** Sign-in, guard, budget, waiting and repeats: what every call has in common. */
export interface Line {
  session(anyOrg?: boolean): Promise<Session>;
  /**
   * Makes a call: on the pinned org, after everything that all calls wait for, booked before each attempt, with a new
   * token where the kept one is refused, and again where that is right.
   */
  run<T>(call: NamedCall, work: (token: string) => Promise<T>): Promise<T>;
  /** Told of a refusal inside an answer, as parts of a batch have it: what asks to be left alone holds up all calls. */
  heed(fault: VendorFault, retryAfterMs: number | undefined): void;
  /** The same for a request that dynamics-web-api writes and reads. */
  runLibrary<T>(call: NamedCall, work: (api: DynamicsWebApi) => Promise<T>): Promise<T>;
}

/**
 * Tokens say nothing about the org: they are for an address, behind which an environment can be exchanged. So the org is
 * asked for with each new token, and a pinned connection asks before it does anything else.
 */
export function createLine(options: DynamicsOptions, host: ConnectorHost): Line {
  const signIn = createSignIn(options, host);
  const gate = createGate(host);
  const guard = pinGuard(host, (one, other) => one.toLowerCase() === other.toLowerCase());
  let known: { token: string; session: Promise<Session> } | undefined;
  const attemptWith = async <T>(call: CallFacts, token: string, work: (token: string) => Promise<T>) => {
    await gate.pass(call.signal);
    await host.spend(1, call.kind);
    try {
      return await work(token);
    } catch (error) {
      if (error instanceof CallFailed) gate.heed(error);
      throw error;
    }
  };
  const attempt = async <T>(call: CallFacts, work: (token: string) => Promise<T>): Promise<T> => {
    call.signal?.throwIfAborted();
    if (call.anyOrg !== true) await guard(async () => (await session()).orgId);
    const kept = await signIn.token();
    try {
      return await attemptWith(call, kept, work);
    } catch (error) {
      if (!(error instanceof CallFailed) || error.fault.status !== 401) throw error;
      const token = await signIn.token(kept);
      if (call.anyOrg !== true) await guard(async () => (await session()).orgId);
      return await attemptWith(call, token, work);
    }
  };
  const line: Line = {
    session: async (anyOrg = false) => {
      const found = await session();
      if (!anyOrg) await guard(async () => found.orgId);
      return found;
    },
    run: async (call, work) =>
      await withRetries(call, async () => await attempt(call, work), rulesFor(call, { options, host, gate })),
    heed: (fault, retryAfterMs) => gate.heed(new CallFailed(fault, retryAfterMs)),
    runLibrary: async (call, work) =>
      await line.run(call, async (token) => {
        const api = await libraryInstance(options, token);
        return await work(api).catch((error: unknown) => {
          throw libraryFailure(error);
        });
      }),
  };
  const session = async (): Promise<Session> => {
    const token = await signIn.token();
    if (known?.token !== token) {
      const asked = whoAmI(line);
      known = { token, session: asked };
      asked.catch(() => {
        if (known?.session === asked) known = undefined;
      });
    }
    return await known.session;
  };
  return line;
}

interface WhoAmIAnswer {
  OrganizationId: string;
  UserId: string;
  BusinessUnitId: string;
}

async function whoAmI(line: Line): Promise<Session> {
  const call = { kind: 'other', anyOrg: true, method: 'GET', path: 'WhoAmI' };
  const who = await line.runLibrary(
    call,
    async (api) => await api.callFunction<WhoAmIAnswer>({ functionName: 'WhoAmI' }),
  );
  return { orgId: who.OrganizationId, userId: who.UserId, businessUnitId: who.BusinessUnitId };
}

interface Gate {
  /** Waits until calls are taken again. Throws CRM_QUOTA where that is longer than a call may wait. */
  pass(signal: AbortSignal | undefined): Promise<void>;
  /** Closes for everybody for as long as a refusal says: the platform counts per user, not per request. */
  heed(failed: CallFailed): void;
  isClosed(): boolean;
}

function createGate(host: ConnectorHost): Gate {
  let closedUntil = 0;
  return {
    heed: ({ fault, retryAfterMs = 0 }) => {
      if (fault.status === 429) closedUntil = Math.max(closedUntil, host.now() + retryAfterMs);
    },
    isClosed: () => closedUntil > host.now(),
    pass: async (signal) => {
      for (let until = closedUntil; until > host.now(); until = closedUntil) {
        const waitMs = until - host.now();
        if (waitMs > WINDOW_MS) throw quotaError(host, until);
        await host.sleep(waitMs, signal);
        signal?.throwIfAborted();
        if (closedUntil === until) closedUntil = 0;
      }
    },
  };
}

function quotaError(host: ConnectorHost, retryAt: number): TierlinkError {
  const reason = 'the platform asked to be left alone for longer than a call can wait';
  const until = new Date(retryAt).toISOString();
  return new TierlinkError('CRM_QUOTA', { connection: host.connection, reason, until }, { retryAt });
}

/**
 * 429 and 503 mean that nothing was done. How long a 429 asks to wait is the gate's business; one that asks for longer
 * than the window of the limits ends the call with the time at which to come back.
 */
function rulesFor(
  call: CallFacts,
  { options, host, gate }: { options: DynamicsOptions; host: ConnectorHost; gate: Gate },
): RetryRules {
  return {
    host,
    retries: options.retries,
    turnedAway: (fault) => [429, 503].includes(fault.status) || meaningOf(fault).retry === 'backoff',
    isUndone,
    isFinal: (fault, retryAfterMs) =>
      fault.status === 412 ||
      (fault.status === 429 && (retryAfterMs ?? 0) > WINDOW_MS) ||
      (call.splits === true && isTimeout(fault)),
    wait: async (ms, signal) => {
      if (!gate.isClosed()) await host.sleep(ms, signal);
    },
    errorOf: ({ fault, retryAfterMs }) =>
      faultError(fault, {
        connection: host.connection,
        now: host.now(),
        table: call.table,
        version: options.apiVersion,
        retryAfterMs,
      }),
  };
}
