import { once } from 'node:events';
import { Socket } from 'node:net';
import type { PostgresPool, PostgresPoolClient } from 'kysely';
import type pg from 'pg';
import { isTierlinkError, TierlinkError } from '../errors.ts';
import { diskFull } from '../system-errors.ts';
import type { SharingHolder } from './enter-folder.ts';
import { type Guest, type LockOwner, lineOf, ownEdition } from './folder-greeting.ts';
import { embeddedPool } from './guarded-pool.ts';
import { withShortPath } from './lock-socket.ts';
import { watchOwner } from './owner-watch.ts';
import { fatal } from './wire.ts';

/** As many as a process has on a server. */
const GUEST_CONNECTIONS = 10;

export interface GuestPool {
  /** Each connection is a socket to the owner's session, open until the pool ends. */
  pool: pg.Pool;
  /** Breaks every connection, with the reason. */
  abandon(reason: Error): void;
}

/** The pool of a guest. */
export function guestPool(holder: SharingHolder, guest: Guest): GuestPool {
  const request = lineOf({ ask: 'store', edition: ownEdition(), guest });
  const sockets = new Set<Socket>();
  const open = () => {
    const socket = guestSocket(holder.path, request);
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    return socket;
  };
  const pool = embeddedPool(open, {
    max: GUEST_CONNECTIONS,
    // The owner takes a guest without connections for one that has left.
    idleTimeoutMillis: 0,
  });
  return {
    pool,
    abandon: (reason) => {
      for (const socket of sockets) socket.destroy(reason);
    },
  };
}

/** A socket that asks for the store before the driver says its first word. */
function guestSocket(path: string, request: string): Socket {
  const socket = new Socket();
  const dial = socket.connect.bind(socket);
  const connect = () => {
    withShortPath(path, async (shortPath) => {
      const connected = once(socket, 'connect');
      dial(shortPath);
      await connected;
    }).catch((error: Error) => socket.destroy(error));
    socket.once('connect', () => socket.write(request));
    return socket;
  };
  return Object.assign(socket, { connect });
}

/**
 * What Kysely runs its statements on. A connection that was lost fails its statements with the store's own error, also
 * those that come after the driver has noticed; so does one whose owner does not answer any more.
 */
export function withOwnErrors({ pool, abandon }: GuestPool, holder: SharingHolder): PostgresPool {
  const { greeting } = holder;
  const watched = watchOwner(holder, abandon);
  const losses = new WeakMap<pg.PoolClient, TierlinkError>();
  // The first reason counts; those that follow from it say less.
  const note = (client: pg.PoolClient, cause: unknown) =>
    losses.set(client, losses.get(client) ?? lossBy(cause, greeting));
  pool.on('connect', (client) => {
    client.once('error', (cause) => note(client, cause));
  });
  return {
    async connect() {
      const client = await watched(() => pool.connect()).catch((error: Error) => {
        throw error instanceof TierlinkError || pool.ending ? error : lossBy(error, greeting);
      });
      const query = async (sql: string, parameters: readonly unknown[] = []) => {
        try {
          return await watched(() => client.query(sql, [...parameters]));
        } catch (error) {
          if (isFarewell(error) || isTierlinkError(error)) note(client, error);
          throw losses.get(client) ?? error;
        }
      };
      // Its other form, for cursors, is never used.
      return { query: query as unknown as PostgresPoolClient['query'], release: () => client.release() };
    },
    end: () => pool.end(),
  };
}

function lossBy(cause: unknown, { pid, command }: LockOwner): TierlinkError {
  if (isTierlinkError(cause)) return cause;
  const { code, message } = cause as { code?: string; message?: string };
  if (code === diskFull) return new TierlinkError('STORE_FULL', { reason: message ?? code }, { cause });
  const isIdle = code === fatal.idleInTransaction.code;
  return new TierlinkError(isIdle ? 'STORE_CUT_OFF' : 'STORE_OWNER_ENDED', { pid, command }, { cause });
}

/** Whether the server ended the connection with it. */
function isFarewell(error: unknown): boolean {
  return (error as { severity?: string }).severity === 'FATAL';
}
