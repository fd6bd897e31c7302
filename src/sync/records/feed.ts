import { type EntityName, entities } from '../../model/entities.ts';
import type { FreezeReason } from '../../model/freeze-reasons.ts';
import type { Executor } from '../../store/store.ts';
import type { MappingPlan } from '../mapping/plan.ts';
import type { ObjectMapping } from '../mapping/schema.ts';

export type { FreezeReason };

export interface Feed {
  object: string;
  entity: EntityName;
  /** The CRM's instant up to which the records are complete; null until everything was read once. */
  completeTo: string | null;
  frozenReason: FreezeReason | null;
  /** ISO instant of our clock. */
  frozenSince: string | null;
  /** Hash of the mapping with which everything was read. */
  fieldsHash: string | null;
  /** Attributes that the last read of everything was shown; null before the first one. */
  shown: readonly string[] | null;
  /** Attributes of which not everything was read. */
  missing: readonly string[];
  /**
   * Whether records wait to be read again, because the connection has come to decide something about them, or a person has
   * moved a link, so that two records of the object may be one of ours.
   */
  takesOver: boolean;
}

/** Feeds of one object by entity. */
export async function loadFeeds(
  executor: Executor,
  connection: string,
  object: string,
): Promise<Map<EntityName, Feed>> {
  const feeds = await selectFeeds(executor, connection, object);
  return new Map(feeds.map((feed) => [feed.entity, feed]));
}

/** object: null for those of all objects. */
async function selectFeeds(executor: Executor, connection: string, object: string | null): Promise<Feed[]> {
  return await executor.query<Feed & Record<string, unknown>>(
    `select object, entity, complete_to as "completeTo", frozen_reason as "frozenReason",
       frozen_since as "frozenSince", fields_hash as "fieldsHash", shown, missing,
       exists (select from tierlink.takeover t where t.connection = f.connection and t.object = f.object
         and t.entity = f.entity) or exists (select from tierlink.apart a where a.connection = f.connection
         and a.object = f.object and a.entity = f.entity) as "takesOver"
     from tierlink.feed f where connection = $1 and ($2::text is null or object = $2)`,
    [connection, object],
  );
}

/**
 * Makes sure that each mapping has a feed: what is computed from records that were not read yet is provisional, and a
 * status page shows them before anything was read.
 */
export async function ensureFeeds(
  executor: Executor,
  connection: string,
  mappings: readonly Pick<MappingPlan, 'object' | 'entity'>[],
): Promise<void> {
  await executor.query(
    `insert into tierlink.feed (connection, object, entity)
     select $1, o, e from unnest($2::text[], $3::text[]) as f(o, e) on conflict do nothing`,
    [connection, mappings.map(({ object }) => object), mappings.map(({ entity }) => entity)],
  );
}

/** Forgets feeds of which nothing was ever read: the CRM does not have the object, and need not have it. */
export async function forgetUnread(
  executor: Executor,
  connection: string,
  mappings: readonly Pick<MappingPlan, 'object' | 'entity'>[],
): Promise<void> {
  if (mappings.length === 0) return;
  await executor.query(
    `delete from tierlink.feed where connection = $1 and complete_to is null
       and (object, entity) in (select * from unnest($2::text[], $3::text[]))`,
    [connection, mappings.map(({ object }) => object), mappings.map(({ entity }) => entity)],
  );
}

/**
 * Makes sure that each mapping has a feed that says which of its attributes are missing: the CRM does not show them, or
 * nothing was read completely since they are mapped or shown again. It only adds to them, because another process may have
 * newer mappings: what was read completely is noted by that read. Most of the time all of it is as it was. `feeds`: those of the objects.
 * (Default: asked for)
 */
export async function noteMapped(
  executor: Executor,
  connection: string,
  plans: readonly MappingPlan[],
  feeds?: readonly Feed[],
): Promise<void> {
  const known = feeds ?? (await selectFeeds(executor, connection, null));
  const stateOf = ({ object, entity }: MappingPlan) =>
    known.find((each) => each.object === object && each.entity === entity);
  const isNew = (plan: MappingPlan) => stateOf(plan) === undefined;
  if (plans.some(isNew)) await ensureFeeds(executor, connection, plans.filter(isNew));
  for (const plan of plans) {
    const { shown = null, completeTo = null, missing = [] } = stateOf(plan) ?? {};
    const isShown = (attribute: string) => (shown === null ? completeTo === null : shown.includes(attribute));
    const lacking = plan.incoming.filter(
      (attribute) => plan.missing.includes(attribute) || !isShown(attribute),
    );
    if (lacking.every((attribute) => missing.includes(attribute))) continue;
    await executor.query(
      `update tierlink.feed set missing = array(select distinct unnest(missing || $4::text[]) order by 1)
       where connection = $1 and object = $2 and entity = $3 and shown is not distinct from $5::text[]`,
      [connection, plan.object, plan.entity, lacking, shown],
    );
  }
}

/** Mappings that bring records in; others are filled by the program, or only describe records that others bring. */
export function bringing(mappings: readonly ObjectMapping[]): ObjectMapping[] {
  return mappings.filter(({ entity, of }) => entities[entity].origin === 'crm' && of === undefined);
}

/** Entities of which something that the mappings bring in was never read to its end. */
export async function unreadEntities(
  executor: Executor,
  connection: string,
  mappings: readonly ObjectMapping[],
): Promise<Set<EntityName>> {
  const own = bringing(mappings);
  const rows = await executor.query<{ entity: EntityName }>(
    `select distinct entity from tierlink.feed where connection = $1 and complete_to is null
       and (object, entity) in (select * from unnest($2::text[], $3::text[]))`,
    [connection, own.map(({ object }) => object), own.map(({ entity }) => entity)],
  );
  return new Set(rows.map(({ entity }) => entity));
}

/** Moves on the instant to which feeds of an object are complete; it never goes back. */
export async function completeFeeds(
  executor: Executor,
  of: { connection: string; object: string; entities: readonly EntityName[]; to: string },
): Promise<void> {
  await executor.query(
    `update tierlink.feed set complete_to = greatest(complete_to, $4::timestamptz)
     where connection = $1 and object = $2 and entity = any($3::text[])`,
    [of.connection, of.object, [...of.entities], of.to],
  );
}

/** Notes with which mapping everything was read, and what of it the CRM has shown. */
export async function noteRead(executor: Executor, connection: string, plan: MappingPlan): Promise<void> {
  const shown = plan.incoming.filter((attribute) => !plan.missing.includes(attribute));
  await executor.query(
    `update tierlink.feed set fields_hash = $4, shown = $5, missing = $6
     where connection = $1 and object = $2 and entity = $3`,
    [connection, plan.object, plan.entity, plan.hash, shown, [...plan.missing]],
  );
}

/**
 * Lets the next pull read everything of feeds whose records were hidden: no change tells that one is shown, nor what was
 * changed in it meanwhile. They stay frozen until that read has ended.
 */
export async function demandRead(
  executor: Executor,
  of: {
    connection: string;
    object: string;
    entities: readonly EntityName[];
    now: string;
    /** Also of feeds that are not frozen for it: a read has met some of the records. (Default: false) */
    evenIfUnnoticed?: boolean;
  },
): Promise<void> {
  await executor.query(
    `update tierlink.feed set frozen_reason = 'shown_again', frozen_since = $4::timestamptz, fields_hash = null
     where connection = $1 and object = $2 and entity = any($3::text[]) and ($5 or frozen_reason = 'not_all_visible')`,
    [of.connection, of.object, [...of.entities], of.now, of.evenIfUnnoticed === true],
  );
}

/**
 * Freezes feeds; a reason that is there already keeps its instant. What was hidden is still owed a full read when another
 * reason takes the place of that, and until this read has ended no size does.
 */
export async function freezeFeeds(
  executor: Executor,
  of: {
    connection: string;
    object: string;
    entities: readonly EntityName[];
    reason: FreezeReason;
    now: string;
    /** Leaves those alone that are frozen for another reason. (Default: false) */
    unlessFrozen?: boolean;
  },
): Promise<void> {
  await executor.query(
    `update tierlink.feed set frozen_reason = $4,
       frozen_since = case when frozen_reason = $4 then frozen_since else $5::timestamptz end,
       fields_hash = case when frozen_reason = 'not_all_visible' and $4 <> 'not_all_visible' then null else fields_hash end
     where connection = $1 and object = $2 and entity = any($3::text[])
       and not ($6 and frozen_reason is not null)
       and (frozen_reason is distinct from 'shown_again' or $4 not in ('scope_shrank', 'records_missing'))`,
    [of.connection, of.object, [...of.entities], of.reason, of.now, of.unlessFrozen === true],
  );
}

/** Ends a freeze for the named reasons. */
export async function thawFeeds(
  executor: Executor,
  of: {
    connection: string;
    object: string;
    entities: readonly EntityName[];
    reasons: readonly FreezeReason[];
  },
): Promise<void> {
  await executor.query(
    `update tierlink.feed set frozen_reason = null, frozen_since = null
     where connection = $1 and object = $2 and entity = any($3::text[]) and frozen_reason = any($4::text[])`,
    [of.connection, of.object, [...of.entities], [...of.reasons]],
  );
}

/**
 * Notes in the transaction that changes links what follows for others: live ones have to be counted again, and references
 * looked up anew where ids mean other records now. `merges`: how many do.
 */
export async function noteLinks(
  executor: Executor,
  of: { connection: string; object: string; entity: EntityName; merges?: number },
): Promise<void> {
  await executor.query(
    `update tierlink.feed set recount = true, merges = merges + $4
     where connection = $1 and object = $2 and entity = $3`,
    [of.connection, of.object, of.entity, of.merges ?? 0],
  );
}
