import { createHash, generateKeyPairSync, type JsonWebKey, randomUUID, sign } from 'node:crypto';

/** Access tokens that are valid now. */
export interface TokenService {
  /** A token for an application user; `lifeMs` from now. (Default: an hour) */
  issue(userId: string, lifeMs?: number): string;
  /** The user of a valid token. */
  userOf(token: string): string | undefined;
  /** Ends one token, or all. */
  expire(token: string | 'all'): void;
  /** The public key that signs them. */
  publicKey(): JsonWebKey;
}

/** Tokens are those of the platform: signed claims. What is given out here is valid, whatever a client makes of them. */
export function createTokens(options: { now(): number; audience(): string; tenantId: string }): TokenService {
  const known = new Map<string, { userId: string; until: number }>();
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const jwk = publicKey.export({ format: 'jwk' });
  const kid = createHash('sha1').update(String(jwk.n)).digest('base64url');
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  return {
    issue: (userId, lifeMs = 3_600_000) => {
      const until = options.now() + lifeMs;
      const claims = {
        aud: options.audience(),
        iss: `https://sts.windows.net/${options.tenantId}/`,
        oid: userId,
        tid: options.tenantId,
        nbf: Math.floor(options.now() / 1000),
        exp: Math.floor(until / 1000),
        // Two of one second are two.
        uti: randomUUID(),
      };
      const head = part({ typ: 'JWT', alg: 'RS256', kid });
      const said = `${head}.${part(claims)}`;
      const token = `${said}.${sign('RSA-SHA256', Buffer.from(said), privateKey).toString('base64url')}`;
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
    publicKey: () => ({ ...jwk, kid, use: 'sig', alg: 'RS256' }),
  };
}
