import { randomBytes } from 'node:crypto';
import type { Caller } from './types.ts';

/** Session ids of the org: shaped `00D…!…`, as clients check that shape. */
export interface TokenService {
  /** A new access token for a user id. */
  issue(userId: string): string;
  /** The caller behind a token, or undefined when it is unknown, expired or revoked. */
  verify(token: string): Caller | undefined;
  /** The user behind a live token. */
  userOf(token: string): string | undefined;
  /** Ends one session, or all of them. */
  expire(token: string | 'all'): void;
}

export interface TokenOptions {
  orgId15: string;
  callerFor(userId: string): Caller | undefined;
  now(): number;
  /** Idle life of a session, sliding. (Default: two hours.) */
  idleMs?: number;
}

/** Keeps sessions in memory; a session slides on use and ends after `idleMs` of silence. */
export function createTokenService(options: TokenOptions): TokenService {
  const idleMs = options.idleMs ?? 2 * 60 * 60 * 1000;
  const sessions = new Map<string, { userId: string; seenAt: number }>();
  const live = (token: string): { userId: string; seenAt: number } | undefined => {
    const session = sessions.get(token);
    if (session === undefined) return undefined;
    if (options.now() - session.seenAt <= idleMs) return session;
    sessions.delete(token);
    return undefined;
  };
  return {
    issue: (userId) => {
      const token = `${options.orgId15}!AQ${randomBytes(48).toString('base64url')}`;
      sessions.set(token, { userId, seenAt: options.now() });
      return token;
    },
    verify: (token) => {
      const session = live(token);
      if (session === undefined) return undefined;
      session.seenAt = options.now();
      return options.callerFor(session.userId);
    },
    userOf: (token) => live(token)?.userId,
    expire: (token) => {
      if (token === 'all') sessions.clear();
      else sessions.delete(token);
    },
  };
}
