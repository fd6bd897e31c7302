import { randomBytes } from 'node:crypto';
import { isAbsolute, join, relative } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { TierlinkError } from '../errors.ts';
import { callbackAddress, callbackPortKey, signInFileKey } from '../sync/browser-sign-in.ts';
import { pendingSignIn, takeSignIn } from '../sync/sign-in-file.ts';
import { type ConnectRequest, isSet, keepConnection, optionsAsked } from './connect.ts';
import { type BroughtBack, openLoopback } from './loopback.ts';
import { signInPage } from './sign-in-page.ts';

export interface BrowserRequest extends ConnectRequest {
  /** Leads the person to the address; `callback` is what the app has to know. */
  show(lead: { address: string; callback: string }): void;
  /** How long the person has. */
  timeoutMs: number;
  signal: AbortSignal;
}

/**
 * Has a person sign in by browser. Only when the connection works with that, the sign-in is kept in its file and the rest as
 * signInAndKeep() does; a sign-in from before stays in use until then. Returns the folder of mappings that is new, or null.
 *
 * @throws SIGN_IN_PORT, SIGN_IN_TIMEOUT, SIGN_IN_DENIED, SIGN_IN_MISMATCH and what signing in throws, with nothing kept
 */
export async function signInByBrowser(request: BrowserRequest): Promise<string | null> {
  const { alias, manifest, host } = request;
  const asked = { ...request, options: { ...fileFor(request), ...request.options } };
  const options = optionsAsked(asked);
  const kept = await grantedTo(asked, options);
  const file = options[signInFileKey]!;
  const pending = pendingSignIn(file, kept);
  try {
    await manifest.connect({ ...options, [signInFileKey]: pending.file }, host).check([]);
    await takeSignIn(file, pending.file, alias);
  } catch (error) {
    pending.discard();
    throw error;
  }
  return keepConnection(asked);
}

/** Where nobody named a file, it is in the data folder, which belongs in no repository. */
function fileFor(request: BrowserRequest): Record<string, string> {
  if (isSet(request, signInFileKey)) return {};
  const { alias, config, project } = request;
  const file = join(config.dataFolder, 'sign-in', `${alias}.json`);
  const below = relative(project.folder, file);
  const isInside = !below.startsWith('..') && !isAbsolute(below);
  return { [signInFileKey]: isInside ? `./${below.replaceAll('\\', '/')}` : file };
}

/** What the sign-in file is to keep. */
async function grantedTo(
  request: BrowserRequest,
  options: Readonly<Record<string, string>>,
): Promise<string> {
  const { alias, manifest } = request;
  if (manifest.browser === null)
    throw new TierlinkError('USAGE', {
      reason: `${manifest.label} has no sign-in by browser.`,
      command: 'connect',
    });
  const callback = callbackAddress(portOf(options, alias));
  const state = randomBytes(32).toString('base64url');
  const step = await manifest.browser.begin(options, {
    connection: alias,
    redirectUri: callback.href,
    state,
  });
  const loopback = await openLoopback(callback, (brought) =>
    signInPage(brought.state === state && brought.code !== undefined),
  );
  try {
    request.show({ address: step.address, callback: callback.href });
    const brought = await inTime(loopback.answer, request);
    return await step.exchange(codeOf(brought, state, alias));
  } finally {
    await loopback.close();
  }
}

/** Ports below 1024 are the system's. */
function portOf(options: Readonly<Record<string, string>>, alias: string): number {
  const given = options[callbackPortKey] ?? '';
  const port = /^\d+$/.test(given) ? Number(given) : 0;
  if (port >= 1_024 && port <= 65_535) return port;
  throw new TierlinkError('CONFIG_INVALID', {
    place: `connection ${alias}, ${callbackPortKey}`,
    reason: `"${given}" is not a port from 1024 to 65535`,
  });
}

async function inTime(answer: Promise<BroughtBack>, request: BrowserRequest): Promise<BroughtBack> {
  const { alias, timeoutMs } = request;
  const answered = new AbortController();
  const signal = AbortSignal.any([request.signal, answered.signal]);
  const late = wait(timeoutMs, undefined, { signal }).then((): never => {
    throw new TierlinkError('SIGN_IN_TIMEOUT', { connection: alias, minutes: timeoutMs / 60_000 });
  });
  return await Promise.race([answer, late]).finally(() => answered.abort());
}

/** Longer reasons are pages, not sentences. */
const LONGEST_REASON = 300;

/** The state is looked at first: whatever else came with another one was not meant for us. */
function codeOf(brought: BroughtBack, state: string, connection: string): string {
  const { code, error, error_description: description } = brought;
  const mismatch = (reason: string) => new TierlinkError('SIGN_IN_MISMATCH', { connection, reason });
  if (brought.state !== state) throw mismatch('its state is not the one that was sent along');
  if (error !== undefined) {
    const reason = [error, description].filter((part) => part !== undefined).join(': ');
    throw new TierlinkError('SIGN_IN_DENIED', { connection, reason: reason.slice(0, LONGEST_REASON) });
  }
  if (code === undefined || code === '') throw mismatch('it brings neither a code nor an error');
  return code;
}
