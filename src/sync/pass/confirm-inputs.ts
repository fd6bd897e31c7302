import { isTierlinkError } from '../../errors.ts';
import { instantOf } from '../../model/clock.ts';
import type { CallMeter } from '../budget.ts';
import { type Engine, type PassConnection, readableMappings, report, requireGoing } from '../engine.ts';
import { askSight, crmEntities } from '../pull/connection-check.ts';
import { objectsOf } from '../pull/metadata.ts';
import { isPaused, loadConnection } from '../records/connections.ts';
import { freezeFeeds } from '../records/feed.ts';

/** A connection and who counts its calls. */
export interface Asked {
  connection: PassConnection;
  meter: CallMeter;
}

/**
 * Asks every CRM that something was read from whether the user sees all of it now. The count of a scope proves less: it
 * does not miss a record that nobody has met, nor one in whose place a new one is counted. Freezes what is not proven, also
 * where nobody answers; what was read stays. Throws INTERRUPTED.
 */
export async function confirmInputs(engine: Engine, asked: readonly Asked[]): Promise<void> {
  for (const each of asked) {
    requireGoing(engine);
    const objects = await objectsRead(engine, each.connection);
    if (objects.length > 0) await confirmOne(engine, each, objects);
  }
}

async function objectsRead({ store }: Engine, connection: PassConnection): Promise<string[]> {
  const rows = await store.query<{ object: string }>(
    'select distinct object from tierlink.feed where connection = $1 order by object',
    [connection.alias],
  );
  const isMapped = mappedBy(connection);
  return rows.map(({ object }) => object).filter(isMapped);
}

/** Nothing would ever end the freeze of an object that no mapping has. While they cannot be read, all may be meant. */
function mappedBy(connection: PassConnection): (object: string) => boolean {
  const mappings = readableMappings(connection);
  if (mappings === null) return () => true;
  const objects = new Set(objectsOf(mappings));
  return (object) => objects.has(object);
}

async function confirmOne(
  engine: Engine,
  { connection, meter }: Asked,
  objects: readonly string[],
): Promise<void> {
  const { store, clock, logger } = engine;
  const { alias, budget } = connection;
  if (isPaused(await loadConnection(store.db, alias))) return await leaveUnconfirmed(engine, alias, objects);
  report(engine, { connection: alias, step: 'check', state: 'started' });
  try {
    const mappings = connection.mappings();
    const ask = () =>
      askSight({ store, clock, connection: alias, connector: connection.connector(), mappings });
    await budget.inRun(meter, () => budget.inLane('tier', ask));
    report(engine, { connection: alias, step: 'check', state: 'done' });
  } catch (error) {
    if (!isTierlinkError(error) || error.code === 'INTERRUPTED') throw error;
    report(engine, { connection: alias, step: 'check', state: 'failed', reason: error.message });
    logger.warn({ connection: alias, code: error.code }, 'nobody is demoted: the CRM could not be asked');
    await leaveUnconfirmed(engine, alias, objects);
  }
}

/** Until the next pull has compared the sizes of the scopes. */
async function leaveUnconfirmed(
  engine: Engine,
  connection: string,
  objects: readonly string[],
): Promise<void> {
  const now = instantOf(engine.clock.now());
  for (const object of objects) {
    await freezeFeeds(engine.store, {
      connection,
      object,
      entities: crmEntities,
      reason: 'unconfirmed',
      now,
      unlessFrozen: true,
    });
  }
}
