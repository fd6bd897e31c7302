import { isTierlinkError, type TierlinkError } from '../../errors.ts';
import { type EntityName, entities, readOrder } from '../../model/entities.ts';
import type { Lane } from '../budget.ts';
import type { ChangesRequest } from '../connector.ts';
import type { ObjectDescription } from '../crm-description.ts';
import { type Engine, type PassConnection, report, requireGoing, unlessAtWork } from '../engine.ts';
import type { ObjectMapping } from '../mapping/schema.ts';
import { hasSeveral } from '../match/sides.ts';
import { askAhead, type ChangesAhead } from '../pull/changes-ahead.ts';
import { descriptionsByName, objectsOf, refreshMetadata } from '../pull/metadata.ts';
import { changesToAsk, type PullRequest, type PullResult, pullObject } from '../pull/pull.ts';
import { compareScopeSizes } from '../pull/scope-size.ts';
import { followRemovedMappings } from '../pull/unmapped.ts';
import { watched } from '../pull/watch.ts';
import { completeTo } from '../records/connections.ts';
import { type FreezeReason, loadFeeds } from '../records/feed.ts';
import { nameUsersOfDifferences } from '../records/user-names.ts';
import type { Prepared } from './prepare.ts';
import { tierNamesOf } from './program-words.ts';

export interface PullOptions {
  /** Only this CRM object: in a pass it limits the writing too. */
  only?: string | undefined;
  /** Read everything and compare. */
  full?: boolean | undefined;
  acceptDeletes?: boolean | undefined;
  /** CRM ids of invalid records of `only` to read once more, though nothing about them changed. */
  again?: readonly string[] | undefined;
}

/** A problem with one object; the others went on. */
export interface ObjectProblem {
  object: string;
  error: TierlinkError;
}

export interface PulledObject extends PullResult {
  /** Feeds that are known to be partial, with the reason. */
  frozen: { entity: EntityName; reason: FreezeReason }[];
}

export interface ConnectionPull {
  objects: PulledObject[];
  /** Objects that another run works on. */
  skipped: string[];
  problems: ObjectProblem[];
}

/**
 * Brings every mapped object of a connection into the program model, parents first. A problem with one object does not
 * stop the others; one with the whole connection (sign-in, limits, outage) is thrown, and what was read is kept.
 */
export async function pullConnection(
  engine: Engine,
  connection: PassConnection,
  run: PullOptions & { prepared: Prepared; runId: string | null },
): Promise<ConnectionPull> {
  const result: ConnectionPull = { objects: [], skipped: [], problems: [] };
  const objects = await objectsToPull(engine, connection, run);
  const givenUp = await followRemovedMappings(engine, connection, {
    mayGiveUp: run.acceptDeletes === true,
    request: (object, leased) => pullRequestOf(engine, connection, { run: { ...run, object }, ...leased }),
  });
  const ahead = await askAllAhead(engine, connection, { ...run, objects });
  for (const object of objects) {
    requireGoing(engine);
    const event = { connection: connection.alias, step: 'pull', object } as const;
    report(engine, { ...event, state: 'started' });
    try {
      const pulled = await pullLeased(engine, connection, { ...run, object, ahead });
      if (pulled === undefined) result.skipped.push(object);
      else result.objects.push({ ...pulled, frozen: [] });
      report(engine, { ...event, state: pulled === undefined ? 'skipped' : 'done' });
    } catch (error) {
      report(engine, { ...event, state: 'failed', reason: error instanceof Error ? error.message : '' });
      if (!isTierlinkError(error) || stopsConnection(error)) throw error;
      result.problems.push({ object, error });
    }
  }
  await noteSizes(engine, connection, result);
  await nameUsersOfDifferences(engine, connection);
  result.objects.unshift(...givenUp.map((each) => ({ ...each, frozen: [] })));
  await engine.store.query('update tierlink.connection set complete_to = $2::timestamptz where id = $1', [
    connection.alias,
    await completeTo(engine.store.db, connection.alias),
  ]);
  return result;
}

/** What the CRM counts in the scopes of the objects that were pulled, beside what is linked. */
async function noteSizes(engine: Engine, connection: PassConnection, result: ConnectionPull): Promise<void> {
  requireGoing(engine);
  const present = result.objects.filter(({ isAbsent }) => !isAbsent);
  const pulled = new Map(present.map((each) => [each.object, each]));
  const sizes = await compareScopeSizes({
    store: engine.store,
    connector: connection.connector(),
    connection: connection.alias,
    mappings: connection.mappings(),
    objects: [...pulled.keys()],
    clock: engine.clock,
    logger: engine.logger,
  });
  for (const { object, entity, result: found } of sizes) {
    if (isTierlinkError(found)) result.problems.push({ object, error: found });
    else if (found !== null) pulled.get(object)?.frozen.push({ entity, reason: found });
  }
}

/** Parents first; objects that only the program fills come last. */
async function objectsToPull(
  engine: Engine,
  connection: PassConnection,
  run: PullOptions & { prepared: Prepared },
): Promise<string[]> {
  const pulled = pulledObjects(connection.mappings());
  const readable = [...pulled, ...(await readBackObjects(engine, connection, run))];
  return readable.filter((object) => run.only === undefined || object === run.only);
}

/** Asks together what changed in all objects of which nothing else has to be read. */
async function askAllAhead(
  engine: Engine,
  connection: PassConnection,
  run: Omit<ObjectRun, 'object' | 'ahead'> & { objects: readonly string[] },
): Promise<ChangesAhead> {
  const requests: ChangesRequest[] = [];
  for (const object of run.objects) {
    const how = { run: { ...run, object }, lease: null, signal: engine.signal };
    const request = await changesToAsk(pullRequestOf(engine, connection, how));
    if (request !== undefined) requests.push(request);
  }
  return askAhead(connection.connector(), requests);
}

/** Objects of which records become ours, in the order of their first entity. */
export function pulledObjects(mappings: readonly ObjectMapping[]): string[] {
  const incoming = mappings.filter((mapping) => entities[mapping.entity].origin === 'crm');
  const place = (object: string) =>
    Math.min(
      ...incoming
        .filter((mapping) => mapping.object === object)
        .map((mapping) => readOrder.indexOf(mapping.entity)),
    );
  return objectsOf(incoming).sort((a, b) => place(a) - place(b));
}

/**
 * Objects that only the program fills, once it has: reading their changes confirms what was written, and tells what people
 * edit or delete there. One that does not report its changes is read when everything is.
 */
async function readBackObjects(
  engine: Engine,
  connection: PassConnection,
  run: PullOptions & { prepared: Prepared },
): Promise<string[]> {
  const mappings = connection.mappings();
  const pulled = pulledObjects(mappings);
  const own = objectsOf(mappings).filter((object) => !pulled.includes(object));
  const descriptions = descriptionsByName(run.prepared.metadata);
  const objects = own.filter(
    (object) => run.full === true || descriptions.get(object)?.tracksChanges === true,
  );
  const rows = await engine.store.query<{ object: string }>(
    `select o as object from unnest($2::text[]) as o
     where exists (select 1 from tierlink.link where connection = $1 and object = o)`,
    [connection.alias, objects],
  );
  return rows.map((row) => row.object).sort();
}

const ofOneObject: readonly string[] = [
  'SYNC_MASS_DELETE',
  'SYNC_INCOMPLETE',
  'CRM_OBJECT_MISSING',
  'CRM_FIELD_MISSING',
  'CRM_PERMISSION',
  'CRM_QUERY',
  'LEASE_LOST',
];

/** Whether nothing else can be done with the connection now. */
export function stopsConnection(error: TierlinkError): boolean {
  return !ofOneObject.includes(error.code);
}

type ObjectRun = PullOptions & {
  prepared: Prepared;
  runId: string | null;
  object: string;
  ahead?: ChangesAhead;
};

async function pullLeased(
  engine: Engine,
  connection: PassConnection,
  run: ObjectRun,
): Promise<PullResult | undefined> {
  const lane = await laneOf(engine, connection, run);
  return await unlessAtWork(engine, `pull:${connection.alias}:${run.object}`, ({ lease, signal }) =>
    connection.budget.inLane(lane, async () => {
      const request = pullRequestOf(engine, connection, { run, lease, signal });
      try {
        return await pullObject(request);
      } catch (error) {
        if (!isTierlinkError(error, 'CRM_FIELD_MISSING')) throw error;
        const description = await describeAgain(engine, connection, run);
        return await pullObject(description === undefined ? request : { ...request, description });
      }
    }),
  );
}

/** A field went away since the objects were described: its mapping line rests, the others go on. */
async function describeAgain(
  engine: Engine,
  connection: PassConnection,
  run: ObjectRun,
): Promise<ObjectDescription | undefined> {
  const metadata = await refreshMetadata({
    store: engine.store,
    clock: engine.clock,
    connector: connection.connector(),
    connection: connection.alias,
    mappings: connection.mappings(),
    tiers: tierNamesOf(engine.program),
  });
  run.prepared.metadata = metadata;
  return descriptionsByName(metadata).get(run.object);
}

/** A first load is what can wait longest, changes what can wait least. */
async function laneOf(engine: Engine, connection: PassConnection, run: ObjectRun): Promise<Lane> {
  const feeds = await loadFeeds(engine.store, connection.alias, run.object);
  const isFirst = feeds.size === 0 || [...feeds.values()].some((feed) => feed.completeTo === null);
  if (isFirst) return 'backfill';
  return run.full === true ? 'reconcile' : 'deals';
}

/** How an object of the connection is pulled. */
export function pullRequestOf(
  engine: Engine,
  connection: PassConnection,
  how: { run: ObjectRun; lease: PullRequest['lease']; signal: AbortSignal | undefined },
): PullRequest {
  const { run } = how;
  const description = descriptionsByName(run.prepared.metadata).get(run.object);
  return {
    store: engine.store,
    ...watched(engine, connection, run),
    connection: connection.alias,
    object: run.object,
    mappings: connection.mappings(),
    clock: engine.clock,
    logger: engine.logger,
    context: {
      timeZone: engine.program.timeZone,
      currency: run.prepared.record.currency ?? engine.program.currency.code,
      named: run.prepared.metadata.named,
    },
    lease: how.lease,
    runId: run.runId,
    ownership: engine.ownership?.(),
    ...(how.signal === undefined ? {} : { signal: how.signal }),
    ...(description === undefined ? {} : { description }),
    isMatched: hasSeveral(engine.matching),
    ...(run.full === undefined ? {} : { full: run.full }),
    ...(run.acceptDeletes === undefined ? {} : { acceptDeletes: run.acceptDeletes }),
    ...(run.again === undefined ? {} : { again: run.again }),
  };
}
