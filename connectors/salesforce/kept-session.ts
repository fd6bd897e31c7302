import { z } from 'zod';
import type { ConnectorHost } from '../../src/sync/connector-manifest.ts';
import { openSignInFile } from '../../src/sync/sign-in-file.ts';
import type { SalesforceOptions } from './options.ts';
import { type Granted, requestTokens, type Session } from './token-request.ts';

/** What the sign-in file holds, as JSON. */
const keptSchema = z.strictObject({
  /** Of which app at which address it is: a token is good for no other. */
  loginUrl: z.string(),
  clientId: z.string(),
  refreshToken: z.string().min(1),
  session: z.strictObject({
    accessToken: z.string().min(1),
    instanceUrl: z.url(),
    orgId: z.string().min(1),
    userId: z.string().min(1),
  }),
});

/** The text of a sign-in file. */
export function keptText(
  { loginUrl, clientId }: SalesforceOptions,
  { session, refreshToken }: Granted,
): string {
  return `${JSON.stringify({ loginUrl, clientId, refreshToken, session }, null, 2)}\n`;
}

/** Of the text that keptText() made. */
export function refreshTokenIn(text: string): string {
  return keptIn(text).refreshToken;
}

/**
 * The session that processes share through the sign-in file; one that was refused is renewed, once for all of them. Sharing it
 * spares an app that rotates refresh tokens a new one with every command, and with it the moment in which a process that is
 * killed between the answer and the file takes the only good one with it: it is as long as one write.
 *
 * @param refused the access token that the org no longer takes
 * @throws as signIn() does
 */
export async function keptSession(
  options: SalesforceOptions,
  { connection, log }: Pick<ConnectorHost, 'connection' | 'log'>,
  refused: string | undefined,
): Promise<Session> {
  const place = { file: options.signInFile ?? '', connection };
  const file = openSignInFile(place, { problemOf: (text) => problemOf(text, options), log });
  const { session } = keptIn(await file.read());
  if (session.accessToken !== refused) return session;
  return await file.renew(async (text, keep) => {
    const kept = keptIn(text);
    // Another process was faster.
    if (kept.session.accessToken !== refused) return kept.session;
    const grant = { grant_type: 'refresh_token', refresh_token: kept.refreshToken };
    const granted = await requestTokens(options, connection, grant);
    keep(keptText(options, { ...granted, refreshToken: granted.refreshToken ?? kept.refreshToken }));
    return granted.session;
  });
}

function problemOf(text: string, options: SalesforceOptions): string | null {
  const kept = keptSchema.safeParse(jsonOf(text));
  if (!kept.success) return 'it is not what tierlink connect wrote';
  const { loginUrl, clientId } = kept.data;
  const isOurs = loginUrl === options.loginUrl && clientId === options.clientId;
  return isOurs ? null : 'it is of another org or app than the connection has now';
}

/** Of the text that keptText() made. */
function keptIn(text: string): z.infer<typeof keptSchema> {
  return keptSchema.parse(JSON.parse(text));
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
