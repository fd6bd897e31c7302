import { TierlinkError } from '../errors.ts';
import { instantOf } from '../model/clock.ts';
import { type EntityName, entities } from '../model/entities.ts';
import type { LeasedWork } from '../store/leases.ts';
import { type Engine, type PassConnection, unlessAtWork } from './engine.ts';
import { freezeFeeds } from './feed.ts';
import { objectMappingSchema } from './mapping-schema.ts';
import type { PullResult } from './pull.ts';
import { commit } from './pull-commit.ts';
import { makeJob, type PullRequest } from './pull-job.ts';
import { changesPurpose } from './pull-read.ts';
import { applyScopeExits } from './removals.ts';

/** An object and entity of which records were read and that no mapping of the connection has now. */
interface UnmappedFeed {
  object: string;
  entity: EntityName;
  /** Records that came from it and are in the program still. */
  records: number;
}

/** What became of removed mappings. */
interface Followed {
  givenUp: PullResult[];
  /** Those that wait for a person. */
  problems: { object: string; error: TierlinkError }[];
}

/** Records given up in one transaction. */
const pageSize = 1_000;

/**
 * Nothing keeps records up to date whose mapping was removed. Figures from them are provisional, and nobody is demoted on
 * them, until the mapping is back (it is read as a whole then) or a person gives them up: they leave the program's scope,
 * as if the CRM had taken them out of the mapping's.
 */
export async function followRemovedMappings(
  engine: Engine,
  connection: PassConnection,
  how: { giveUp: boolean; request: (object: string, leased: LeasedWork) => PullRequest },
): Promise<Followed> {
  const followed: Followed = { givenUp: [], problems: [] };
  for (const feed of await unmappedFeeds(engine, connection)) {
    const { object, entity, records } = feed;
    if (records === 0 || how.giveUp) {
      const work = (leased: LeasedWork) => giveUp(how.request(object, leased), feed);
      const result = await unlessAtWork(engine, `pull:${connection.alias}:${object}`, work);
      if (result !== undefined && records > 0) followed.givenUp.push(result);
      continue;
    }
    await freezeFeeds(engine.store, {
      connection: connection.alias,
      object,
      entities: [entity],
      reason: 'unmapped',
      now: instantOf(engine.clock.now()),
    });
    const data = { connection: connection.alias, object, entity, count: records };
    followed.problems.push({ object, error: new TierlinkError('SYNC_UNMAPPED', data) });
  }
  return followed;
}

async function unmappedFeeds({ store }: Engine, connection: PassConnection): Promise<UnmappedFeed[]> {
  const mappings = connection.mappings();
  const rows = await store.query<UnmappedFeed & Record<string, unknown>>(
    `select f.object, f.entity, (select count(*)::integer from tierlink.link l where l.connection = f.connection
         and l.object = f.object and l.entity = f.entity and l.state = 'live') as records
     from tierlink.feed f
     where f.connection = $1 and not exists (select from unnest($2::text[], $3::text[]) m(object, entity)
       where m.object = f.object and m.entity = f.entity)
     order by f.object, f.entity`,
    [connection.alias, mappings.map(({ object }) => object), mappings.map(({ entity }) => entity)],
  );
  return rows.filter(({ entity }) => entities[entity].origin === 'crm');
}

/** Ended by a crash, the next run goes on with what is left. */
async function giveUp(request: PullRequest, { object, entity }: UnmappedFeed): Promise<PullResult> {
  const mapping = { ...objectMappingSchema.parse({ object, entity, attributes: {} }), name: '', file: '' };
  const mappings = [...request.mappings, mapping];
  const job = makeJob({ ...request, mappings }, { ...nothingDescribed, name: object, label: object });
  const plan = job.plans.find((each) => each.entity === entity)!;
  const place = [job.connection, object, entity];
  const ofFeed = 'connection = $1 and object = $2 and entity = $3';
  for (let isLeft = true; isLeft; ) {
    isLeft = await commit(job, async (tx, now) => {
      const rows = await tx.query<{ crm_id: string }>(
        `select crm_id from tierlink.link where ${ofFeed} and state = 'live' order by crm_id limit ${pageSize}`,
        place,
      );
      const ids = rows.map((row) => row.crm_id);
      await applyScopeExits({ job, plan, tx, now, full: true }, ids);
      return ids.length > 0;
    });
  }
  await commit(job, async (tx) => {
    for (const table of ['held', 'reject', 'compare_seen', 'feed']) {
      await tx.query(`delete from tierlink.${table} where ${ofFeed}`, place);
    }
    await tx.query(
      `delete from tierlink.cursor c where connection = $1 and object = $2 and purpose = $3
         and not exists (select from tierlink.feed f where f.connection = c.connection and f.object = c.object)`,
      [job.connection, object, changesPurpose],
    );
  });
  return {
    object,
    counts: Object.fromEntries(job.counts),
    fullyRead: [],
    missingFields: [],
    isAbsent: false,
  };
}

const nothingDescribed = {
  tracksChanges: false,
  createable: false,
  updateable: false,
  fields: [],
  recordTypes: [],
};
