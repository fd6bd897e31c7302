import { type AttributeValue, type EntityName, entities } from '../../model/entities.ts';
import type { MatchedEntity, MatchRule } from '../../model/match-keys.ts';
import { writeAudit } from '../../store/audit.ts';
import { markOutbox } from '../../store/mark-outbox.ts';
import type { Tx } from '../../store/store.ts';
import { makeDue } from '../../tier/due.ts';
import type { Ownership } from '../owners.ts';
import { ordered } from '../records/apart.ts';
import { markMade } from '../records/outbox.ts';
import { loadRecords, type RecordRow, saveRecords } from '../records/record-rows.ts';
import { meetAnew } from '../records/takeovers.ts';
import { makeMatchDue } from './due.ts';
import { joinRecords, type MovedLink, pairRows, type RecordPair } from './join-records.ts';
import { agreedSql, carryOver } from './proposals.ts';

/** A match that was made, for people. */
export interface JoinedMatch {
  id: string;
  entity: MatchedEntity;
  rule: MatchRule;
  key: string;
  survivor: string;
  joined: string;
  /** Names of the two before they became one; null where they had none. */
  survivorName: string | null;
  joinedName: string | null;
}

/** Two records to be joined, and why. */
export interface PairToJoin {
  rule: MatchRule;
  key: string;
  survivor: string;
  joined: string;
}

export interface JoinRequest {
  entity: MatchedEntity;
  /** No record may be in two of them, and no match may name records of two. */
  pairs: readonly PairToJoin[];
  /** ISO instant. */
  now: string;
  /** Who decided it: tierlink for a rule that joins by itself. */
  by: string;
  runId: string | null;
  /** Which connection decides what; undefined where each decides alone. */
  ownership: Ownership | undefined;
}

/**
 * Makes the two records of each pair one, in the caller's transaction and under the lock of merges-lock.ts. What only the
 * joined one knew goes to the survivor; both CRMs are then compared with it. The number of statements does not depend on
 * that of the pairs. Returns the matches in the order of the pairs.
 */
export async function joinPairs(tx: Tx, request: JoinRequest): Promise<JoinedMatch[]> {
  const { entity, now } = request;
  if (request.pairs.length === 0) return [];
  const pairs = request.pairs.map(({ joined, survivor }) => ({ from: joined, to: survivor }));
  const survivors = pairs.map(({ to }) => to);
  const ids = [...survivors, ...pairs.map(({ from }) => from)];
  const rows = await loadRecords(tx, entity, ids);
  const links = await joinRecords({ tx, now, entity }, pairs);
  await fillBlanks(tx, request, rows);
  await takeTroubles(tx, { entity, pairs });
  await readAnew(tx, entity, [...links.values()].flat());
  await meetOwners(tx, request, links);
  await tellAll(tx, { entity, ids, now });
  const made = request.pairs.map((pair) => ({
    ...pair,
    links: links.get(pair.joined) ?? [],
    values: rows.get(pair.survivor)?.values ?? {},
  }));
  const idOf = await keepMatches(tx, request, made);
  await carryOver(tx, { entity, pairs });
  await makeMatchDue(tx, { entity, recordIds: survivors, now });
  const audited = made.map((pair) => ({ ...pair, id: idOf(pair), link: pair.links[0] }));
  await auditMatches(tx, audited, { ...request, action: 'match' });
  const nameOf = (record: string) => (rows.get(record)?.values.name as string | null | undefined) ?? null;
  return audited.map(({ id, rule, key, survivor, joined }) => ({
    id,
    entity,
    rule,
    key,
    survivor,
    joined,
    survivorName: nameOf(survivor),
    joinedName: nameOf(joined),
  }));
}

/** Those whose links moved in the same connections meet their owners together: there are few such groups. */
async function meetOwners(
  tx: Tx,
  { ownership, entity, pairs, now }: JoinRequest,
  links: ReadonlyMap<string, readonly MovedLink[]>,
): Promise<void> {
  if (ownership === undefined) return;
  const groups = new Map<string, { moved: string[]; pairs: RecordPair[] }>();
  for (const { joined, survivor } of pairs) {
    const moved = [...new Set((links.get(joined) ?? []).map(({ connection }) => connection))].sort();
    const group = groups.get(moved.join(' ')) ?? { moved, pairs: [] };
    groups.set(moved.join(' '), group);
    group.pairs.push({ from: joined, to: survivor });
  }
  for (const group of groups.values())
    await meetAnew(tx, { ...group, ownership, entity, beside: ownership.connections, now });
}

/** What a match changed, for whoever undoes it. */
export interface BeforeMatch {
  links: MovedLink[];
  /** What the survivor was. */
  values: Record<string, AttributeValue>;
}

/** What records were last read as is not what ours hold now: a comparison of everything takes them anew. */
export async function readAnew(
  tx: Tx,
  entity: EntityName,
  links: readonly Pick<MovedLink, 'connection' | 'object' | 'crmId'>[],
): Promise<void> {
  await tx.query(
    `update tierlink.link l set seen_hash = null
     from jsonb_to_recordset($2::jsonb) as m(connection text, object text, "crmId" text)
     where l.connection = m.connection and l.object = m.object and l.crm_id = m."crmId" and l.entity = $1`,
    [entity, JSON.stringify(links)],
  );
}

/**
 * What is to be decided about a record of the CRM goes where its link went. What was refused is found out anew with the
 * values of the record that it is now.
 */
export async function takeTroubles(
  tx: Tx,
  of: { entity: MatchedEntity; pairs: readonly RecordPair[]; connections?: readonly string[] },
): Promise<void> {
  const { entity, pairs, connections = null } = of;
  const { sql, values } = pairRows(pairs, 3);
  const asked = [entity, connections, ...values];
  const mine = (row: string) => `${row}.entity = $1 and ${row}.record_id = p.source
    and ($2::text[] is null or ${row}.connection = any($2::text[]))`;
  const move = (table: string) =>
    tx.query(`update tierlink.${table} t set record_id = p.target from ${sql} where ${mine('t')}`, asked);
  const drop = (table: string, which: string) =>
    tx.query(`delete from tierlink.${table} t using ${sql} where ${mine('t')} and ${which}`, asked);
  await move('difference');
  await drop('reject', `t.direction = 'out'`);
  await move('reject');
  await drop('pending_write', `t.state <> 'in_flight'`);
}

/** Values that survivors do not have; their own ones stay. */
export async function fillBlanks(
  tx: Tx,
  of: { entity: EntityName; pairs: readonly Pick<PairToJoin, 'survivor' | 'joined'>[]; now: string },
  rows: ReadonlyMap<string, RecordRow>,
): Promise<void> {
  const { entity, pairs, now } = of;
  // What the joined ones point to may have become a part of its own survivor in the same transaction.
  const survivorOf = new Map(pairs.map(({ joined, survivor }) => [joined, survivor]));
  const filled = new Map<string, Record<string, AttributeValue>>();
  for (const { survivor, joined } of pairs) {
    const [own, other] = [rows.get(survivor), rows.get(joined)];
    if (own === undefined || other === undefined) continue;
    const values = Object.entries(other.values).flatMap(([attribute, known]): [string, AttributeValue][] => {
      const isReference = entities[entity].attributes[attribute]?.to === entity;
      const value = isReference ? (survivorOf.get(String(known)) ?? known) : known;
      const isBlank = (own.values[attribute] ?? null) === null;
      return isBlank && value !== null && value !== survivor ? [[attribute, value]] : [];
    });
    if (values.length > 0) filled.set(survivor, Object.fromEntries(values));
  }
  if (filled.size === 0) return;
  // Joining may have changed the survivors' own references.
  const present = await loadRecords(tx, entity, [...filled.keys()]);
  const changed = [...present.values()].map((row) => ({
    ...row,
    values: { ...row.values, ...filled.get(row.id) },
  }));
  await saveRecords(tx, entity, { created: [], changed, now });
}

/** Each CRM may lack what the other one knew, and what the program made for either; who owns a tier may differ. */
export async function tellAll(
  tx: Tx,
  { entity, ids, now }: { entity: MatchedEntity; ids: readonly string[]; now: string },
): Promise<void> {
  await markOutbox(tx, { entity, recordIds: ids, now });
  if (entity !== 'partner') return;
  await makeDue(tx, { partners: ids, now });
  await markMade(tx, { partners: ids, now });
}

/** The proposals that they were, or matches of their own. Returns how to find the id of each. */
async function keepMatches(
  tx: Tx,
  { entity, now, by }: JoinRequest,
  made: readonly (PairToJoin & BeforeMatch)[],
): Promise<(pair: PairToJoin) => string> {
  const rows = made.map(({ rule, key, survivor, joined, links, values }) => {
    const [one, other] = ordered(survivor, joined);
    return { one, other, rule, key, survivor, before: { links, values } };
  });
  const kept = await tx.query<{ id: string; one: string; other: string }>(
    `insert into tierlink.match as m (id, entity, one, other, rule, key, state, since, decided_at, decided_by, survivor,
       before, seen)
     select 'm-' || lpad(nextval('tierlink.match_number')::text, 6, '0'), $1, r.one, r.other, r.rule, r.key, 'joined',
       $3::timestamptz, $3::timestamptz, $4, r.survivor, r.before,
       ${agreedSql('$1', 'r.one', 'r.other')}
     from jsonb_to_recordset($2::jsonb) as r(one text, other text, rule text, key text, survivor text, before jsonb)
     on conflict (entity, one, other, rule, key) do update set state = 'joined', decided_at = excluded.decided_at,
       decided_by = excluded.decided_by, reason = null, survivor = excluded.survivor, before = excluded.before,
       seen = excluded.seen
     returning id, one, other`,
    [entity, JSON.stringify(rows), now, by],
  );
  const ids = new Map(kept.map(({ id, one, other }) => [`${one} ${other}`, id]));
  return ({ survivor, joined }) => ids.get(ordered(survivor, joined).join(' '))!;
}

/** Rows of the audit, each about two records and a link of the one that was joined. */
export async function auditMatches(
  tx: Tx,
  pairs: readonly (PairToJoin & { id: string; link: MovedLink | undefined })[],
  of: Pick<JoinRequest, 'entity' | 'now' | 'by' | 'runId'> & { action: 'match' | 'unmatch' },
): Promise<void> {
  const isMatch = of.action === 'match';
  const { entity, action, runId } = of;
  await writeAudit(
    tx,
    pairs.map(({ id, rule, key, survivor, joined, link }) => ({
      at: of.now,
      runId,
      connection: link?.connection ?? '',
      object: link?.object ?? '',
      crmId: link?.crmId,
      entity,
      recordId: joined,
      action,
      before: { record: isMatch ? joined : survivor },
      after: { record: isMatch ? survivor : joined, match: id, rule, key },
      actor: of.by,
    })),
  );
}
