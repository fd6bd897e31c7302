import { createHash, generateKeyPairSync, type JsonWebKey, randomUUID, sign } from 'node:crypto';

/** The id of a user, or an app, which is whoever stands for it in the environment when it calls. */
export type Subject = string | { appId: string };

/** Access tokens that are valid now. */
export interface TokenService {
  /** A token for a user, or for an app; `lifeMs` from now. (Default: an hour) */
  issue(subject: Subject, lifeMs?: number): string;
  /** Whose a token is that is valid now, here. */
  subjectOf(token: string): Subject | undefined;
  /** Ends one token, or all. */
  expire(token: string | 'all'): void;
  /** Claims signed as those of a token are, for what says who somebody is. */
  signClaims(claims: Readonly<Record<string, unknown>>): string;
  /** The public key that signs them. */
  publicKey(): JsonWebKey;
}

/** Tokens are those of the platform: signed claims. What is given out here is valid, whatever a client makes of them. */
export function createTokens(options: { now(): number; audience(): string; tenantId: string }): TokenService {
  const known = new Map<string, { subject: Subject; until: number }>();
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const jwk = publicKey.export({ format: 'jwk' });
  const kid = createHash('sha1').update(String(jwk.n)).digest('base64url');
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signClaims = (claims: Readonly<Record<string, unknown>>): string => {
    const said = `${part({ typ: 'JWT', alg: 'RS256', kid })}.${part(claims)}`;
    return `${said}.${sign('RSA-SHA256', Buffer.from(said), privateKey).toString('base64url')}`;
  };
  return {
    signClaims,
    issue: (subject, lifeMs = 3_600_000) => {
      const until = options.now() + lifeMs;
      const claims = {
        aud: options.audience(),
        iss: `https://sts.windows.net/${options.tenantId}/`,
        ...(typeof subject === 'string' ? { oid: subject } : { appid: subject.appId, appidacr: '1' }),
        tid: options.tenantId,
        nbf: Math.floor(options.now() / 1000),
        exp: Math.floor(until / 1000),
        // Two of one second are two.
        uti: randomUUID(),
      };
      const token = signClaims(claims);
      known.set(token, { subject, until });
      return token;
    },
    subjectOf: (token) => {
      const found = known.get(token);
      if (found === undefined) return undefined;
      if (found.until > options.now()) return found.subject;
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
