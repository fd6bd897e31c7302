import type { PostgresPool, PostgresPoolClient } from 'kysely';
import type pg from 'pg';
import type { EmbeddedSession } from './embedded-session.ts';

/**
 * What Kysely runs its statements on in the process that has the session. Once that is gone, the reason is what every
 * statement fails with, also those for which the driver only says that its connection is of no use any more.
 */
export function withLoss(pool: pg.Pool, { loss }: Pick<EmbeddedSession, 'loss'>): PostgresPool {
  const told = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw loss() ?? error;
    }
  };
  return {
    async connect() {
      const client = await told(() => pool.connect());
      const query = (sql: string, parameters: readonly unknown[] = []) =>
        told(() => client.query(sql, [...parameters]));
      // Its other form, for cursors, is never used.
      return { query: query as unknown as PostgresPoolClient['query'], release: () => client.release() };
    },
    end: () => pool.end(),
  };
}
