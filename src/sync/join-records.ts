import { columnOf, type EntityName, entities } from '../model/entities.ts';
import type { Tx } from '../store/store.ts';
import { markDirty } from './dirty.ts';
import { noteLinks } from './feed.ts';
import type { LinkState } from './links.ts';
import { isStored, keepVersions, loadRecords, saveRecords, tableOf } from './record-rows.ts';

/** The transaction that joins records of an entity, and the ISO instant of it. */
export interface Joining {
  tx: Tx;
  now: string;
  entity: EntityName;
}

/** A link that led to the record which was joined. */
export interface MovedLink {
  connection: string;
  object: string;
  crmId: string;
  state: LinkState;
}

/**
 * Our record `from` becomes a part of `to`, with every link and reference to it. Its decisions and other history stay
 * where they are and are reached through merged_into. No page of the connections of either may be storing references at
 * that moment: the caller holds the lock of merges-lock.ts. Joining the same two again changes nothing. Returns the links that moved.
 */
export async function joinRecords(joining: Joining, ids: { from: string; to: string }): Promise<MovedLink[]> {
  if (ids.from === ids.to) return [];
  const { tx, entity } = joining;
  await markDirty(joining, entity, [ids.from, ids.to]);
  await changeRecord(joining, ids.from, { mergedInto: ids.to });
  const moved = await moveLinks(joining, ids);
  await tx.query('delete from tierlink.outbox where entity = $1 and record_id = $2', [entity, ids.from]);
  for (const reference of referencesTo(entity)) {
    await repoint(joining, await referring(tx, reference, ids.from), { reference, to: ids.to });
  }
  await closeMoves(joining, ids);
  await tx.query('update tierlink.match_key set record_id = $3 where entity = $1 and record_id = $2', [
    entity,
    ids.from,
    ids.to,
  ]);
  await markDirty(joining, entity, [ids.to]);
  return moved;
}

/** Ids of these connections mean another record from now on. */
async function moveLinks({ tx, entity }: Joining, ids: { from: string; to: string }): Promise<MovedLink[]> {
  const moved = await tx.query<MovedLink & Record<string, unknown>>(
    `update tierlink.link set record_id = $3 where entity = $1 and record_id = $2
     returning connection, object, crm_id as "crmId", state`,
    [entity, ids.from, ids.to],
  );
  await noteMoved(tx, entity, moved);
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

/** Changes whether a record counts, or what it is part of. Records that only the program makes have no row to change. */
export async function changeRecord(
  joining: Joining,
  id: string,
  change: { inScope?: boolean; mergedInto?: string | null },
): Promise<void> {
  const { tx, now, entity } = joining;
  if (entities[entity].origin === 'program') return;
  const row = (await loadRecords(tx, entity, [id])).get(id);
  if (row === undefined) return;
  await saveRecords(tx, entity, { created: [], changed: [{ ...row, ...change }], now });
  await markDirty(joining, entity, [id]);
}

/** What the CRM had moved to the winner before we knew of the merge was no edit. */
async function closeMoves({ tx }: Joining, ids: { from: string; to: string }): Promise<void> {
  await tx.query(
    `delete from tierlink.difference where kind = 'drift'
       and base = to_jsonb($1::text) and theirs = to_jsonb($2::text)`,
    [ids.from, ids.to],
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

async function referring(tx: Tx, { entity, column }: ReferenceColumn, id: string): Promise<string[]> {
  const rows = await tx.query<{ id: string }>(`select id from ${tableOf(entity)} where ${column} = $1`, [id]);
  return rows.map((row) => row.id);
}

/** Lets records point to another one, with the versions and marks that a change of theirs asks for. */
export async function repoint(
  joining: Pick<Joining, 'tx' | 'now'>,
  changed: readonly string[],
  { reference, to }: { reference: ReferenceColumn; to: string },
): Promise<void> {
  if (changed.length === 0) return;
  const { tx, now } = joining;
  await markDirty(joining, reference.entity, changed);
  await keepVersions(tx, reference.entity, { ids: changed, now });
  // A parent that was merged into its own child leaves the child without one.
  await tx.query(
    `update ${tableOf(reference.entity)} set ${reference.column} = nullif($1, id), known_from = $2::timestamptz
     where id = any($3::text[])`,
    [to, now, changed],
  );
  await markDirty(joining, reference.entity, changed);
}
