import { Redis } from 'ioredis';
import {
  findProgram,
  freePort,
  serverFolder,
  startProgram,
  type TestServer,
  untilItWorks,
} from './server-process.ts';

/** The server program, undefined when it is not on this machine. */
export const redisPrograms = {
  'redis-server': findProgram('redis-server', ['/usr/local/bin', '/opt/homebrew/bin']),
};

export interface TestRedis extends TestServer {
  /** Forgets everything, as a Redis that lost its memory would. */
  empty(): Promise<void>;
}

/** Starts a Redis of its own, without persistence; never one that happens to run. (Default: on a free port) */
export async function startRedis(atPort?: number): Promise<TestRedis> {
  const program = redisPrograms['redis-server'];
  if (!program) throw new Error('Redis is not installed');
  const folder = serverFolder('redis', undefined);
  const port = atPort ?? (await freePort());
  const settings = {
    port: String(port),
    bind: '127.0.0.1',
    save: '',
    appendonly: 'no',
    'maxmemory-policy': 'noeviction',
  };
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
  const { stop } = startProgram(program, args, { folder });
  const url = `redis://127.0.0.1:${port}`;
  await untilItWorks(() => withClient(url, (client) => client.ping()));
  return { url, stop, empty: () => withClient(url, async (client) => void (await client.flushall())) };
}

async function withClient<T>(url: string, use: (client: Redis) => Promise<T>): Promise<T> {
  const client = new Redis(url, { lazyConnect: true, retryStrategy: () => null });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await use(client);
  } finally {
    client.disconnect();
  }
}
