import { createHash, randomBytes } from 'node:crypto';
import { TierlinkError } from '../../src/errors.ts';
import type { BrowserRequest, BrowserSignIn } from '../../src/sync/browser-sign-in.ts';
import { keptText, refreshTokenIn } from './kept-session.ts';
import { readOptions, type SalesforceOptions } from './options.ts';
import { requestTokens, revokeToken } from './token-request.ts';

/** What we ask for: the API, and to come back without the person. */
const SCOPE = 'api refresh_token';

/** The web server flow with PKCE. https://help.salesforce.com/s/articleView?id=xcloud.remoteaccess_oauth_web_server_flow.htm */
export const browser: BrowserSignIn = {
  begin: async (given, request) => {
    const options = readOptions(given, request.connection);
    const verifier = randomBytes(32).toString('base64url');
    return {
      address: authorizeAddress(options, request, verifier),
      exchange: async (code) => await exchange(options, request, { code, code_verifier: verifier }),
      end: async (kept) => await revokeToken(options, refreshTokenIn(kept)),
    };
  },
};

/** Asks for the user even where the browser has a session: whose it is decides what will be seen. */
function authorizeAddress(options: SalesforceOptions, request: BrowserRequest, verifier: string): string {
  const parameters = new URLSearchParams({
    response_type: 'code',
    client_id: options.clientId,
    redirect_uri: request.redirectUri,
    scope: SCOPE,
    state: request.state,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    prompt: 'login',
  });
  return `${options.loginUrl}/services/oauth2/authorize?${parameters}`;
}

async function exchange(
  options: SalesforceOptions,
  { connection, redirectUri }: BrowserRequest,
  proof: { code: string; code_verifier: string },
): Promise<string> {
  const grant = { grant_type: 'authorization_code', redirect_uri: redirectUri, ...proof };
  const granted = await requestTokens(options, connection, grant);
  if (granted.refreshToken !== undefined) return keptText(options, granted);
  const reason =
    'the app gives no refresh token; it needs the scope "Perform requests at any time (refresh_token, offline_access)"';
  throw new TierlinkError('CRM_SIGN_IN', { connection, reason });
}
