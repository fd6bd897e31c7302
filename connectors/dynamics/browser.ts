import { createHash, randomBytes } from 'node:crypto';
import type { BrowserSignIn } from '../../src/sync/browser-sign-in.ts';
import { keptText, publicApplication } from './kept-sign-in.ts';
import { scopesOf, signInError } from './msal.ts';
import { readOptions } from './options.ts';

/** Authorization code with PKCE, of a public client. https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow */
export const browser: BrowserSignIn = {
  begin: async (given, { connection, redirectUri, state }) => {
    const options = readOptions(given, connection);
    const verifier = randomBytes(32).toString('base64url');
    const application = await publicApplication(options);
    const asked = { scopes: scopesOf(options), redirectUri };
    const explained = async <T>(work: Promise<T>): Promise<T> =>
      await work.catch((error: unknown) => {
        throw signInError(error, options, connection);
      });
    const address = await explained(
      application.getAuthCodeUrl({
        ...asked,
        state,
        codeChallenge: createHash('sha256').update(verifier).digest('base64url'),
        codeChallengeMethod: 'S256',
        // Whose session it is decides what will be seen.
        prompt: 'select_account',
      }),
    );
    const exchange = async (code: string): Promise<string> => {
      await explained(application.acquireTokenByCode({ ...asked, code, codeVerifier: verifier }));
      return keptText(options, application);
    };
    // Entra ends all sessions of a user or none; a token that nobody has ends by itself.
    return { address, exchange, end: null };
  },
};
