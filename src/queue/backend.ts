import {
  type BackendFactory,
  createPostgresBackend,
  createRedisBackend,
  type IQueueBackend,
  type Processor,
  Queue,
  runMigrations,
  Worker,
  type WorkerOptions,
} from 'bullmq';
import { Redis } from 'ioredis';
import pg from 'pg';
import { TierlinkError } from '../errors.ts';
import type { Store } from '../store/store.ts';

/** What the queue keeps in BullMQ: a payload, or nothing. */
export type QueueOfLane = Queue<unknown, unknown, string>;
export type WorkerOfLane = Worker<unknown, unknown, string>;
export type WorkerSettings = Omit<WorkerOptions, 'connection' | 'prefix'>;

/** Where the jobs are kept; the three sizes differ in nothing else. */
export interface QueueBackend {
  kind: 'embedded' | 'postgres' | 'redis';
  /** Address without secrets, for errors. */
  address: string;
  queue(name: string): QueueOfLane;
  worker(name: string, processor: Processor, settings: WorkerSettings): WorkerOfLane;
  /** Closes what the queues and workers do not close themselves. */
  close(): Promise<void>;
}

const SCHEMA = 'bullmq';
const REDIS_PREFIX = 'tierlink';
const CONNECT_TIMEOUT_MS = 5_000;
/** Beside its pool each worker holds one connection to wait for jobs. */
const WORKER_POOL = 3;
const PRODUCER_POOL = 2;

/** Redis when there is a REDIS_URL, else a server's PostgreSQL, else the embedded store's own pool. */
export async function openBackend(options: {
  store: Store;
  databaseUrl?: string | undefined;
  redisUrl?: string | undefined;
}): Promise<QueueBackend> {
  if (options.redisUrl) return await redisBackend(options.redisUrl);
  if (options.databaseUrl) return await postgresBackend(options.databaseUrl);
  return await embeddedBackend(options.store);
}

async function embeddedBackend(store: Store): Promise<QueueBackend> {
  const client = await store.pool.connect();
  try {
    await runMigrations(client, SCHEMA);
  } finally {
    client.release();
  }
  const make = makers(createPostgresBackend, () => store.pool as never);
  return { kind: 'embedded', address: 'the embedded store', ...make, close: async () => undefined };
}

/** Has connections of its own: workers wait on them, and must never take one from the store. */
async function postgresBackend(databaseUrl: string): Promise<QueueBackend> {
  const { host, pathname } = new URL(databaseUrl);
  const address = `${host}${pathname}`;
  const config = {
    connectionString: databaseUrl,
    schema: SCHEMA,
    keepAlive: true,
    application_name: 'tierlink queue',
  };
  const client = new pg.Client({ ...config, connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
  try {
    await client.connect();
    await runMigrations(client, SCHEMA);
  } catch (error) {
    throw unreachable(address, error);
  } finally {
    await client.end().catch(() => undefined);
  }
  const make = makers(createPostgresBackend, (role) => ({
    ...config,
    max: role === 'worker' ? WORKER_POOL : PRODUCER_POOL,
  }));
  return { kind: 'postgres', address, ...make, close: async () => undefined };
}

async function redisBackend(redisUrl: string): Promise<QueueBackend> {
  const { host, pathname } = new URL(redisUrl);
  const address = `${host}${pathname}`;
  await probeRedis(redisUrl, address);
  const producer = new Redis(redisUrl, { maxRetriesPerRequest: 1, enableOfflineQueue: false });
  const consumer = new Redis(redisUrl, { maxRetriesPerRequest: null });
  for (const client of [producer, consumer]) client.on('error', () => undefined);
  const make = makers(createRedisBackend, (role) => (role === 'worker' ? consumer : producer));
  return {
    kind: 'redis',
    address,
    ...make,
    close: async () => {
      producer.disconnect();
      consumer.disconnect();
    },
  };
}

async function probeRedis(redisUrl: string, address: string): Promise<void> {
  const probe = new Redis(redisUrl, {
    lazyConnect: true,
    retryStrategy: () => null,
    connectTimeout: CONNECT_TIMEOUT_MS,
    maxRetriesPerRequest: 0,
  });
  let reason: unknown;
  probe.on('error', (error) => {
    reason = error;
  });
  try {
    await probe.connect();
    await probe.ping();
  } catch (error) {
    throw unreachable(address, reason ?? error);
  } finally {
    probe.disconnect();
  }
}

type Role = 'worker' | 'producer';

/** BullMQ's classes over one kind of backend. */
function makers<B extends IQueueBackend, C>(factory: BackendFactory<B, C>, connection: (role: Role) => C) {
  return {
    queue(name: string): QueueOfLane {
      const options = { connection: connection('producer'), prefix: REDIS_PREFIX };
      return new Queue(name, options as never, factory as never) as unknown as QueueOfLane;
    },
    worker(name: string, processor: Processor, settings: WorkerSettings): WorkerOfLane {
      const options = { ...settings, connection: connection('worker'), prefix: REDIS_PREFIX };
      return new Worker(name, processor, options as never, factory as never) as unknown as WorkerOfLane;
    },
  };
}

export function unreachable(address: string, cause: unknown): TierlinkError {
  const { message, code } = cause as { message?: string; code?: string };
  return new TierlinkError(
    'QUEUE_UNREACHABLE',
    { address, reason: message || code || 'no answer' },
    { cause },
  );
}
