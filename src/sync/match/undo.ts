import { TierlinkError } from '../../errors.ts';
import { filesAlias } from '../../model/record-id.ts';
import { ofCrm } from '../../store/crm-rows.ts';
import type { Tx } from '../../store/store.ts';
import { reopenStates } from '../../tier/look/reopen.ts';
import type { Engine } from '../engine.ts';
import { markDirty } from '../records/dirty.ts';
import { lockMerges } from '../records/merges-lock.ts';
import { loadRecords, tableOf } from '../records/record-rows.ts';
import { decide, lockMatch, type MatchRow, part, requireMatching } from './decide.ts';
import { makeMatchDue } from './due.ts';
import { auditMatches, readAnew, takeTroubles, tellAll } from './join.ts';
import { changeRecords, noteMoved, type ReferenceColumn, referencesTo, repoint } from './join-records.ts';
import { partValues } from './values.ts';

/** What is taken apart. */
interface Undoing {
  tx: Tx;
  /** ISO instant. */
  now: string;
  match: MatchRow;
  survivor: string;
  joined: string;
  /** Connections that the joined one came from: whatever is linked there belongs to it. */
  connections: string[];
}

/** What was taken apart. */
export interface UndoneMatch {
  id: string;
  survivor: string;
  joined: string;
  /** Connections whose records of the entity are read in full by the next sync. */
  reads: string[];
}

/**
 * Makes two records of one again that was joined by mistake. The joined one gets back its links, and what points to the
 * survivor through them: a record of a connection can only mean what that connection knows. Each has its own values again
 * (match-values.ts); what only comes in settles with the next pull, which reads the records of the entity in full. Throws
 * MATCH_SINGLE, MATCH_UNKNOWN, and MATCH_NOT_JOINED when it is not joined, or the survivor was joined into a third one since.
 */
export async function undoMatch(
  engine: Engine,
  id: string,
  reason: string | null = null,
): Promise<UndoneMatch> {
  await requireMatching(engine);
  return await decide(engine, async (tx, now) => {
    await lockMerges(tx, 'alone');
    const undoing = await requireJoined(tx, await lockMatch(tx, id), now);
    const { match, survivor, joined } = undoing;
    const { entity } = match;
    await markDirty(undoing, entity, [survivor]);
    await changeRecords({ tx, now, entity }, new Map([[joined, { mergedInto: null }]]));
    await returnLinks(undoing);
    await returnKeys(undoing);
    for (const reference of referencesTo(entity)) {
      const ids = await referringThere(undoing, reference);
      await repoint(
        { tx, now },
        ids.map((from) => ({ from, to: joined })),
        reference,
      );
    }
    const since = match.decidedAt ?? now;
    const ownership = engine.ownership?.();
    await partValues({ ...undoing, since, entity, before: match.before.values, ownership });
    const pairs = [{ from: survivor, to: joined }];
    await takeTroubles(tx, { entity, pairs, connections: undoing.connections });
    if (entity === 'partner') await reopenStates(tx, { partner: joined, survivor, now });
    await tellAll(tx, { entity, ids: [survivor, joined], now });
    await markDirty(undoing, entity, [survivor, joined]);
    await makeMatchDue(tx, { entity, recordIds: [survivor, joined], now });
    await part(tx, match, { state: 'undone', by: engine.actor, reason, now });
    const link = match.before.links[0];
    await auditMatches(tx, [{ ...match, survivor, joined, link }], {
      entity,
      action: 'unmatch',
      now,
      by: engine.actor,
      runId: null,
    });
    return { id: match.id, survivor, joined, reads: await demandReading(undoing) };
  });
}

async function requireJoined(tx: Tx, match: MatchRow, now: string): Promise<Undoing> {
  const refuse = (reason: string) => new TierlinkError('MATCH_NOT_JOINED', { match: match.id, reason });
  const { entity, one, other, survivor, before } = match;
  if (match.state !== 'joined' || survivor === null) throw refuse(`it is ${match.state}`);
  const joined = one === survivor ? other : one;
  const rows = await loadRecords(tx, entity, [survivor, joined]);
  if (rows.get(joined)?.mergedInto !== survivor || rows.get(survivor)?.mergedInto !== null)
    throw refuse('the record that stayed was joined into another one since; undo that first');
  const live = before.links.filter(({ state }) => state === 'live').map(({ connection }) => connection);
  return { tx, now, match, survivor, joined, connections: [...new Set(live)] };
}

async function returnLinks({ tx, match, survivor, joined, connections }: Undoing): Promise<void> {
  const moved = await tx.query<{ connection: string; object: string } & Record<string, unknown>>(
    `update tierlink.link l set record_id = $3, seen_hash = null
     where l.entity = $1 and l.record_id = $2 and (l.connection = any($4::text[]) or exists (
       select from jsonb_to_recordset($5::jsonb) as m(connection text, object text, "crmId" text)
       where m.connection = l.connection and m.object = l.object and m."crmId" = l.crm_id))
     returning l.connection, l.object`,
    [match.entity, survivor, joined, connections, JSON.stringify(match.before.links)],
  );
  await noteMoved(tx, match.entity, moved);
}

/** Keys of the joined one, and of what was joined into it before. */
async function returnKeys({ tx, match, survivor, joined }: Undoing): Promise<void> {
  await tx.query(
    `with recursive family(id) as (select $3::text
       union select t.id from family f join ${tableOf(match.entity)} t on t.merged_into = f.id)
     update tierlink.match_key set record_id = $3
     where entity = $1 and record_id = $2 and source_id in (select id from family)`,
    [match.entity, survivor, joined],
  );
}

/**
 * Records that point to the survivor and come from the connections of the joined one alone. What several connections hold
 * stays with the survivor. A file may name either of the two: what it brought in goes back where the match found it.
 */
async function referringThere(undoing: Undoing, reference: ReferenceColumn): Promise<string[]> {
  const { connections } = undoing;
  const crms = connections.filter((alias) => alias !== filesAlias);
  const ids = crms.length === 0 ? [] : await referringBy({ ...undoing, connections: crms }, reference);
  return crms.length < connections.length ? [...ids, ...(await referredBefore(undoing, reference))] : ids;
}

/** Records that pointed to the joined one when it was joined, by the version that the match ended. */
async function referredBefore(
  { tx, match, survivor, joined }: Undoing,
  { entity, column }: ReferenceColumn,
): Promise<string[]> {
  const rows = await tx.query<{ id: string }>(
    `select r.id from ${tableOf(entity)} r join tierlink.record_version v on v.entity = $3 and v.record_id = r.id
     where r.${column} = $1 and v.row->>'${column}' = $2 and v.known_to = $4::timestamptz`,
    [survivor, joined, entity, match.decidedAt],
  );
  return rows.map((row) => row.id);
}

async function referringBy(
  { tx, survivor, connections }: Undoing,
  { entity, column }: ReferenceColumn,
): Promise<string[]> {
  const from = (
    owner: string,
  ) => `exists (select from tierlink.link l where ${owner} and l.connection = any($2::text[]))
    and not exists (select from tierlink.link l where ${owner} and l.connection <> all($2::text[]))`;
  const own = `l.record_id = r.id and l.entity = '${entity}'`;
  // A credit that a lookup of its deal gives has no record, and so no link, of its own.
  const ofDeal =
    entity === 'credit'
      ? `or (not exists (select from tierlink.link l where ${own}) and ${from(`l.record_id = r.deal and l.entity = 'deal'`)})`
      : '';
  const rows = await tx.query<{ id: string }>(
    `select r.id from ${tableOf(entity)} r where r.${column} = $1 and ((${from(own)}) ${ofDeal})`,
    [survivor, connections],
  );
  return rows.map((row) => row.id);
}

/** Lets the next pull of each connection that holds one of the two read its records of the entity anew. */
async function demandReading({ tx, match, survivor, joined }: Undoing): Promise<string[]> {
  const { entity } = match;
  const links = await tx.query<
    { connection: string; object: string; crmId: string } & Record<string, unknown>
  >(
    `select connection, object, crm_id as "crmId" from tierlink.link l
     where entity = $1 and state = 'live' and ${ofCrm('l')} and record_id in (
       select $2::text union select $3 union select id from ${tableOf(entity)} where parent = $2)`,
    [entity, survivor, joined],
  );
  await readAnew(tx, entity, links);
  const connections = [...new Set(links.map(({ connection }) => connection))].sort();
  await tx.query(
    `update tierlink.feed set fields_hash = null where entity = $1 and connection = any($2::text[])`,
    [entity, connections],
  );
  return connections;
}
