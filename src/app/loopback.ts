import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { TierlinkError } from '../errors.ts';
import { systemReason } from '../system-errors.ts';
import { signInPage } from './sign-in-page.ts';

/** What the browser brought back, as its address has it. */
export type BroughtBack = Readonly<Record<string, string>>;

/** Waits on this machine for a browser to come back from a sign-in. */
export interface Loopback {
  /** The parameters with which the browser came to the callback address: a code or an error, and our state. */
  answer: Promise<BroughtBack>;
  /** How many came to that address with something else. */
  turnedAway(): number;
  close(): Promise<void>;
}

/** Some browsers take localhost for the one, some for the other. */
const HOSTS = ['127.0.0.1', '::1'] as const;
/** What the system says where a machine has no such address at all. */
const NO_SUCH_ADDRESS = new Set(['EADDRNOTAVAIL', 'EAFNOSUPPORT']);

/**
 * Listens on loopback alone, for one answer. Requests to other paths, by other methods or under another name (as pages on the
 * web send them that have made their name lead here) are turned away and change nothing. So is an answer of another sign-in: each
 * page that is open in the browser can have it fetch the address, and an older window may come back to it.
 *
 * @param state what the answer has to bring back
 * @throws SIGN_IN_PORT when something else listens there, on either address of this machine
 */
export async function openLoopback(callback: URL, state: string): Promise<Loopback> {
  let resolve: (brought: BroughtBack) => void = () => undefined;
  const answer = new Promise<BroughtBack>((resolved) => {
    resolve = resolved;
  });
  let isAnswered = false;
  let strangers = 0;
  const serve = (request: IncomingMessage, response: ServerResponse): void => {
    const brought = isAnswered ? undefined : broughtBy(request, callback);
    if (brought === undefined) {
      respond(response, 404, '');
      return;
    }
    if (!isAnswer(brought, state)) {
      strangers += 1;
      respond(response, 400, signInPage('stranger'));
      return;
    }
    isAnswered = true;
    respond(response, 200, signInPage(brought.error === undefined ? 'granted' : 'refused'));
    response.once('close', () => resolve(brought));
  };
  const servers: Server[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(servers.map(closed));
  };
  try {
    for (const host of HOSTS) {
      const server = await listening(createServer(serve), Number(callback.port), host);
      if (server !== undefined) servers.push(server);
    }
  } catch (error) {
    await close();
    throw error;
  }
  return { answer, turnedAway: () => strangers, close };
}

function isAnswer({ state, code = '', error = '' }: BroughtBack, expected: string): boolean {
  return state === expected && (code !== '' || error !== '');
}

async function listening(server: Server, port: number, host: string): Promise<Server | undefined> {
  try {
    server.listen({ port, host, exclusive: true });
    await once(server, 'listening');
    return server;
  } catch (error) {
    if (host !== HOSTS[0] && NO_SUCH_ADDRESS.has((error as NodeJS.ErrnoException).code ?? ''))
      return undefined;
    const reason = systemReason(error as NodeJS.ErrnoException);
    throw new TierlinkError('SIGN_IN_PORT', { port, reason }, { cause: error });
  }
}

function broughtBy({ method, url = '', headers }: IncomingMessage, callback: URL): BroughtBack | undefined {
  const names = ['localhost', '127.0.0.1', '[::1]'].map((name) => `${name}:${callback.port}`);
  if (method !== 'GET' || !names.includes(headers.host ?? '') || !URL.canParse(url, callback.href))
    return undefined;
  const { pathname, searchParams } = new URL(url, callback);
  return pathname === callback.pathname ? Object.fromEntries(searchParams) : undefined;
}

/** The address holds the code: no cache, no referrer, and nothing of the page may be loaded from elsewhere. */
function respond(response: ServerResponse, status: number, html: string): void {
  response.writeHead(status, {
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
    'content-security-policy': "default-src 'none'",
    'x-content-type-options': 'nosniff',
    connection: 'close',
  });
  response.end(html);
}

async function closed(server: Server): Promise<void> {
  const done = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  server.closeAllConnections();
  await done;
}
