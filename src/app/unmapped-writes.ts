import type { App, AppConnection } from '../app.ts';
import type { EntityName } from '../model/entities.ts';
import { readableMappings } from '../sync/engine.ts';
import { writtenMappings } from '../sync/records/outbox.ts';

/** What a connection writes: records of an entity as an object of the CRM. */
export interface WrittenPlace {
  object: string;
  entity: EntityName;
}

/** null while the mappings cannot be read: the connection's own pull says so. */
export function writtenPlaces(connection: AppConnection): WrittenPlace[] | null {
  const mappings = readableMappings(connection);
  return mappings && writtenMappings(mappings).map(({ object, entity }) => ({ object, entity }));
}

/** Writes of one place that cannot go out. */
export interface UnmappedWrites extends WrittenPlace {
  connection: string;
  writes: number;
  /** Whether the project still has the connection. */
  isConfigured: boolean;
}

/**
 * Pending writes that no mapping is there for: it was removed, or names another object now. They are kept, because they
 * go out once it is back. Those of a connection whose mappings cannot be read are not among them: nobody can tell.
 */
export async function readUnmappedWrites(app: App): Promise<UnmappedWrites[]> {
  const waiting = await app.store.query<WrittenPlace & { connection: string; writes: number }>(
    `select connection, object, entity, count(*)::integer as writes from tierlink.pending_write
     where state in ('due', 'in_flight') group by 1, 2, 3 order by 1, 2, 3`,
  );
  return waiting.flatMap((each): UnmappedWrites[] => {
    const connection = app.connections.find(({ alias }) => alias === each.connection);
    if (connection === undefined) return [{ ...each, isConfigured: false }];
    const places = writtenPlaces(connection);
    const isWritten = places?.some(({ object, entity }) => object === each.object && entity === each.entity);
    return isWritten === false ? [{ ...each, isConfigured: true }] : [];
  });
}
