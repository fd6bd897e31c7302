import { createHash, randomBytes, randomUUID } from 'node:crypto';
import type { EntraApp } from './apps.ts';
import { entraProblems } from './problems.ts';

/** A person of the tenant who can sign in. */
export interface TenantUser {
  /** Of the user in the environment, and of its object in the tenant. */
  id: string;
  /** user@contoso.example */
  name: string;
}

/** What a person allowed an app. */
export interface UserGrant {
  clientId: string;
  user: TenantUser;
  /** As asked for, with the resource's own among them. */
  scopes: readonly string[];
  nonce?: string | undefined;
}

/** What the verifier has to fit, and how it is made of it. */
export interface Challenge {
  text: string;
  method: 'plain' | 'S256';
}

export interface PendingCode extends UserGrant {
  redirectUri: string;
  /** When the client sent one. */
  challenge?: Challenge | undefined;
}

/** Codes and refresh tokens that were given out. */
export interface UserGrants {
  newCode(pending: PendingCode): string;
  /** Takes a code for the app that proves that it is its own. Throws EntraError. */
  redeem(app: EntraApp, proof: CodeProof): UserGrant;
  newRefreshToken(grant: UserGrant): string;
  /** The grant behind a refresh token; it stays good after use, as the platform has it. Throws EntraError. */
  refresh(app: EntraApp, token: string | undefined): UserGrant;
  /** Ends all refresh tokens, as an administrator does who revokes sessions. */
  revokeAll(): void;
}

export interface CodeProof {
  code: string | undefined;
  redirectUri: string | undefined;
  verifier: string | undefined;
}

/** https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow: codes end after about ten minutes. */
const CODE_LIFE_MS = 10 * 60_000;

/** @param now epoch milliseconds */
export function createUserGrants(now: () => number): UserGrants {
  const codes = new Map<string, PendingCode & { until: number; isUsed: boolean }>();
  const refreshTokens = new Map<string, UserGrant & { isRevoked: boolean }>();
  return {
    newCode: (pending) => {
      const code = `1.A${randomBytes(96).toString('base64url')}`;
      codes.set(code, { ...pending, until: now() + CODE_LIFE_MS, isUsed: false });
      return code;
    },
    redeem: (app, { code, redirectUri, verifier }) => {
      if (!code) throw entraProblems.missing('code');
      const pending = codes.get(code);
      if (pending === undefined || pending.clientId !== app.clientId) throw entraProblems.malformed();
      if (pending.isUsed) throw entraProblems.codeUsed();
      if (pending.until <= now()) throw entraProblems.codeExpired();
      if (redirectUri !== pending.redirectUri) throw entraProblems.codeRedirectUri();
      pending.isUsed = true;
      if (pending.challenge !== undefined && !fits(pending.challenge, verifier ?? ''))
        throw entraProblems.verifier();
      return pending;
    },
    newRefreshToken: (grant) => {
      const token = `1.A${randomBytes(192).toString('base64url')}.${randomUUID()}`;
      refreshTokens.set(token, { ...grant, isRevoked: false });
      return token;
    },
    refresh: (app, token) => {
      if (!token) throw entraProblems.missing('refresh_token');
      const grant = refreshTokens.get(token);
      if (grant === undefined || grant.clientId !== app.clientId) throw entraProblems.malformed();
      if (grant.isRevoked) throw entraProblems.revoked();
      return grant;
    },
    revokeAll: () => {
      for (const grant of refreshTokens.values()) grant.isRevoked = true;
    },
  };
}

/** Who it is, as clients of Microsoft keep it beside a token. */
export function clientInfo({ id }: TenantUser, tenantId: string): string {
  return Buffer.from(JSON.stringify({ uid: id, utid: tenantId })).toString('base64url');
}

function fits({ text, method }: Challenge, verifier: string): boolean {
  return text === (method === 'plain' ? verifier : createHash('sha256').update(verifier).digest('base64url'));
}
