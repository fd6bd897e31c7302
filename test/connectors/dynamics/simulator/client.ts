import { request } from 'node:https';
import { type Simulator, startDynamicsSimulator } from '../../../../connectors/dynamics/simulator/server.ts';

/** What came back: status, headers by lower-case name, and the body, parsed where it is JSON. */
export interface Answer {
  status: number;
  headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into bodies of every shape.
  body: any;
}

/** A simulator and a plain HTTP client that is signed in as its administrator. */
export interface SignedIn {
  simulator: Simulator;
  send(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  close(): Promise<void>;
}

export async function startSignedIn(
  options: Parameters<typeof startDynamicsSimulator>[0] = {},
): Promise<SignedIn> {
  const simulator = await startDynamicsSimulator(options);
  const token = simulator.tokens.issue(simulator.org.admin.userId);
  return {
    simulator,
    send: async (method, path, body, headers = {}) => {
      const answer = await fetch(new URL(path, `${simulator.url}/api/data/v9.2/`), {
        method,
        headers: {
          Authorization: `Bearer ${token}`,
          ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
      const text = await answer.text();
      return {
        status: answer.status,
        headers: answer.headers,
        body: text.startsWith('{') ? JSON.parse(text) : text,
      };
    },
    close: async () => await simulator.close(),
  };
}

/** A plain request over https that trusts one authority and nothing else. */
export function sendSecurely(
  address: string,
  { ca, method = 'GET', headers = {}, body = '' }: SecureRequest,
): Promise<Pick<Answer, 'status' | 'body'> & { headers: NodeJS.Dict<string | string[]> }> {
  return new Promise((resolve, reject) => {
    const sent = request(address, { method, ca, headers }, (answer) => {
      let text = '';
      answer.on('data', (part) => {
        text += String(part);
      });
      answer.on('end', () =>
        resolve({
          status: answer.statusCode ?? 0,
          headers: answer.headers,
          body: text.startsWith('{') ? JSON.parse(text) : text,
        }),
      );
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

export interface SecureRequest {
  /** PEM. */
  ca: string;
  method?: string;
  headers?: Record<string, string>;
  body?: string;
}
