import { once } from 'node:events';
import { Socket } from 'node:net';
import type { PostgresPool, PostgresPoolClient } from 'kysely';
import type pg from 'pg';
import { TierlinkError } from '../errors.ts';
import type { SharingHolder } from './enter-folder.ts';
import { type Guest, type LockOwner, lineOf, ownEdition } from './folder-greeting.ts';
import { embeddedPool } from './guarded-pool.ts';
import { withShortPath } from './lock-socket.ts';
import { fatal } from './wire.ts';

/** As many as a process has on a server. */
const GUEST_CONNECTIONS = 10;

/** The pool of a guest; each connection is a socket to the owner's session, open until the pool ends. */
export function guestPool(holder: SharingHolder, guest: Guest): pg.Pool {
  const request = lineOf({ ask: 'store', edition: ownEdition(), guest });
  return embeddedPool(() => guestSocket(holder.path, request), {
    max: GUEST_CONNECTIONS,
    // The owner takes a guest without connections for one that has left.
    idleTimeoutMillis: 0,
  });
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
 * those that come after the driver has noticed.
 */
export function withOwnErrors(pool: pg.Pool, { greeting }: SharingHolder): PostgresPool {
  const losses = new WeakMap<pg.PoolClient, TierlinkError>();
  // The first reason counts; those that follow from it say less.
  const note = (client: pg.PoolClient, cause: unknown) =>
    losses.set(client, losses.get(client) ?? lossBy(cause, greeting));
  pool.on('connect', (client) => {
    client.once('error', (cause) => note(client, cause));
  });
  return {
    async connect() {
      const client = await pool.connect().catch((error: Error) => {
        throw error instanceof TierlinkError || pool.ending ? error : lossBy(error, greeting);
      });
      const query = async (sql: string, parameters: readonly unknown[] = []) => {
        try {
          return await client.query(sql, [...parameters]);
        } catch (error) {
          if (isFarewell(error)) note(client, error);
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
  const { code } = cause as { code?: string };
  const isIdle = code === fatal.idleInTransaction.code;
  return new TierlinkError(isIdle ? 'STORE_CUT_OFF' : 'STORE_OWNER_ENDED', { pid, command }, { cause });
}

function isFarewell(error: unknown): boolean {
  const { code } = error as { code?: string };
  return Object.values(fatal).some((reason) => reason.code === code);
}
