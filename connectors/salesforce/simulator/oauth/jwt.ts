/** The JWT bearer grant: checks an assertion and tells whose it is. */

import { createPublicKey } from 'node:crypto';
import { compactVerify, decodeJwt } from 'jose';
import type { AppRegistry, RegisteredApp } from './apps.ts';
import { oauthProblems } from './problems.ts';

/** An assertion must end within this time. */
const MAX_AHEAD_MS = 5 * 60 * 1000;
/** Larger numbers than this can only be milliseconds: as seconds they lie thousands of years ahead. */
const SECONDS_LIMIT = 100_000_000_000;

export interface JwtCheck {
  apps: AppRegistry;
  /** Audiences that this org answers to. */
  audiences: string[];
  /** The time of the client's world, epoch milliseconds: assertions are signed by it, not by the org's clock. */
  nowMs: number;
  /** Ids of assertions already used, with the instant after which they can be forgotten. */
  usedIds: Map<string, number>;
}

interface Claims {
  iss?: unknown;
  sub?: unknown;
  aud?: unknown;
  exp?: unknown;
  jti?: unknown;
}

async function claimsBy(key: string, assertion: string): Promise<Claims | undefined> {
  try {
    const { payload } = await compactVerify(assertion, createPublicKey(key), { algorithms: ['RS256'] });
    return JSON.parse(new TextDecoder().decode(payload)) as Claims;
  } catch {
    return undefined;
  }
}

/** The claims, when any of the app's keys has signed them. The certificate goes first: it need not be made. */
async function verifiedClaims(assertion: string, app: RegisteredApp): Promise<Claims> {
  const byCertificate = app.certificate && (await claimsBy(app.certificate, assertion));
  const claims = byCertificate || (app.publicKey && (await claimsBy(app.publicKey, assertion)));
  if (!claims) throw oauthProblems.assertion();
  return claims;
}

function issuerOf(assertion: string): unknown {
  try {
    return decodeJwt(assertion).iss;
  } catch {
    throw oauthProblems.assertion();
  }
}

/** Some clients write the number as a text. */
function checkExpiry(claimed: unknown, nowMs: number): number {
  const exp = typeof claimed === 'string' && claimed !== '' ? Number(claimed) : claimed;
  if (typeof exp !== 'number' || Number.isNaN(exp)) throw oauthProblems.assertion();
  const expiresAt = exp > SECONDS_LIMIT ? exp : exp * 1000;
  if (expiresAt <= nowMs || expiresAt > nowMs + MAX_AHEAD_MS) throw oauthProblems.assertion();
  return expiresAt;
}

function checkReplay(jti: unknown, expiresAt: number, { usedIds, nowMs }: JwtCheck): void {
  for (const [id, until] of usedIds) if (until <= nowMs) usedIds.delete(id);
  if (typeof jti !== 'string') return;
  if (usedIds.has(jti)) throw oauthProblems.assertion();
  usedIds.set(jti, expiresAt);
}

/**
 * The app and the username of an assertion.
 * @throws OauthError invalid_client_id, or invalid_grant for signature, audience, expiry or replay
 */
export async function checkAssertion(
  assertion: string,
  check: JwtCheck,
): Promise<{ app: RegisteredApp; username: string }> {
  const app = check.apps.find(String(issuerOf(assertion)));
  if (!app) throw oauthProblems.clientId();
  const claims = await verifiedClaims(assertion, app);
  const audiences = Array.isArray(claims.aud) ? claims.aud : [claims.aud];
  if (!audiences.some((audience) => check.audiences.includes(String(audience))))
    throw oauthProblems.audience();
  const expiresAt = checkExpiry(claims.exp, check.nowMs);
  if (typeof claims.sub !== 'string') throw oauthProblems.assertion();
  checkReplay(claims.jti, expiresAt, check);
  return { app, username: claims.sub };
}
