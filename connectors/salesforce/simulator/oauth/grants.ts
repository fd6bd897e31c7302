/** What the token endpoint remembers: authorization codes, refresh tokens and the access tokens made from them. */

import { randomBytes } from 'node:crypto';
import type { TokenService } from '../tokens.ts';

const CODE_LIFE_MS = 15 * 60 * 1000;

export interface Grant {
  clientId: string;
  userId: string;
  scopes: string[];
}

export interface PendingCode extends Grant {
  redirectUri: string;
  /** S256 of the verifier, when the client sent one. */
  codeChallenge?: string | undefined;
}

export interface IssuedToken extends Grant {
  /** Epoch milliseconds. */
  issuedAt: number;
  refreshToken?: string | undefined;
}

export interface Grants {
  newCode(pending: PendingCode): string;
  /** Takes a code out: it can be used once, within 15 minutes. */
  takeCode(code: string): PendingCode | undefined;
  newRefreshToken(grant: Grant): string;
  refreshGrant(token: string): Grant | undefined;
  accessToken(grant: Grant, refreshToken?: string): { token: string; issuedAt: number };
  issued(token: string): IssuedToken | undefined;
  /** Ends a token; a refresh token takes the sessions made from it along. False when there is none such. */
  revoke(token: string): boolean;
  /** Puts a new refresh token in the place of one, whose sessions stay alive. */
  rotate(refreshToken: string): string;
  /**
   * Ends the refresh token that one which was rotated out has led to, and the sessions of them all.
   * https://help.salesforce.com/s/articleView?id=005316711&language=en_US&type=1
   */
  refuseReuse(refreshToken: string): void;
}

/** @param now epoch milliseconds of the org's clock */
export function createGrants(tokens: TokenService, now: () => number): Grants {
  const codes = new Map<string, PendingCode & { until: number }>();
  const refreshTokens = new Map<string, Grant>();
  /** Refresh tokens that were rotated out, with the one that came in their place. */
  const successors = new Map<string, string>();
  const access = new Map<string, IssuedToken>();
  const secret = (bytes: number) => randomBytes(bytes).toString('base64url');
  const endSession = (token: string) => {
    tokens.expire(token);
    return access.delete(token);
  };
  const endSessionsOf = (token: string) => {
    for (const [session, { refreshToken }] of access) if (refreshToken === token) endSession(session);
  };
  const newRefreshToken = (grant: Grant) => {
    const token = `5Aep861${secret(48)}`;
    refreshTokens.set(token, grant);
    return token;
  };
  return {
    newCode: (pending) => {
      const code = `aPrx${secret(48)}`;
      codes.set(code, { ...pending, until: now() + CODE_LIFE_MS });
      return code;
    },
    takeCode: (code) => {
      const pending = codes.get(code);
      codes.delete(code);
      return pending && pending.until > now() ? pending : undefined;
    },
    newRefreshToken,
    refreshGrant: (token) => refreshTokens.get(token),
    accessToken: (grant, refreshToken) => {
      const token = tokens.issue(grant.userId);
      const issuedAt = now();
      access.set(token, { ...grant, issuedAt, refreshToken });
      return { token, issuedAt };
    },
    issued: (token) => access.get(token),
    revoke: (token) => {
      if (refreshTokens.delete(token)) {
        endSessionsOf(token);
        return true;
      }
      const alive = tokens.userOf(token) !== undefined;
      endSession(token);
      return alive;
    },
    rotate: (refreshToken) => {
      const grant = refreshTokens.get(refreshToken);
      if (grant === undefined) throw new Error('only a refresh token that is good can be rotated');
      refreshTokens.delete(refreshToken);
      const fresh = newRefreshToken(grant);
      successors.set(refreshToken, fresh);
      return fresh;
    },
    refuseReuse: (refreshToken) => {
      for (let token: string | undefined = refreshToken; token !== undefined; token = successors.get(token)) {
        refreshTokens.delete(token);
        endSessionsOf(token);
      }
    },
  };
}
