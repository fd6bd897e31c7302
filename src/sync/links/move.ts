import type { EntityName } from '../../model/entities.ts';
import { markOutbox } from '../../store/mark-outbox.ts';
import type { Tx } from '../../store/store.ts';
import { makeDue } from '../../tier/due.ts';
import { makeMatchDue } from '../match/due.ts';
import { noteMoved, referencesTo } from '../match/join-records.ts';
import { adoptedAttributes, brings, movedTierSql, type Ownership } from '../owners.ts';
import { markDirty } from '../records/dirty.ts';
import type { LinkPlace, LinkState } from '../records/links.ts';
import { markMade } from '../records/outbox.ts';
import { recordNames } from '../records/record-names.ts';
import { loadRecords, saveRecords, tableOf } from '../records/record-rows.ts';
import { heirsOf, noteTakeovers } from '../records/takeovers.ts';

/** A record of a CRM, as it is known here. */
export interface CrmRecordRef extends LinkPlace {
  crmId: string;
}

export type LinkAction = 'make' | 'break' | 'move';

/** What a record of a CRM is here. */
export interface LinkSide {
  /** null: no record of ours. */
  recordId: string | null;
  name: string | null;
  state: LinkState;
}

/** What became of a link. */
export interface LinkChange {
  action: LinkAction;
  link: CrmRecordRef;
  before: LinkSide;
  after: LinkSide;
  /** The record of ours that counts no longer, because nothing else is linked to it; null where there is none. */
  leaves: string | null;
  /** The record of ours that counts again; null where there is none. */
  returns: string | null;
  /** Records of the CRM that point to it, and are read once more by the next sync. */
  follow: { entity: EntityName; records: number }[];
  /** Writes that were planned for it and are planned anew. */
  dropped: number;
}

/** A link in the transaction that changes it, under the lock of merges-lock.ts. */
export interface Relinking {
  tx: Tx;
  /** ISO instant. */
  now: string;
  link: CrmRecordRef;
  from: string;
  fromState: LinkState;
  /** null: none. */
  to: string | null;
  ownership: Ownership | undefined;
}

/**
 * Lets a record of a CRM be another record of ours, or none. What both sides had agreed on was agreed with the former one,
 * so it is forgotten; the record, and those that point to it, are read once more by the next pull, which tells what they
 * are. Until then nothing is written to them. A tier that the program wrote there stays agreed: it was never theirs.
 */
export async function relink(relinking: Relinking, action: LinkAction): Promise<LinkChange> {
  const { tx, link, from, fromState, to } = relinking;
  const { entity } = link;
  const touched = [from, ...(to === null ? [] : [to])];
  await markDirty(relinking, entity, touched);
  const dropped = await forgetTroubles(relinking);
  const after = await repointLink(relinking);
  await noteMoved(tx, entity, [link]);
  const follow = await readFollowers(relinking);
  const leaves = await letGo(relinking);
  const returns = await takeIn(relinking, after);
  await meet(relinking);
  await tell(relinking, touched);
  await markDirty(relinking, entity, touched);
  const names = await recordNames(tx, entity, touched);
  return {
    action,
    link,
    before: {
      recordId: fromState === 'broken' ? null : from,
      name: fromState === 'broken' ? null : (names.get(from) ?? null),
      state: fromState,
    },
    after: { recordId: to, name: to === null ? null : (names.get(to) ?? null), state: after },
    leaves,
    returns,
    follow,
    dropped,
  };
}

/** What was wrong or waited is found anew with the record that it is now. Returns how many writes were planned. */
async function forgetTroubles({ tx, link, from }: Relinking): Promise<number> {
  const { connection, object, entity, crmId } = link;
  const place = [connection, object, entity, crmId];
  const ofPlace = 'where connection = $1 and object = $2 and entity = $3';
  for (const table of ['held', 'difference', 'takeover'])
    await tx.query(`delete from tierlink.${table} ${ofPlace} and crm_id = $4`, place);
  await tx.query(
    `delete from tierlink.reject ${ofPlace} and (crm_id = $4 or (crm_id = '' and record_id = $5))`,
    [...place, from],
  );
  const dropped = await tx.query(
    `delete from tierlink.pending_write ${ofPlace} and crm_id = $4 returning record_id`,
    place,
  );
  return dropped.length;
}

/** What the CRM merged into it before goes along. A link that was broken waits out of scope until its record is read. */
async function repointLink({ tx, now, link, from, fromState, to }: Relinking): Promise<LinkState> {
  const { connection, object, entity, crmId } = link;
  const state: LinkState = to === null ? 'broken' : fromState === 'broken' ? 'out_of_scope' : fromState;
  const place = [connection, object, entity, crmId];
  // A broken link keeps the record that it led to: whoever makes it again need not know. The id in the CRM stays until
  // another one is written over it.
  await tx.query(
    `update tierlink.link l set record_id = $5, state = $6, changed_at = $7::timestamptz,
       linked_at = case when $6 = 'broken' then linked_at else $7::timestamptz end,
       carries = case when keyed then record_id else carries end, keyed = false, seen_hash = null,
       left_scope_at = case when $6 = 'out_of_scope' or ($6 = 'broken' and state = 'out_of_scope')
         then coalesce(left_scope_at, $7::timestamptz) end,
       base = case when exists (select from tierlink.tier_state t where t.partner_id = $8 and ${movedTierSql})
         then (select coalesce(jsonb_object_agg(e.key, e.value), '{}') from jsonb_each(l.base) e
           where e.key = any($9::text[]))
         else '{}' end
     where connection = $1 and object = $2 and entity = $3 and crm_id = $4`,
    [...place, to ?? from, state, now, from, adoptedAttributes],
  );
  await tx.query(
    `update tierlink.link set record_id = $5 where connection = $1 and object = $2 and entity = $3
       and merged_into = $4 and state = 'merged'`,
    [...place, to ?? from],
  );
  return state;
}

/**
 * Lets the next pull read the record itself and whatever of its connection points to the record that it was, so that each
 * says anew what it points to. Where a broken link is made again, what waits for it heals by itself.
 */
async function readFollowers(relinking: Relinking): Promise<LinkChange['follow']> {
  const { tx, now, link, from, to, ownership } = relinking;
  const { connection, object, entity, crmId } = link;
  if (to !== null) {
    const attributes = ownership?.claimed(connection, entity) ?? [];
    await noteReading(tx, [{ object, entity, crmId, attributes }], { connection, now });
  }
  const found = await followersOf(tx, { connection, entity, from });
  await noteReading(tx, found, { connection, now });
  await readDescribing(relinking);
  const counts = new Map<EntityName, number>();
  for (const each of found) counts.set(each.entity, (counts.get(each.entity) ?? 0) + 1);
  return [...counts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([each, records]) => ({ entity: each, records }));
}

interface ToRead {
  object: string;
  entity: EntityName;
  crmId: string;
  attributes: readonly string[];
}

/** Live records of the connection that point to a record of ours; a deal does with each lookup that gives a credit. */
async function followersOf(
  tx: Tx,
  { connection, entity, from }: { connection: string; entity: EntityName; from: string },
): Promise<ToRead[]> {
  const found = new Map<string, ToRead>();
  for (const reference of referencesTo(entity)) {
    const isCredit = reference.entity === 'credit';
    const rows = await tx.query<Omit<ToRead, 'attributes'> & Record<string, unknown>>(
      `select distinct l.object, l.entity, l.crm_id as "crmId" from ${tableOf(reference.entity)} r
       join tierlink.link l on (l.entity = $3 and l.record_id = r.id)
         ${isCredit ? `or (l.entity = 'deal' and l.record_id = r.deal)` : ''}
       where r.${reference.column} = $1 and l.connection = $2 and l.state = 'live' order by 1, 2, 3`,
      [from, connection, reference.entity],
    );
    for (const row of rows) found.set(`${row.object} ${row.entity} ${row.crmId}`, { ...row, attributes: [] });
  }
  return [...found.values()];
}

async function noteReading(
  tx: Tx,
  records: readonly ToRead[],
  { connection, now }: { connection: string; now: string },
): Promise<void> {
  if (records.length === 0) return;
  await tx.query(
    `insert into tierlink.takeover as t (connection, object, entity, crm_id, attributes, since)
     select $1, r.object, r.entity, r."crmId", r.attributes, $3::timestamptz
     from jsonb_to_recordset($2::jsonb) as r(object text, entity text, "crmId" text, attributes text[])
     order by r.object, r.entity, r."crmId"
     on conflict (connection, object, entity, crm_id) do update set since = excluded.since, tried = false,
       attributes = array(select distinct unnest(t.attributes || excluded.attributes) order by 1)`,
    [connection, JSON.stringify(records), now],
  );
}

/** What describes the record in objects of its own follows its lookup: these objects are read in full once. */
async function readDescribing({ tx, link, from }: Relinking): Promise<void> {
  const { connection, object, entity } = link;
  const rows = await tx.query<{ object: string }>(
    `update tierlink.link set seen_hash = null
     where connection = $1 and entity = $3 and record_id = $4 and object <> $2 and state = 'live' returning object`,
    [connection, object, entity, from],
  );
  await tx.query(
    `update tierlink.feed set fields_hash = null where connection = $1 and entity = $2 and object = any($3::text[])`,
    [connection, entity, rows.map((row) => row.object)],
  );
}

/** Our former record counts no longer where nothing else is linked to it; else the others decide what it decided. */
async function letGo(relinking: Relinking): Promise<string | null> {
  const { tx, now, link, from, ownership } = relinking;
  const { entity, connection, object } = link;
  if (await isHeld(relinking, from)) {
    if (ownership === undefined) return null;
    const own = { connection, objects: [object], attributes: ownership.claimed(connection, entity) };
    const heirs = [...heirsOf(ownership, { connection, entity }), own];
    await noteTakeovers(tx, { entity, recordIds: [from], heirs, now });
    return null;
  }
  return (await setInScope(relinking, from, false)) ? from : null;
}

/** Whether something live brings a record in; what only describes it takes it along nowhere. */
async function isHeld({ tx, link: { entity }, ownership }: Relinking, recordId: string): Promise<boolean> {
  const links = await tx.query<{ connection: string; object: string }>(
    `select distinct connection, object from tierlink.link
     where entity = $1 and record_id = $2 and state = 'live'`,
    [entity, recordId],
  );
  return links.some((link) => brings(ownership, { ...link, entity }));
}

/** A record that had left, or was deleted with the former one of the CRM, is back with its history. */
async function takeIn(relinking: Relinking, state: LinkState): Promise<string | null> {
  const { to } = relinking;
  if (to === null || state !== 'live') return null;
  return (await setInScope(relinking, to, true)) ? to : null;
}

async function setInScope({ tx, now, link }: Relinking, id: string, inScope: boolean): Promise<boolean> {
  const row = (await loadRecords(tx, link.entity, [id])).get(id);
  if (row === undefined || (row.inScope === inScope && (!inScope || row.deletedAt === null))) return false;
  const changed = { ...row, inScope, deletedAt: inScope ? null : row.deletedAt };
  await saveRecords(tx, link.entity, { created: [], changed: [changed], now });
  return true;
}

/** Other connections that hold the record are read once more, because something about it has changed. */
async function meet({ tx, now, link, to, ownership }: Relinking): Promise<void> {
  if (to === null || ownership === undefined) return;
  const { entity, connection } = link;
  const heirs = ownership.connections
    .filter((each) => each !== connection)
    .map((each) => ({ connection: each, objects: ownership.objects(each, entity), attributes: [] }));
  await noteTakeovers(tx, { entity, recordIds: [to], heirs, now });
}

async function tell({ tx, now, link: { entity } }: Relinking, recordIds: readonly string[]): Promise<void> {
  await markOutbox(tx, { entity, recordIds, now });
  await makeMatchDue(tx, { entity, recordIds, now });
  if (entity !== 'partner') return;
  await makeDue(tx, { partners: recordIds, now });
  await markMade(tx, { partners: recordIds, now });
}
