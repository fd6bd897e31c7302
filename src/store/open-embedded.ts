import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isTierlinkError, TierlinkError } from '../errors.ts';
import { systemReason } from '../system-errors.ts';
import { assembleStore } from './assemble-store.ts';
import { type EmbeddedSession, startEmbeddedSession } from './embedded-session.ts';
import { commandLine, enterFolder, lockFolder, type SharingHolder } from './enter-folder.ts';
import type { FolderLock } from './folder-lock.ts';
import { embeddedPool } from './guarded-pool.ts';
import { GuestHost } from './guest-host.ts';
import { guestPool, withOwnErrors } from './guest-pool.ts';
import { migrate } from './migrate.ts';
import { withLoss } from './own-statements.ts';
import { startFailure } from './start-failure.ts';
import type { Store } from './store.ts';

export interface EmbeddedOptions {
  /** Created when missing. */
  dataFolder: string;
  /** Keep the store in memory only; no folder, no lock. (Default: false) */
  memory?: boolean;
  /** Be the owner of the data folder or nothing. (Default: false, use the store of the owner when there is one) */
  alone?: boolean;
  /** Archive made by dump(), or the path of one, that a new embedded store starts from. */
  template?: Blob | string;
  /** What other processes call this one. (Default: its command line) */
  command?: string;
  /** Module that runs the database in its thread; tests put one with faults below it. (Default: our own) */
  thread?: URL;
}

/** Opens the data folder as its owner, or uses the store of the process that owns it. */
export async function openEmbedded(options: EmbeddedOptions): Promise<Store> {
  const host = new GuestHost();
  if (options.memory) return await openOwn(options, { host, folder: null, lock: undefined });
  const { dataFolder: folder, command } = options;
  makeFolder(folder);
  for (;;) {
    const enter = options.alone ? lockFolder : enterFolder;
    const entry = await enter(folder, { command, shared: host });
    if ('release' in entry) return await openOwn(options, { host, folder, lock: entry });
    const store = await openAsGuest(entry, options);
    if (store) return store;
  }
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (cause) {
    const reason = systemReason(cause as NodeJS.ErrnoException);
    throw new TierlinkError('STORE_FOLDER_UNUSABLE', { folder, reason }, { cause });
  }
}

interface Place {
  host: GuestHost;
  folder: string | null;
  lock: FolderLock | undefined;
}

async function openOwn(options: EmbeddedOptions, { host, folder, lock }: Place): Promise<Store> {
  let session: EmbeddedSession | undefined;
  const closeRest = async () => {
    await session?.close();
    await lock?.release();
  };
  try {
    const template = options.template === undefined ? null : await readTemplate(options.template);
    session = startEmbeddedSession({
      dataFolder: folder === null ? null : join(folder, 'database'),
      template,
      thread: options.thread,
    });
    const { bridge, loss } = session;
    const pool = embeddedPool(() => bridge.connect());
    // The session is one, so this holds for every connection. BullMQ's statements name its tables without a schema.
    await pool
      .query(`select set_config('timezone', 'UTC', false), set_config('search_path', 'public,bullmq', false)`)
      .catch((error: Error) => {
        // The first statement waits for the database, so what it throws is why that does not start.
        throw startFailure(folder, loss() ?? error);
      });
    await migrate(pool);
    // Guests come in only after this, so whoever held a lease or had a run open is gone.
    await pool.query('update tierlink.lease set expires_at = now() where expires_at > now()');
    await pool.query(`update tierlink.run set alive_until = now() where state = 'running'`);
    host.open(bridge);
    return assembleStore({
      kind: 'embedded',
      folder,
      owner: null,
      pool,
      statements: withLoss(pool, session),
      dump: session.dump,
      onGuestLeft: (listener) => host.onLeft(listener),
      onLost: session.onLost,
      prepareClose: (farewell) => host.close(farewell),
      giveUp: () => session?.abandon('it did not answer'),
      closeRest,
    });
  } catch (error) {
    const reason = session?.loss();
    await closeRest();
    throw isTierlinkError(error) ? error : (reason ?? error);
  }
}

/** Undefined when the owner was about to leave. */
async function openAsGuest(holder: SharingHolder, options: EmbeddedOptions): Promise<Store | undefined> {
  const { pid, command, since } = holder.greeting;
  const guest = { id: randomUUID(), pid: process.pid, command: options.command ?? commandLine() };
  const connections = guestPool(holder, guest);
  const { pool } = connections;
  const store = assembleStore({
    kind: 'embedded',
    folder: options.dataFolder,
    owner: { pid, command, since },
    pool,
    statements: withOwnErrors(connections, holder),
    dump: refuseDump,
    onGuestLeft: () => () => undefined,
    onLost: () => () => undefined,
    prepareClose: async () => undefined,
    giveUp: () => connections.abandon(new Error('the connection was given up')),
    closeRest: async () => undefined,
  });
  try {
    await store.query('select 1');
    return store;
  } catch (error) {
    await store.close();
    if (isTierlinkError(error, 'STORE_OWNER_ENDED')) return undefined;
    throw error;
  }
}

async function readTemplate(template: Blob | string): Promise<Uint8Array> {
  return typeof template === 'string'
    ? new Uint8Array(await readFile(template))
    : new Uint8Array(await template.arrayBuffer());
}

async function refuseDump(): Promise<Uint8Array> {
  throw new Error('only the process that owns the data folder can dump its store');
}
