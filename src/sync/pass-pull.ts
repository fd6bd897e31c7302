import { isTierlinkError, type TierlinkError } from '../errors.ts';
import { entities, readOrder } from '../model/entities.ts';
import type { Lane } from './budget.ts';
import { confirmOrg, loadFacts } from './connection-check.ts';
import { type ConnectionRecord, completeTo, loadConnection, orgChanged } from './connections.ts';
import type { Connector } from './connector.ts';
import type { ObjectDescription } from './crm-description.ts';
import { type Engine, type PassConnection, report, requireGoing, unlessAtWork } from './engine.ts';
import { loadFeeds } from './feed.ts';
import type { ObjectMapping } from './mapping-schema.ts';
import {
  currentMetadata,
  descriptionsByName,
  type Metadata,
  objectsOf,
  refreshMetadata,
} from './metadata.ts';
import { tierNamesOf } from './program-words.ts';
import { type PullRequest, type PullResult, pullObject } from './pull.ts';

export interface PullOptions {
  /** Only this CRM object. */
  only?: string | undefined;
  /** Read everything and compare. */
  full?: boolean | undefined;
  dryRun?: boolean | undefined;
  acceptDeletes?: boolean | undefined;
  /** CRM ids of invalid records of `only` to read once more, though nothing about them changed. */
  again?: readonly string[] | undefined;
  /** Ask again which org it is when the last check is older. (Default: at every pass) */
  checkAfterMs?: number | undefined;
}

/** A problem with one object; the others went on. */
export interface ObjectProblem {
  object: string;
  error: TierlinkError;
}

export interface ConnectionPull {
  objects: PullResult[];
  /** Objects that another run works on. */
  skipped: string[];
  problems: ObjectProblem[];
}

/** What a connection's work needs to know of its CRM. */
export interface Prepared {
  record: ConnectionRecord;
  metadata: Metadata;
  clockSkewMs: number;
}

/**
 * Makes sure that the connection is still on its org and that its objects are known. Throws SYNC_ORG_CHANGED and what the
 * connector throws.
 */
export async function prepareConnection(
  engine: Engine,
  connection: PassConnection,
  options: Pick<PullOptions, 'checkAfterMs'>,
): Promise<Prepared> {
  const { store, clock } = engine;
  const id = connection.alias;
  const connector = connection.connector();
  const mappings = connection.mappings();
  if (await isCheckDue(engine, connection, options)) {
    report(engine, { connection: id, step: 'check', state: 'started' });
    await confirmOrg({ db: store.db, clock, id, connector, objects: objectsOf(mappings) });
    report(engine, { connection: id, step: 'check', state: 'done' });
  }
  const record = await loadConnection(store.db, id);
  if (record.pinned_org_id !== record.org_id) {
    throw orgChanged(id, record.org_id ?? 'unknown', record.pinned_org_id ?? 'none');
  }
  const tiers = tierNamesOf(engine.program);
  const { metadata } = await currentMetadata({ store, clock, connector, connection: id, mappings, tiers });
  const facts = await loadFacts(store.db, id);
  return { record, metadata, clockSkewMs: facts?.clockSkewMs ?? 0 };
}

async function isCheckDue(
  engine: Engine,
  connection: PassConnection,
  { checkAfterMs = 0 }: Pick<PullOptions, 'checkAfterMs'>,
): Promise<boolean> {
  const { checked_at: checkedAt } = await loadConnection(engine.store.db, connection.alias);
  return checkedAt === null || Date.parse(checkedAt) + checkAfterMs <= engine.clock.now();
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
  const mappings = connection.mappings();
  const dryRunLinks = new Map<string, string>();
  const readable = [...pulledObjects(mappings), ...(await readBackObjects(engine, connection, run))];
  for (const object of readable.filter((each) => run.only === undefined || each === run.only)) {
    requireGoing(engine);
    const event = { connection: connection.alias, step: 'pull', object } as const;
    report(engine, { ...event, state: 'started' });
    try {
      const pulled = await pullLeased(engine, connection, { ...run, object, dryRunLinks });
      if (pulled === undefined) result.skipped.push(object);
      else result.objects.push(pulled);
      report(engine, { ...event, state: pulled === undefined ? 'skipped' : 'done' });
    } catch (error) {
      report(engine, { ...event, state: 'failed', reason: error instanceof Error ? error.message : '' });
      if (!isTierlinkError(error) || stopsConnection(error)) throw error;
      result.problems.push({ object, error });
    }
  }
  await engine.store.query('update tierlink.connection set complete_to = $2::timestamptz where id = $1', [
    connection.alias,
    await completeTo(engine.store.db, connection.alias),
  ]);
  return result;
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
  dryRunLinks: Map<string, string>;
};

async function pullLeased(
  engine: Engine,
  connection: PassConnection,
  run: ObjectRun,
): Promise<PullResult | undefined> {
  const lane = await laneOf(engine, connection, run);
  return await unlessAtWork(engine, `pull:${connection.alias}:${run.object}`, ({ lease, signal }) =>
    connection.budget.inLane(lane, async () => {
      const request = requestOf(engine, connection, { run, lease, signal });
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

function requestOf(
  engine: Engine,
  connection: PassConnection,
  how: { run: ObjectRun; lease: PullRequest['lease']; signal: AbortSignal },
): PullRequest {
  const { run } = how;
  const description = descriptionsByName(run.prepared.metadata).get(run.object);
  return {
    store: engine.store,
    connector: watched(engine, connection, run.object),
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
    signal: how.signal,
    dryRunLinks: run.dryRunLinks,
    ...(description === undefined ? {} : { description }),
    ...(run.full === undefined ? {} : { full: run.full }),
    ...(run.dryRun === undefined ? {} : { dryRun: run.dryRun }),
    ...(run.acceptDeletes === undefined ? {} : { acceptDeletes: run.acceptDeletes }),
    ...(run.again === undefined ? {} : { again: run.again }),
  };
}

/** The connector, telling whoever watches how many records have come so far. */
function watched(engine: Engine, connection: PassConnection, object: string): Connector {
  const connector = connection.connector();
  if (engine.onProgress === undefined) return connector;
  let done = 0;
  const count = (records: number) => {
    done += records;
    report(engine, { connection: connection.alias, step: 'pull', object, state: 'going', done, total: null });
  };
  return {
    check: (objects) => connector.check(objects),
    describe: (objects) => connector.describe(objects),
    count: (request) => connector.count(request),
    write: (request) => connector.write(request),
    recordUrl: (name, id) => connector.recordUrl(name, id),
    limits: () => connector.limits(),
    read: (request) => counted(connector.read(request), (page) => count(page.records.length)),
    changes: (request) => counted(connector.changes(request), (page) => count(page.changed.length)),
  };
}

async function* counted<Page>(pages: AsyncIterable<Page>, count: (page: Page) => void): AsyncIterable<Page> {
  for await (const page of pages) {
    count(page);
    yield page;
  }
}
