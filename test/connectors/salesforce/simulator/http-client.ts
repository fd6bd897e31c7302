import jsforce, { type Connection } from 'jsforce';
import type { Simulator } from '../../../../connectors/salesforce/simulator/server.ts';

export const BASE = '/services/data/v67.0';

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  // biome-ignore lint/suspicious/noExplicitAny: answers are looked into freely by tests
  json: any;
}

export interface Call {
  method?: string;
  body?: unknown;
  headers?: Record<string, string>;
  /** (Default: the administrator.) */
  userId?: string;
}

/** A plain HTTP client of a simulator: an object body goes as JSON, a text as it is. */
export function clientOf(simulator: Simulator) {
  const tokens = new Map<string, string>();
  const tokenOf = (userId: string) => {
    const token = tokens.get(userId) ?? simulator.tokens.issue(userId);
    tokens.set(userId, token);
    return token;
  };
  const call = async (
    path: string,
    { method = 'GET', body, headers = {}, userId }: Call = {},
  ): Promise<Answer> => {
    const isText = typeof body === 'string';
    const response = await fetch(simulator.url + path, {
      method,
      redirect: 'manual',
      headers: {
        authorization: `Bearer ${tokenOf(userId ?? simulator.users.admin)}`,
        ...(body === undefined || isText ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: isText ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = (response.headers.get('content-type') ?? '').includes('json') && text !== '';
    return {
      status: response.status,
      headers: response.headers,
      text,
      json: isJson ? JSON.parse(text) : undefined,
    };
  };
  return {
    call,
    query: (soql: string, options: Call = {}) => call(`${BASE}/query?q=${encodeURIComponent(soql)}`, options),
    /** A jsforce connection in a fresh session. */
    connect: (userId = simulator.users.admin): Connection =>
      new jsforce.Connection({
        version: '67.0',
        instanceUrl: simulator.url,
        accessToken: simulator.tokens.issue(userId),
      }),
  };
}

/** Asks until the answer fits; the test's own time limit ends it. */
export async function until<T>(ask: () => Promise<T>, fits: (value: T) => boolean): Promise<T> {
  for (;;) {
    const value = await ask();
    if (fits(value)) return value;
  }
}
