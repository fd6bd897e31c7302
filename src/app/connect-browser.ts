import { randomBytes } from 'node:crypto';
import { isAbsolute, join, relative } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { TierlinkError } from '../errors.ts';
import {
  type BrowserStep,
  callbackAddress,
  callbackPortKey,
  signInFileKey,
} from '../sync/browser-sign-in.ts';
import type { ConnectorHost } from '../sync/connector-manifest.ts';
import { makeReady, takeSignIn } from '../sync/sign-in-file.ts';
import { type ConnectRequest, isSet, keepConnection, optionsAsked } from './connect.ts';
import { type BroughtBack, type Loopback, openLoopback } from './loopback.ts';

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
 * @throws SIGN_IN_PORT, SIGN_IN_TIMEOUT, SIGN_IN_DENIED, CRM_SIGN_IN_FILE, CRM_SIGN_IN_BUSY and what signing in throws, with nothing kept
 */
export async function signInByBrowser(request: BrowserRequest): Promise<string | null> {
  const { alias, manifest, host } = request;
  const asked = { ...request, options: { ...fileFor(request), ...request.options } };
  const options = optionsAsked(asked);
  const place = { file: options[signInFileKey]!, connection: alias };
  const granted = await grantedTo(asked, options);
  try {
    return await takeSignIn(place, granted.kept, {
      attempt: async (pending) => {
        await manifest.connect({ ...options, [signInFileKey]: pending }, host).check([]);
      },
      keep: (along) => keepConnection(asked, along),
    });
  } catch (error) {
    await endGrant(granted, host);
    throw error;
  }
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

/** What somebody granted by signing in. */
interface BrowserGrant {
  /** What the sign-in file is to keep. */
  kept: string;
  step: BrowserStep;
}

/** What nobody keeps should not stay good. That it cannot be ended hides no reason for which it was not kept. */
async function endGrant({ kept, step }: BrowserGrant, host: ConnectorHost): Promise<void> {
  try {
    await step.end?.(kept);
  } catch (error) {
    const { message } = error as Error;
    host.log('warn', 'a sign-in that was not kept could not be ended', { reason: message });
  }
}

async function grantedTo(
  request: BrowserRequest,
  options: Readonly<Record<string, string>>,
): Promise<BrowserGrant> {
  const { alias, manifest } = request;
  if (manifest.browser === null)
    throw new TierlinkError('USAGE', {
      reason: `${manifest.label} has no sign-in by browser.`,
      command: 'connect',
    });
  const callback = callbackAddress(portOf(options, alias));
  await makeReady({ file: options[signInFileKey]!, connection: alias });
  const state = randomBytes(32).toString('base64url');
  const step = await manifest.browser.begin(options, {
    connection: alias,
    redirectUri: callback.href,
    state,
  });
  const loopback = await openLoopback(callback, state);
  try {
    request.show({ address: step.address, callback: callback.href });
    const brought = await inTime(loopback, request);
    return { kept: await step.exchange(codeOf(brought, alias)), step };
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

async function inTime(loopback: Loopback, request: BrowserRequest): Promise<BroughtBack> {
  const { alias, timeoutMs } = request;
  const answered = new AbortController();
  const signal = AbortSignal.any([request.signal, answered.signal]);
  const late = wait(timeoutMs, undefined, { signal }).then((): never => {
    const strangers = loopback.turnedAway() > 0 ? 'of another sign-in' : null;
    const minutes = timeoutMs / 60_000;
    throw new TierlinkError('SIGN_IN_TIMEOUT', { connection: alias, minutes, strangers });
  });
  return await Promise.race([loopback.answer, late]).finally(() => answered.abort());
}

/** Longer reasons are pages, not sentences. */
const LONGEST_REASON = 300;

function codeOf({ code, error, error_description: description }: BroughtBack, connection: string): string {
  if (code !== undefined && error === undefined) return code;
  const reason = [error, description].filter((part) => part !== undefined).join(': ');
  throw new TierlinkError('SIGN_IN_DENIED', { connection, reason: reason.slice(0, LONGEST_REASON) });
}
