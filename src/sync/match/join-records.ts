import { columnOf, type EntityName, entities } from '../../model/entities.ts';
import type { Tx } from '../../store/store.ts';
import { carryApart } from '../records/apart.ts';
import { markDirty } from '../records/dirty.ts';
import { noteLinks } from '../records/feed.ts';
import type { LinkState } from '../records/links.ts';
import { isStored, keepVersions, loadRecords, saveRecords, tableOf } from '../records/record-rows.ts';

/** The transaction that joins records of an entity, and the ISO instant of it. */
export interface Joining {
  tx: Tx;
  now: string;
  entity: EntityName;
}

/** A record of ours that becomes a part of another one. */
export interface RecordPair {
  from: string;
  to: string;
}

/** A link that led to a record which was joined. */
export interface MovedLink {
  connection: string;
  object: string;
  crmId: string;
  state: LinkState;
}

/** Pairs as two parameters, the first of them $<first>, for `unnest` to make rows of them: p.source, p.target. */
export function pairRows(pairs: readonly RecordPair[], first: number): { sql: string; values: string[][] } {
  return {
    sql: `unnest($${first}::text[], $${first + 1}::text[]) as p(source, target)`,
    values: [pairs.map(({ from }) => from), pairs.map(({ to }) => to)],
  };
}

/**
 * Each record `from` becomes a part of its `to`, with every link and reference to it: so many statements, whatever the
 * number of pairs. Decisions and other history stay where they are and are reached through merged_into. No record may be
 * in two of the pairs. No page of the connections of any may be storing references at that moment: the caller holds the
 * lock of merges-lock.ts. Joining the same two again changes nothing. Returns the links that moved, by the record that
 * was joined.
 */
export async function joinRecords(
  joining: Joining,
  wanted: readonly RecordPair[],
): Promise<Map<string, MovedLink[]>> {
  const pairs = wanted.filter(({ from, to }) => from !== to);
  if (pairs.length === 0) return new Map();
  const { tx, entity } = joining;
  const sources = pairs.map(({ from }) => from);
  const targets = pairs.map(({ to }) => to);
  await markDirty(joining, entity, [...sources, ...targets]);
  await changeRecords(joining, new Map(pairs.map(({ from, to }) => [from, { mergedInto: to }])));
  const moved = await moveLinks(joining, pairs);
  await tx.query('delete from tierlink.outbox where entity = $1 and record_id = any($2::text[])', [
    entity,
    sources,
  ]);
  for (const reference of referencesTo(entity)) {
    await repoint(joining, await referring(tx, reference, pairs), reference);
  }
  await closeMoves(joining, pairs);
  const rows = pairRows(pairs, 2);
  await tx.query(
    `update tierlink.match_key k set record_id = p.target from ${rows.sql}
     where k.entity = $1 and k.record_id = p.source`,
    [entity, ...rows.values],
  );
  await carryApart(tx, entity, pairs);
  await markDirty(joining, entity, targets);
  return moved;
}

/** Ids of these connections mean another record from now on. */
async function moveLinks(
  { tx, entity }: Joining,
  pairs: readonly RecordPair[],
): Promise<Map<string, MovedLink[]>> {
  const { sql, values } = pairRows(pairs, 2);
  const rows = await tx.query<MovedLink & { source: string } & Record<string, unknown>>(
    `update tierlink.link l set record_id = p.target from ${sql}
     where l.entity = $1 and l.record_id = p.source
     returning l.connection, l.object, l.crm_id as "crmId", l.state, p.source`,
    [entity, ...values],
  );
  await noteMoved(tx, entity, rows);
  const moved = new Map<string, MovedLink[]>();
  for (const { source, ...link } of rows) {
    const known = moved.get(source);
    if (known === undefined) moved.set(source, [link]);
    else known.push(link);
  }
  return moved;
}

/** What was remembered of references through these links is looked up anew, by whichever process. */
export async function noteMoved(
  tx: Tx,
  entity: EntityName,
  moved: readonly Pick<MovedLink, 'connection' | 'object'>[],
): Promise<void> {
  const places = new Map(
    moved.map(({ connection, object }) => [`${connection} ${object}`, { connection, object }]),
  );
  for (const place of places.values()) await noteLinks(tx, { ...place, entity, merges: 1 });
}

/** Whether a record counts, or what it is part of. */
export interface RecordChange {
  inScope?: boolean;
  mergedInto?: string | null;
}

/** Changes records by id. Those that only the program makes have no rows to change. */
export async function changeRecords(
  joining: Joining,
  changes: ReadonlyMap<string, RecordChange>,
): Promise<void> {
  const { tx, now, entity } = joining;
  if (entities[entity].origin === 'program') return;
  const rows = await loadRecords(tx, entity, [...changes.keys()]);
  if (rows.size === 0) return;
  const changed = [...rows.values()].map((row) => ({ ...row, ...changes.get(row.id) }));
  await saveRecords(tx, entity, { created: [], changed, now });
  await markDirty(joining, entity, [...rows.keys()]);
}

/** What the CRM had moved to the winner before we knew of the merge was no edit. */
async function closeMoves({ tx }: Joining, pairs: readonly RecordPair[]): Promise<void> {
  const { sql, values } = pairRows(pairs, 1);
  await tx.query(
    `delete from tierlink.difference d using ${sql} where d.kind = 'drift'
       and d.base = to_jsonb(p.source) and d.theirs = to_jsonb(p.target)`,
    values,
  );
}

/** A column of the records of an entity that points to records of another, or of its own. */
export interface ReferenceColumn {
  entity: EntityName;
  column: string;
}

/** Columns of all records that come from CRMs that point to an entity. */
export function referencesTo(target: EntityName): ReferenceColumn[] {
  return (Object.keys(entities) as EntityName[])
    .filter((entity) => entities[entity].origin === 'crm')
    .flatMap((entity) =>
      Object.entries(entities[entity].attributes)
        .filter(([attribute, definition]) => definition.to === target && isStored(entity, attribute))
        .map(([attribute]) => ({ entity, column: columnOf(attribute) })),
    );
}

/** Records that point to one that is joined, and to which they are to point. */
async function referring(
  tx: Tx,
  { entity, column }: ReferenceColumn,
  pairs: readonly RecordPair[],
): Promise<RecordPair[]> {
  const { sql, values } = pairRows(pairs, 1);
  return await tx.query<RecordPair & Record<string, unknown>>(
    `select r.id as "from", p.target as "to" from ${sql} join ${tableOf(entity)} r on r.${column} = p.source`,
    values,
  );
}

/** Lets each record `from` point to its `to`, with the versions and marks that a change of theirs asks for. */
export async function repoint(
  { tx, now }: Pick<Joining, 'tx' | 'now'>,
  changed: readonly RecordPair[],
  reference: ReferenceColumn,
): Promise<void> {
  if (changed.length === 0) return;
  const ids = changed.map(({ from }) => from);
  const { sql, values } = pairRows(changed, 1);
  await markDirty({ tx, now }, reference.entity, ids);
  await keepVersions(tx, reference.entity, { ids, now });
  // A parent that was merged into its own child leaves the child without one.
  await tx.query(
    `update ${tableOf(reference.entity)} r set ${reference.column} = nullif(p.target, r.id),
       known_from = $3::timestamptz
     from ${sql} where r.id = p.source`,
    [...values, now],
  );
  await markDirty({ tx, now }, reference.entity, ids);
}
