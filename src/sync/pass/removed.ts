import { isTierlinkError, TierlinkError } from '../../errors.ts';
import { ofCrm } from '../../store/crm-rows.ts';
import type { Connector } from '../connector.ts';
import type { Engine, PassConnection } from '../engine.ts';
import type { PullResult } from '../pull/pull.ts';
import { followRemovedMappings } from '../pull/unmapped.ts';
import { followOwners } from './ownership.ts';

/** What became of a connection that the project has no longer, and of which records are in the program. */
interface RemovedConnection {
  alias: string;
  /** What was given up. */
  objects: PullResult[];
  /** SYNC_CONNECTION_REMOVED while records are left; null when none is. */
  error: TierlinkError | null;
}

/**
 * Connections that were taken out of the project, which nobody reads any more: as with a removed mapping, their records
 * hold demotions until the connection is back or a person gives them up. Of one that never brought anything nothing stays.
 */
export async function followRemovedConnections(
  engine: Engine,
  how: { configured: readonly PassConnection[]; mayGiveUp: boolean; runId: string | null },
): Promise<RemovedConnection[]> {
  const rows = await engine.store.query<{ connection: string }>(
    `select distinct f.connection from tierlink.feed f where f.connection <> all($1::text[]) and ${ofCrm('f')}
     order by f.connection`,
    [how.configured.map(({ alias }) => alias)],
  );
  if (rows.length > 0) await followOwners(engine, { isShrunk: true });
  const found: RemovedConnection[] = [];
  for (const { connection } of rows) found.push(await followOne(engine, connection, how));
  return found.filter(({ objects, error }) => objects.length > 0 || error !== null);
}

async function followOne(
  engine: Engine,
  alias: string,
  { mayGiveUp, runId }: { mayGiveUp: boolean; runId: string | null },
): Promise<RemovedConnection> {
  const { store, clock, logger, program } = engine;
  const context = { timeZone: program.timeZone, currency: program.currency.code, named: undefined };
  try {
    const objects = await followRemovedMappings(
      engine,
      { alias, mappings: () => [] },
      {
        mayGiveUp,
        request: (object, { lease, signal }) => ({
          ...{ store, clock, logger, context, lease, signal, runId },
          connection: alias,
          object,
          mappings: [],
          connector: unreachable,
        }),
      },
    );
    return { alias, objects, error: null };
  } catch (error) {
    if (!isTierlinkError(error, 'SYNC_UNMAPPED')) throw error;
    const { what } = error.data;
    return {
      alias,
      objects: [],
      error: new TierlinkError('SYNC_CONNECTION_REMOVED', { connection: alias, what }, { cause: error }),
    };
  }
}

/** Giving records up asks the CRM nothing. */
const unreachable = {} as Connector;
