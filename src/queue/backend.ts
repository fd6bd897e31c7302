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
  /** Call it before queues and workers are closed: connections to a server that is gone are given up. */
  prepareClose(): Promise<void>;
  /** Closes what the queues and workers do not close themselves. */
  close(): Promise<void>;
}

const SCHEMA = 'bullmq';
const REDIS_PREFIX = 'tierlink';
const CONNECT_TIMEOUT_MS = 5_000;
const RECONNECT_MAX_MS = 1_000;
/** A cut connection to a Redis that does not answer is given up after this. */
const DISCONNECT_TIMEOUT_MS = 200;
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
  if (store.owner) throw new Error('only the owner of an embedded store may run a queue in it');
  const client = await store.pool.connect();
  try {
    await runMigrations(client, SCHEMA);
  } finally {
    client.release();
  }
  const make = makers(createPostgresBackend, () => store.pool as never);
  return { kind: 'embedded', address: 'the embedded store', ...make, ...NOTHING_TO_CLOSE };
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
  return { kind: 'postgres', address, ...make, ...NOTHING_TO_CLOSE };
}

async function redisBackend(redisUrl: string): Promise<QueueBackend> {
  const { host, pathname } = new URL(redisUrl);
  const address = `${host}${pathname}`;
  await probeRedis(redisUrl, address);
  const state = { isClosing: false };
  const common = {
    disconnectTimeout: DISCONNECT_TIMEOUT_MS,
    retryStrategy: (times: number) => (state.isClosing ? null : Math.min(50 * times, RECONNECT_MAX_MS)),
  };
  const producer = new Redis(redisUrl, { ...common, maxRetriesPerRequest: 1, enableOfflineQueue: false });
  const consumer = new Redis(redisUrl, { ...common, maxRetriesPerRequest: null });
  for (const client of [producer, consumer]) client.on('error', () => undefined);
  const duplicates = trackDuplicates(consumer);
  const make = makers(createRedisBackend, (role) => (role === 'worker' ? consumer : producer));
  return {
    kind: 'redis',
    address,
    ...make,
    async prepareClose() {
      state.isClosing = true;
      await Promise.all([producer, consumer, ...duplicates].map(endedUnlessReady));
    },
    async close() {
      await Promise.all([producer, consumer, ...duplicates].map(endClient));
    },
  };
}

/** While a client tries to connect again, BullMQ would wait for it for ever; its next attempt is its last. */
async function endedUnlessReady(client: Redis): Promise<void> {
  if (client.status === 'ready' || client.status === 'end') return;
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, 2 * RECONNECT_MAX_MS);
    client.once('end', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

async function endClient(client: Redis): Promise<void> {
  if (client.status === 'ready') await client.quit().catch(() => undefined);
  else client.disconnect();
}

/** BullMQ gives each worker a copy of the connection to wait on; the list of them grows with the workers. */
function trackDuplicates(client: Redis): Redis[] {
  const duplicates: Redis[] = [];
  const duplicate = client.duplicate.bind(client);
  client.duplicate = (override) => {
    const made = duplicate(override);
    duplicates.push(made);
    return made;
  };
  return duplicates;
}

async function probeRedis(redisUrl: string, address: string): Promise<void> {
  const probe = new Redis(redisUrl, {
    lazyConnect: true,
    retryStrategy: () => null,
    connectTimeout: CONNECT_TIMEOUT_MS,
    disconnectTimeout: DISCONNECT_TIMEOUT_MS,
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

const NOTHING_TO_CLOSE = { prepareClose: async () => undefined, close: async () => undefined };

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
