import { subscribe } from 'node:diagnostics_channel';
import type { IncomingMessage } from 'node:http';

/** What a process did about requests that were turned away. */
export interface Watched {
  /** Requests that it sent, those turned away included. */
  sent: number;
  /** Requests that were turned away with 429. */
  refused: number;
  /** Requests sent after such an answer had come and before its Retry-After had passed. */
  early: number;
  /** Seconds for which such answers closed the line, where they overlap counted once. */
  closedSeconds: number;
}

const none: Watched = { sent: 0, refused: 0, early: 0, closedSeconds: 0 };
let watched: Watched = { ...none };
let closedUntil = 0;

/** The requests as Node tells of them: of fetch, and of its http client. */
interface FetchRequest {
  origin: string;
}
interface HttpRequest {
  protocol: string;
  getHeader(name: string): unknown;
}

/**
 * Watches the requests of this process to one server from outside of the code that is measured: where Node sends them, and
 * where the head of the answer has come. One that was on its way when another was turned away is not early.
 * https://nodejs.org/api/diagnostics_channel.html
 */
export function watchRefusals(origin: string): void {
  const isFetched = (request: FetchRequest) => request.origin === origin;
  const isSent = (request: HttpRequest) => `${request.protocol}//${request.getHeader('host')}` === origin;
  listen('undici:request:create', ({ request }: { request: FetchRequest }) => {
    if (isFetched(request)) noteSent();
  });
  listen(
    'undici:request:headers',
    ({
      request,
      response,
    }: {
      request: FetchRequest;
      response: { statusCode: number; headers: Buffer[] };
    }) => {
      if (isFetched(request)) noteAnswer(response.statusCode, retryAfter(response.headers));
    },
  );
  listen('http.client.request.start', ({ request }: { request: HttpRequest }) => {
    if (isSent(request)) noteSent();
  });
  listen(
    'http.client.response.finish',
    ({ request, response }: { request: HttpRequest; response: IncomingMessage }) => {
      if (isSent(request)) noteAnswer(response.statusCode ?? 0, response.headers['retry-after']);
    },
  );
}

function listen<T>(channel: string, take: (message: T) => void): void {
  subscribe(channel, (message) => take(message as T));
}

/** Names and values, one after the other. */
function retryAfter(headers: readonly Buffer[]): string | undefined {
  const texts = headers.map((each) => each.toString('latin1'));
  const at = texts.findIndex((each, index) => index % 2 === 0 && each.toLowerCase() === 'retry-after');
  return at === -1 ? undefined : texts[at + 1];
}

function noteSent(): void {
  watched.sent += 1;
  if (Date.now() < closedUntil) watched.early += 1;
}

function noteAnswer(status: number, retryAfterSeconds: string | undefined): void {
  if (status !== 429) return;
  const now = Date.now();
  const until = now + Number(retryAfterSeconds ?? 0) * 1_000;
  watched.refused += 1;
  watched.closedSeconds += Math.max(0, until - Math.max(now, closedUntil)) / 1_000;
  closedUntil = Math.max(closedUntil, until);
}

/** What was seen since the last question. */
export function takeWatched(): Watched {
  const taken = watched;
  watched = { ...none };
  return taken;
}
