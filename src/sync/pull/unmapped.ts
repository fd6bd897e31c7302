import { TierlinkError } from '../../errors.ts';
import { instantOf } from '../../model/clock.ts';
import { type EntityName, entities } from '../../model/entities.ts';
import type { LeasedWork } from '../../store/leases.ts';
import type { Executor } from '../../store/store.ts';
import { type Engine, type PassConnection, unlessAtWork } from '../engine.ts';
import { plansOf } from '../mapping/plan.ts';
import { type ObjectMapping, objectMappingSchema } from '../mapping/schema.ts';
import { freezeFeeds } from '../records/feed.ts';
import type { Batch } from './batch.ts';
import { commit } from './commit.ts';
import { reweighDealsOf } from './credit-reweigh.ts';
import { countsOf, makeJob, type PullJob, type PullRequest } from './job.ts';
import type { PullResult } from './pull.ts';
import { changesPurpose, readPurpose } from './read.ts';
import { applyScopeExits } from './removals.ts';

/** An object and entity of which records were read and that no mapping of the connection has now. */
interface UnmappedFeed {
  object: string;
  entity: EntityName;
  /** Whether a run before this one has told it. */
  isTold: boolean;
  /** Records that are in the program through it alone. */
  records: number;
}

/** Records given up in one transaction. */
const pageSize = 1_000;

/**
 * Nothing keeps records up to date whose mapping was removed, and what points to them would lose its meaning with the next
 * read. So nothing of the connection is read or written until the mapping is back, or a person gives the records up: they
 * leave the program's scope, as if the CRM had taken them out of the mapping's. That takes a run which has told it before,
 * so that no word meant for something else does it. Returns what was given up. Throws SYNC_UNMAPPED.
 */
export async function followRemovedMappings(
  engine: Engine,
  connection: Pick<PassConnection, 'alias' | 'mappings' | 'mappingsNow'>,
  how: { mayGiveUp: boolean; request: (object: string, leased: LeasedWork) => PullRequest },
): Promise<PullResult[]> {
  const { store } = engine;
  await thawMapped(store, connection);
  if ((await unmappedFeeds(store, connection.alias, connection.mappings())).length === 0) return [];
  const mappings = connection.mappingsNow?.() ?? connection.mappings();
  const results: PullResult[] = [];
  for (const feed of await unmappedFeeds(store, connection.alias, mappings)) {
    if (feed.records > 0 && !(how.mayGiveUp && feed.isTold)) continue;
    const result = await unlessAtWork(engine, `pull:${connection.alias}:${feed.object}`, (leased) =>
      giveUp({ ...how.request(feed.object, leased), mappings }, feed),
    );
    if (result !== undefined && feed.records > 0) results.push(result);
  }
  const left = (await unmappedFeeds(store, connection.alias, mappings)).filter(({ records }) => records > 0);
  if (left.length === 0) return results;
  for (const { object, entity } of left) {
    await freezeFeeds(store, {
      connection: connection.alias,
      object,
      entities: [entity],
      reason: 'unmapped',
      now: instantOf(engine.clock.now()),
    });
  }
  throw unmapped(connection.alias, left);
}

function unmapped(connection: string, feeds: readonly UnmappedFeed[]): TierlinkError {
  const what = feeds.map(({ object, entity, records }) => `${object} as ${entity} (${records} records)`);
  return new TierlinkError('SYNC_UNMAPPED', { connection, what: what.join(', ') });
}

/**
 * A mapping that is back goes on where it stopped: nothing of the connection was read meanwhile. Where records were given
 * up, it is read as a whole first.
 */
async function thawMapped(
  store: Executor,
  connection: Pick<PassConnection, 'alias' | 'mappings'>,
): Promise<void> {
  const mappings = connection.mappings();
  await store.query(
    `update tierlink.feed set frozen_reason = null, frozen_since = null
     where connection = $1 and frozen_reason = 'unmapped' and fields_hash is not null
       and (object, entity) in (select * from unnest($2::text[], $3::text[]))`,
    [connection.alias, mappings.map(({ object }) => object), mappings.map(({ entity }) => entity)],
  );
}

/**
 * What only describes records does not bring them in. A record that another mapping or connection brings in too stays with
 * that one.
 */
async function unmappedFeeds(
  store: Executor,
  connection: string,
  mappings: readonly ObjectMapping[],
): Promise<UnmappedFeed[]> {
  const describing = mappings.filter((mapping) => mapping.of !== undefined);
  const rows = await store.query<UnmappedFeed & Record<string, unknown>>(
    `select f.object, f.entity, f.frozen_reason is not distinct from 'unmapped' as "isTold",
       (select count(*)::integer from tierlink.link l
        where l.connection = f.connection and l.object = f.object and l.entity = f.entity and l.state = 'live'
          and not exists (select from tierlink.link o where o.entity = l.entity and o.record_id = l.record_id
            and o.state = 'live' and (o.connection, o.object) <> (l.connection, l.object)
            and not (o.connection = $1 and (o.object, o.entity) in
              (select * from unnest($4::text[], $5::text[]))))) as records
     from tierlink.feed f
     where f.connection = $1 and not exists (select from unnest($2::text[], $3::text[]) m(object, entity)
       where m.object = f.object and m.entity = f.entity)
     order by f.object, f.entity`,
    [
      connection,
      mappings.map(({ object }) => object),
      mappings.map(({ entity }) => entity),
      describing.map(({ object }) => object),
      describing.map(({ entity }) => entity),
    ],
  );
  return rows.filter(({ entity }) => entities[entity].origin === 'crm');
}

/**
 * Ended by a crash, the next run goes on with what is left: the feed stays frozen until nothing is, and a mapping that is
 * put back meanwhile is read as a whole.
 */
async function giveUp(request: PullRequest, { object, entity, records }: UnmappedFeed): Promise<PullResult> {
  const mapping = { ...objectMappingSchema.parse({ object, entity, attributes: {} }), name: '', file: '' };
  const mappings = [...request.mappings, mapping];
  const job = makeJob({ ...request, mappings }, { ...nothingDescribed, name: object, label: object });
  const plan = job.plans.find((each) => each.mapping === mapping)!;
  await commit(job, (tx) => forgetReads(tx, job, { object, entity }));
  for (let isLeft = true; isLeft; ) {
    isLeft = await commit(job, async (tx, now) => {
      const batch: Batch = { job, plan, tx, now, full: true };
      const links = await liveLinks(batch);
      const recordIds = links.map((link) => link.record_id);
      const deals = entity === 'credit' ? await dealsOf(tx, recordIds) : [];
      await applyScopeExits(
        batch,
        links.map((link) => link.crm_id),
      );
      await reweighBySource(batch, deals);
      return links.length > 0;
    });
  }
  await commit(job, (tx) => forgetFeed(tx, job, { object, entity }));
  const counts = countsOf(job, entity);
  counts.leftScope = records;
  return { object, counts: { [entity]: counts }, fullyRead: [], missingFields: [], isAbsent: false };
}

type Place = Pick<UnmappedFeed, 'object' | 'entity'>;
const ofPlace = 'connection = $1 and object = $2 and entity = $3';

async function liveLinks({ tx, job, plan }: Batch): Promise<{ crm_id: string; record_id: string }[]> {
  return await tx.query(
    `select crm_id, record_id from tierlink.link where ${ofPlace} and state = 'live' order by crm_id limit ${pageSize}`,
    [job.connection, plan.object, plan.entity],
  );
}

async function dealsOf(tx: Executor, credits: readonly string[]): Promise<string[]> {
  const rows = await tx.query<{ deal: string }>(
    'select distinct deal from tierlink.credit where id = any($1::text[]) and deal is not null',
    [[...credits]],
  );
  return rows.map((row) => row.deal);
}

/** What the other credits of a deal weigh follows from the mapping that the deal itself came by. */
async function reweighBySource(batch: Batch, deals: readonly string[]): Promise<void> {
  if (deals.length === 0) return;
  for (const plan of plansOf(batch.job.allPlans, 'deal')) {
    const rows = await batch.tx.query<{ record_id: string }>(
      `select distinct record_id from tierlink.link
       where ${ofPlace} and state = 'live' and record_id = any($4::text[])`,
      [batch.job.connection, plan.object, plan.entity, [...deals]],
    );
    const own = rows.map((row) => row.record_id);
    await reweighDealsOf(batch, { deals: own, plan });
  }
}

/** Unfinished reads of the object that no mapping goes on with, and the hash by which the feed would count as read. */
async function forgetReads(tx: Executor, job: PullJob, { object, entity }: Place): Promise<void> {
  const kept = job.allPlans.filter((plan) => plan.object === object && plan.mapping.name !== '');
  const place = [job.connection, object, entity];
  await tx.query(`update tierlink.feed set fields_hash = null where ${ofPlace}`, place);
  await tx.query(`delete from tierlink.compare_seen where ${ofPlace}`, place);
  await tx.query(
    `delete from tierlink.cursor where connection = $1 and object = $2 and purpose like 'read:%' and purpose <> all($3::text[])`,
    [job.connection, object, kept.map(readPurpose)],
  );
}

/** How many merges there were stays known: it tells whether references have to be looked up anew. */
async function forgetFeed(tx: Executor, job: PullJob, { object, entity }: Place): Promise<void> {
  const place = [job.connection, object, entity];
  for (const table of ['held', 'reject']) {
    await tx.query(`delete from tierlink.${table} where ${ofPlace}`, place);
  }
  await tx.query(
    `with gone as (delete from tierlink.feed where ${ofPlace} returning merges)
     update tierlink.feed f set merges = f.merges + gone.merges from gone
     where (f.connection, f.object, f.entity) = (select connection, object, entity from tierlink.feed
       where connection = $1 and (object, entity) <> ($2, $3) order by object, entity limit 1)`,
    place,
  );
  await tx.query(
    `delete from tierlink.cursor c where connection = $1 and object = $2 and purpose = $3
       and not exists (select from tierlink.feed f where f.connection = c.connection and f.object = c.object)`,
    [job.connection, object, changesPurpose],
  );
}

const nothingDescribed = {
  tracksChanges: false,
  createable: false,
  updateable: false,
  fields: [],
  recordTypes: [],
};
