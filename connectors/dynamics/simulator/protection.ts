import { DataverseError } from './errors.ts';

/**
 * Service protection: what one user may ask for within five minutes. Only one server answers here; a real environment may
 * have several, each with limits of its own.
 * https://learn.microsoft.com/power-apps/developer/data-platform/api-limits
 */
export type LimitKind = 'requests' | 'time' | 'concurrency';

export interface ProtectionLimits {
  /** (Default: 6,000) */
  requests: number;
  /** Milliseconds of execution. (Default: 1,200,000) */
  executionMs: number;
  /** Requests of one user that may be under way at once. (Default: 52) */
  concurrency: number;
  /** The sliding window. (Default: 300,000) */
  windowMs: number;
  /** Epoch milliseconds. (Default: the machine's clock, since clients wait by theirs) */
  now(): number;
}

export interface Protection {
  /** A request of a user has come in; it is under way until it is answered. */
  begin(userId: string): UnderWay;
  /**
   * Counts a request of a user; throws 429 where it is one too many, which counts too and so prolongs the wait. What is
   * answered takes what the request took, in milliseconds.
   */
  admit(userId: string, underWay?: UnderWay): (executionMs: number) => void;
  /** What is left, as the headers of every answer tell it. */
  headers(userId: string): Record<string, string>;
}

/** A request that is being answered. */
export interface UnderWay {
  /** Whether there were too many already when it came. */
  isTooMany: boolean;
  end(): void;
}

/** Requests of one user in the window, oldest first, and what they took together. */
interface Spending {
  uses: { at: number; executionMs: number }[];
  executionMs: number;
}

/** Requests under way end soon; no documentation says how long the platform asks to wait for that. */
const soonSeconds = 1;

const defaults: ProtectionLimits = {
  requests: 6000,
  concurrency: 52,
  executionMs: 1_200_000,
  windowMs: 300_000,
  now: () => Date.now(),
};

export function createProtection(given: Partial<ProtectionLimits> = {}): Protection {
  const limits = { ...defaults, ...given };
  const users = new Map<string, Spending>();
  const recent = (userId: string): Spending => {
    const spending = users.get(userId) ?? { uses: [], executionMs: 0 };
    users.set(userId, spending);
    const from = limits.now() - limits.windowMs;
    const first = spending.uses.findIndex(({ at }) => at > from);
    const left = spending.uses.splice(0, first === -1 ? spending.uses.length : first);
    for (const { executionMs } of left) spending.executionMs -= executionMs;
    return spending;
  };
  const underWay = new Map<string, number>();
  const secondsUntilFree = (at: number): number => Math.ceil((at + limits.windowMs - limits.now()) / 1000);
  return {
    begin: (userId) => {
      const count = (underWay.get(userId) ?? 0) + 1;
      underWay.set(userId, count);
      return {
        isTooMany: count > limits.concurrency,
        end: () => void underWay.set(userId, (underWay.get(userId) ?? 1) - 1),
      };
    },
    admit: (userId, request) => {
      if (request?.isTooMany === true) throw throttled('concurrency', soonSeconds, limits);
      const { uses, executionMs } = recent(userId);
      const use = { at: limits.now(), executionMs: 0 };
      uses.push(use);
      if (uses.length > limits.requests)
        throw throttled('requests', secondsUntilFree(uses.at(-limits.requests)!.at), limits);
      if (executionMs > limits.executionMs)
        throw throttled(
          'time',
          secondsUntilFree(lastToLeave(uses, executionMs - limits.executionMs)),
          limits,
        );
      return (tookMs) => {
        const spending = recent(userId);
        // What has left the window counts no more.
        if (use.at <= limits.now() - limits.windowMs) return;
        use.executionMs += tookMs;
        spending.executionMs += tookMs;
      };
    },
    headers: (userId) => {
      const { uses, executionMs } = recent(userId);
      const seconds = Math.max(0, limits.executionMs - executionMs) / 1000;
      return {
        'x-ms-ratelimit-burst-remaining-xrm-requests': String(Math.max(0, limits.requests - uses.length)),
        'x-ms-ratelimit-time-remaining-xrm-requests': seconds.toLocaleString('en-US', {
          minimumFractionDigits: 2,
          maximumFractionDigits: 2,
        }),
      };
    },
  };
}

/** When the use was whose leaving brings the others down by so much. */
function lastToLeave(uses: Spending['uses'], tooMuchMs: number): number {
  let left = tooMuchMs;
  const last = uses.find(({ executionMs }) => {
    left -= executionMs;
    return left <= 0;
  });
  return (last ?? uses[0]!).at;
}

/** -2147015902, -2147015903 and -2147015898. */
const codes: Readonly<Record<LimitKind, string>> = {
  requests: '0x80072322',
  time: '0x80072321',
  concurrency: '0x80072326',
};

/** The refusal of a request that is too many. */
export function throttled(
  kind: LimitKind,
  retryAfterSeconds: number,
  limits: Partial<ProtectionLimits> = {},
): DataverseError {
  const { requests, executionMs, windowMs, concurrency } = { ...defaults, ...limits };
  const span = `over time window of ${windowMs / 1000} seconds.`;
  const messages: Record<LimitKind, string> = {
    requests: `Number of requests exceeded the limit of ${requests} ${span}`,
    time: `Combined execution time of incoming requests exceeded limit of ${executionMs.toLocaleString('en-US')} milliseconds ${span} Decrease number of concurrent requests or reduce the duration of requests and try again later.`,
    concurrency: `Number of concurrent requests exceeded the limit of ${concurrency}.`,
  };
  return new DataverseError(429, codes[kind], messages[kind], { 'Retry-After': String(retryAfterSeconds) });
}
