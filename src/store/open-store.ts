import { TierlinkError } from '../errors.ts';
import { assembleStore } from './assemble-store.ts';
import { serverPool } from './guarded-pool.ts';
import { migrate } from './migrate.ts';
import { type EmbeddedOptions, openEmbedded } from './open-embedded.ts';
import type { Store } from './store.ts';

export type { Executor, Store, Tx } from './store.ts';

export interface StoreOptions extends EmbeddedOptions {
  /** postgres:// address. Without it the store is embedded; with it nothing else here matters. */
  databaseUrl?: string | undefined;
}

/**
 * Opens the store and brings its schema up to date; or, when another process has the data folder, uses the store of
 * that one as it is.
 *
 * Throws STORE_UNREACHABLE when the server does not answer, STORE_SCHEMA_NEWER and STORE_MIGRATION_CHANGED when the
 * schema is not ours to touch, STORE_LOCKED when the folder is wanted alone and another process has it, and
 * STORE_OTHER_VERSION and STORE_OWNER_SILENT when that process cannot share its store.
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  return options.databaseUrl ? await openServer(options.databaseUrl) : await openEmbedded(options);
}

async function openServer(databaseUrl: string): Promise<Store> {
  const pool = serverPool(databaseUrl);
  try {
    await pool.query('select 1').catch((error: Error) => {
      throw unreachable(databaseUrl, error);
    });
    await migrate(pool);
  } catch (error) {
    await pool.end();
    throw error;
  }
  return assembleStore({
    kind: 'postgres',
    folder: null,
    owner: null,
    pool,
    dump: refuseDump,
    onGuestLeft: () => () => undefined,
    onLost: () => () => undefined,
    prepareClose: async () => undefined,
    giveUp: () => undefined,
    closeRest: async () => undefined,
  });
}

async function refuseDump(): Promise<Uint8Array> {
  throw new Error('only the embedded store can be dumped; use pg_dump for a server');
}

/** The address without its password. */
function unreachable(databaseUrl: string, cause: Error): TierlinkError {
  const { host, pathname } = new URL(databaseUrl);
  const reason = cause.message || (cause as { code?: string }).code || 'no answer';
  return new TierlinkError('STORE_UNREACHABLE', { address: `${host}${pathname}`, reason }, { cause });
}
