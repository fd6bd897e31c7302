import type { EntityName } from '../../model/entities.ts';
import { canonicalJson } from '../../model/values.ts';
import { readSetting, writeSetting } from '../../store/settings.ts';
import type { Executor, Store } from '../../store/store.ts';
import { adoptedAttributes, movedTierSql, type Ownership } from '../owners.ts';

/**
 * A link that has come to decide attributes is read again, although nothing about its record has changed in the CRM. The
 * row that says so is made in the transaction that takes the word from the link before it, and goes in the transaction
 * that takes the reading: whatever dies in between, the record is read. What a reading cannot give, because the record or a
 * value of it is invalid, hidden or waits for another record, stays noted as tried until a later one gives it.
 */

/** Which connections may have come to decide which attributes. */
export type Heirs = readonly {
  connection: string;
  /** Objects by which it brings the entity in; what only describes records decides nothing. */
  objects: readonly string[];
  attributes: readonly string[];
}[];

/** Those with less authority than a connection, with the attributes in which it stands above them. */
export function heirsOf(
  ownership: Ownership,
  { connection, entity }: { connection: string; entity: EntityName },
): Heirs {
  return ownership.connections
    .filter((each) => each !== connection)
    .map((each) => ({
      connection: each,
      objects: ownership.objects(each, entity),
      attributes: ownership
        .contested(each, entity)
        .filter((attribute) => above(ownership, { connection: each, entity, attribute }).has(connection)),
    }))
    .filter(({ attributes }) => attributes.length > 0);
}

function above(
  ownership: Ownership,
  of: { connection: string; entity: EntityName; attribute: string },
): Set<string> {
  const claims = ownership.claims(of.entity, of.attribute).map(({ connection }) => connection);
  return new Set(claims.slice(0, claims.indexOf(of.connection)));
}

/** Lets live links of the heirs be read again, and the attributes taken over in which they stand highest by then. */
export async function noteTakeovers(
  tx: Executor,
  of: {
    entity: EntityName;
    /** null: every record that is linked elsewhere too. */
    recordIds: readonly string[] | null;
    heirs: Heirs;
    /** ISO instant. */
    now: string;
    /** Only links with an open difference. (Default: false) */
    onlyDisputed?: boolean;
  },
): Promise<void> {
  if (of.heirs.length === 0 || of.recordIds?.length === 0) return;
  await tx.query(
    `with due as (
       insert into tierlink.takeover as t (connection, object, entity, crm_id, attributes, since)
       select l.connection, l.object, l.entity, l.crm_id, h.attributes, $4::timestamptz
       from tierlink.link l join jsonb_to_recordset($3::jsonb) as h(connection text, objects text[], attributes text[])
         on h.connection = l.connection and l.object = any(h.objects)
       where l.entity = $1 and l.state = 'live' and case when $2::text[] is null
         then exists (select from tierlink.link o where o.entity = l.entity and o.record_id = l.record_id
           and o.state = 'live' and o.connection <> l.connection)
         else l.record_id = any($2::text[]) end
         and (not $5 or exists (select from tierlink.difference d where d.connection = l.connection
           and d.object = l.object and d.entity = l.entity and d.crm_id = l.crm_id))
       order by l.connection, l.object, l.crm_id
       on conflict (connection, object, entity, crm_id) do update set since = excluded.since, tried = false,
         attributes = array(select distinct unnest(t.attributes || excluded.attributes) order by 1)
       returning connection, object, entity, crm_id)
     update tierlink.link l set seen_hash = null from due
     where l.connection = due.connection and l.object = due.object and l.entity = due.entity
       and l.crm_id = due.crm_id`,
    [of.entity, of.recordIds, JSON.stringify(of.heirs), of.now, of.onlyDisputed === true],
  );
}

/**
 * SQL for what keeps back all that is to be written to a record of ours: its connection has come to decide something about
 * it and has not read it for that. `row`: a table or alias with connection, entity and record_id.
 */
export function awaitedSql(row: string): string {
  return `select from tierlink.takeover t join tierlink.link l using (connection, object, entity, crm_id)
    where t.connection = ${row}.connection and t.entity = ${row}.entity and l.record_id = ${row}.record_id
      and l.state = 'live' and not t.tried`;
}

/**
 * Lets links that moved with joined records meet the record that it is now: what they agreed on with the former one does
 * not hold, and what they decide is taken over. So is a tier adopted from them; one that the program has written stays
 * agreed.
 */
export async function meetAnew(
  tx: Executor,
  of: {
    ownership: Ownership;
    entity: EntityName;
    /** Our records that were joined, and those that they are now. */
    pairs: readonly { from: string; to: string }[];
    /** Connections whose links moved, of each of them. */
    moved: readonly string[];
    /** Further connections, whose links are read once more because something about the record has changed. */
    beside: readonly string[];
    /** ISO instant. */
    now: string;
  },
): Promise<void> {
  const { ownership, entity, pairs, now } = of;
  const targets = pairs.map(({ to }) => to);
  const moved = [...new Set(of.moved)].map((connection) => ({
    connection,
    objects: ownership.objects(connection, entity),
    attributes: ownership.claimed(connection, entity),
  }));
  const beside = of.beside
    .filter((connection) => !of.moved.includes(connection))
    .map((connection) => ({ connection, objects: ownership.objects(connection, entity), attributes: [] }));
  if (moved.length > 0) {
    await tx.query(
      `update tierlink.link l set base = base - array(select unnest(h.attributes) except
         select unnest($4::text[]) where exists (select from tierlink.tier_state t where t.partner_id = p.source
           and ${movedTierSql}))
       from jsonb_to_recordset($3::jsonb) as h(connection text, objects text[], attributes text[]),
         unnest($5::text[], $2::text[]) as p(source, target)
       where l.entity = $1 and l.record_id = p.target and l.connection = h.connection and l.object = any(h.objects)
         and l.state = 'live'`,
      [entity, targets, JSON.stringify(moved), adoptedAttributes, pairs.map(({ from }) => from)],
    );
  }
  await noteTakeovers(tx, { entity, recordIds: targets, heirs: [...moved, ...beside], now });
}

const authorityKey = 'authority';

/** Connections with more authority, by connection, entity and attribute. */
type Authority = Record<string, Record<string, Record<string, string[]>>>;

/**
 * Compares who stands above whom with what was so before, and lets those take over that have come to stand higher: the
 * owners or a mapping changed, or a connection was removed. Costs one look where nothing changed.
 */
export async function followOwnership(
  store: Store,
  { ownership, entities, now }: { ownership: Ownership; entities: readonly EntityName[]; now: string },
): Promise<void> {
  const before = (await readSetting<Authority>(store.db, authorityKey)) ?? {};
  const after = authorityIn(ownership, entities);
  // The store does not keep the order of names.
  if (canonicalJson(before) === canonicalJson(after)) return;
  await store.transaction(async (tx) => {
    for (const entity of entities) {
      const heirs = ownership.connections
        .map((connection) => ({
          connection,
          objects: ownership.objects(connection, entity),
          attributes: risen(connection, entity, { before, after }),
        }))
        .filter(({ attributes }) => attributes.length > 0);
      await noteTakeovers(tx, { entity, recordIds: null, heirs, now });
    }
    await writeSetting(tx.db, { key: authorityKey, value: after, now });
  });
}

function authorityIn(ownership: Ownership, entities: readonly EntityName[]): Authority {
  const authority: Authority = {};
  for (const connection of ownership.connections) {
    for (const entity of entities) {
      for (const attribute of ownership.contested(connection, entity)) {
        const higher = [...above(ownership, { connection, entity, attribute })].sort();
        if (higher.length === 0) continue;
        authority[connection] ??= {};
        authority[connection][entity] ??= {};
        authority[connection][entity][attribute] = higher;
      }
    }
  }
  return authority;
}

/** Attributes of a connection above which somebody stood that stands there no longer. */
function risen(
  connection: string,
  entity: EntityName,
  { before, after }: { before: Authority; after: Authority },
): string[] {
  const then = before[connection]?.[entity] ?? {};
  const now = after[connection]?.[entity] ?? {};
  return Object.entries(then)
    .filter(([attribute, higher]) => higher.some((each) => now[attribute]?.includes(each) !== true))
    .map(([attribute]) => attribute)
    .sort();
}
