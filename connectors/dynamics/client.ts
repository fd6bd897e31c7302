import type { DynamicsWebApi } from 'dynamics-web-api';
import type { ConnectorHost } from '../../src/sync/connector-manifest.ts';
import { parseExact } from './exact-json.ts';
import { type CallFacts, createLine, type Line, type Session } from './line.ts';
import type { DynamicsOptions } from './options.ts';
import { type Answer, type RawRequest, sendOnce, standardHeaders } from './transport.ts';

export interface Call extends CallFacts {
  method: RawRequest['method'];
  /** Below {org}/api/data/v9.2/, percent-encoded; or a whole address below it, as next and delta links are: verbatim. */
  path: string;
  /** An object is sent as JSON, text as it is. */
  body?: unknown;
  headers?: Record<string, string>;
}

/** What the platform said is left of its allowance, and when it was heard (epoch ms). */
export interface Allowance {
  requests: number | null;
  executionSeconds: number | null;
  at: number | null;
}

/** One signed-in line to an environment, through which every call goes. Nothing is called before the first use. */
export interface Client {
  readonly options: DynamicsOptions;
  readonly host: ConnectorHost;
  /** @param anyOrg also where it is another org than the pinned one */
  session(anyOrg?: boolean): Promise<Session>;
  /** Throws TierlinkError; its cause is the VendorFault when the platform answered. */
  send(call: Call): Promise<Answer>;
  /** Sends and reads the answer without rounding: numbers that a double may not hold are text; see exact-json.ts. */
  json<T>(call: Call): Promise<T>;
  /**
   * One request that dynamics-web-api writes and reads. Not for rows: it rounds money, turns instants into dates whose
   * offset it drops, and keeps the headers of answers to itself. Not for long addresses either (it turns them into
   * batches) nor for keys with quotes or commas (it does not escape them).
   * @param work makes exactly one request with the instance that it is given; it is run again where that is right
   */
  library<T>(call: LibraryCall, work: (api: DynamicsWebApi) => Promise<T>): Promise<T>;
  /** Told of a refusal of a part of a batch; see line.ts. */
  heed: Line['heed'];
  /** The platform's clock minus ours in ms, or null before the first answer to send(). */
  clockSkewMs(): number | null;
  allowance(): Allowance;
}

/** name: as the log names it. */
export type LibraryCall = CallFacts & { name: string };

export function createClient(options: DynamicsOptions, host: ConnectorHost): Client {
  const line = createLine(options, host);
  const heard: Heard = { skewMs: null, requests: null, executionSeconds: null, at: null };
  const send = async (call: Call): Promise<Answer> => {
    const request = requestOf(call, options);
    return await line.run(call, async (token) => {
      const headers = { ...request.headers, Authorization: `Bearer ${token}` };
      const answer = await sendOnce({ ...request, headers, signal: call.signal });
      listen(heard, answer, host.now());
      return answer;
    });
  };
  return {
    options,
    host,
    session: line.session,
    send,
    heed: line.heed,
    json: async <T>(call: Call) => parseExact<T>((await send(call)).body),
    library: async (call, work) => await line.runLibrary({ ...call, method: '', path: call.name }, work),
    clockSkewMs: () => heard.skewMs,
    allowance: () => ({ requests: heard.requests, executionSeconds: heard.executionSeconds, at: heard.at }),
  };
}

/** {org}/api/data/v9.2 */
export function rootOf({ url, apiVersion }: Pick<DynamicsOptions, 'url' | 'apiVersion'>): string {
  return `${url}/api/data/v${apiVersion}`;
}

function requestOf({ method, path, body, headers }: Call, options: DynamicsOptions): RawRequest {
  const isText = typeof body === 'string';
  return {
    method,
    url: addressOf(path, options),
    headers: {
      ...standardHeaders,
      ...(body === undefined || isText ? {} : { 'Content-Type': 'application/json; charset=utf-8' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: isText ? body : JSON.stringify(body) }),
  };
}

/** Links name the host as the platform likes to (there are two for each environment); the token goes to ours only. */
function addressOf(path: string, options: DynamicsOptions): string {
  const origin = /^https?:\/\/[^/]+/i.exec(path)?.[0];
  return origin === undefined ? `${rootOf(options)}/${path}` : `${options.url}${path.slice(origin.length)}`;
}

interface Heard extends Allowance {
  skewMs: number | null;
}

/** The Date header has whole seconds: the middle of that second is the best guess. */
function listen(heard: Heard, { headers }: Answer, now: number): void {
  const date = Date.parse(headers.date ?? '');
  if (!Number.isNaN(date)) {
    const skew = date + 500 - now;
    heard.skewMs = Math.abs(skew) <= 500 ? 0 : skew;
  }
  const number = (name: string): number => Number(headers[name]?.replaceAll(',', '') ?? Number.NaN);
  const requests = number('x-ms-ratelimit-burst-remaining-xrm-requests');
  const seconds = number('x-ms-ratelimit-time-remaining-xrm-requests');
  if (Number.isFinite(requests)) Object.assign(heard, { requests, at: now });
  if (Number.isFinite(seconds)) heard.executionSeconds = seconds;
}
