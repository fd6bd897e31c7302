import pg from 'pg';
import { TierlinkError } from '../errors.ts';
import { isInRehearsal, refuseInsideTransaction } from './transaction-context.ts';
import { typeParsers } from './type-parsers.ts';

/** Most connections of one process to a PostgreSQL server; the queue has its own. */
const SERVER_CONNECTIONS = 10;
/** Connections of the embedded size are streams onto the one session: more than its workers and callers need. */
const EMBEDDED_CONNECTIONS = 100;
const CONNECT_TIMEOUT_MS = 10_000;

type ConnectCallback = Parameters<pg.Pool['connect']>[0];

/** The driver's pool, which refuses at once to be used by code that runs inside an open transaction or a rehearsal. */
class GuardedPool extends pg.Pool {
  override connect(): Promise<pg.PoolClient>;
  override connect(callback: ConnectCallback): void;
  override connect(callback?: ConnectCallback): Promise<pg.PoolClient> | undefined {
    refuseInsideTransaction();
    if (isInRehearsal()) throw new TierlinkError('STORE_POOL_IN_TRANSACTION');
    if (!callback) return super.connect();
    super.connect(callback);
    return undefined;
  }
}

/**
 * Sessions run in UTC. Compiling a statement pays where it runs for many seconds; the planner expects that of those that
 * follow references, whose number it cannot know, and compiles for a second what then runs for milliseconds. By the default
 * cost of a page out of order, that of a spinning disk, it goes through all deals for those of some partners (ADR 0067).
 */
const SESSION_OPTIONS = '-c timezone=UTC -c jit=off -c random_page_cost=1.5';

/** A pool onto a server named by a postgres:// address. */
export function serverPool(databaseUrl: string): pg.Pool {
  return quiet(
    new GuardedPool({
      connectionString: databaseUrl,
      max: SERVER_CONNECTIONS,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      keepAlive: true,
      options: SESSION_OPTIONS,
      application_name: 'tierlink',
      types: typeParsers,
    }),
  );
}

/** A pool whose connections are streams onto the embedded session. */
export function embeddedPool(
  openStream: () => unknown,
  options: Pick<pg.PoolConfig, 'max' | 'idleTimeoutMillis'> = {},
): pg.Pool {
  const config = {
    stream: openStream,
    max: EMBEDDED_CONNECTIONS,
    ...options,
    keepAlive: true,
    user: 'postgres',
    database: 'postgres',
    password: 'unused',
    ssl: false,
    types: typeParsers,
  };
  return quiet(new GuardedPool(config as pg.PoolConfig));
}

/**
 * A connection that drops fails the statement that runs on it and is replaced at the next use. Its event alone, idle
 * or not, would end the process if nobody listened.
 */
function quiet(pool: pg.Pool): pg.Pool {
  // Every queue and worker listens on the shared pool; that is no leak.
  pool.setMaxListeners(0);
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}
