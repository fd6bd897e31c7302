import { randomBytes } from 'node:crypto';

/** Access tokens that are valid now. */
export interface TokenService {
  /** A token for an application user; `lifeMs` from now. (Default: an hour) */
  issue(userId: string, lifeMs?: number): string;
  /** The user of a valid token. */
  userOf(token: string): string | undefined;
  /** Ends one token, or all. */
  expire(token: string | 'all'): void;
}

/** Tokens look as those of the platform do: three parts of base64url, the middle one readable claims. */
export function createTokens(options: { now(): number; audience(): string; tenantId: string }): TokenService {
  const known = new Map<string, { userId: string; until: number }>();
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  return {
    issue: (userId, lifeMs = 3_600_000) => {
      const until = options.now() + lifeMs;
      const claims = {
        aud: options.audience(),
        iss: `https://sts.windows.net/${options.tenantId}/`,
        oid: userId,
        tid: options.tenantId,
        exp: Math.floor(until / 1000),
      };
      const head = part({ typ: 'JWT', alg: 'RS256' });
      const token = `${head}.${part(claims)}.${randomBytes(32).toString('base64url')}`;
      known.set(token, { userId, until });
      return token;
    },
    userOf: (token) => {
      const found = known.get(token);
      if (found === undefined) return undefined;
      if (found.until > options.now()) return found.userId;
      known.delete(token);
      return undefined;
    },
    expire: (token) => {
      if (token === 'all') known.clear();
      else known.delete(token);
    },
  };
}
