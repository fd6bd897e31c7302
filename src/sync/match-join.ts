import type { AttributeValue } from '../model/entities.ts';
import type { MatchedEntity, MatchRule } from '../model/match-keys.ts';
import type { Tx } from '../store/store.ts';
import { makeDue } from '../tier/due.ts';
import { joinRecords, type MovedLink } from './join-records.ts';
import { makeMatchDue } from './match-due.ts';
import { ordered } from './match-found.ts';
import { agreedSql, carryOver } from './match-proposals.ts';
import { markOutbox } from './outbox.ts';
import type { Ownership } from './owners.ts';
import { loadRecords, type RecordRow, saveRecords } from './record-rows.ts';
import { meetAnew } from './takeovers.ts';

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

export interface JoinRequest {
  entity: MatchedEntity;
  rule: MatchRule;
  key: string;
  survivor: string;
  joined: string;
  /** ISO instant. */
  now: string;
  /** Who decided it: tierlink for a rule that joins by itself. */
  by: string;
  runId: string | null;
  /** Which connection decides what; undefined where each decides alone. */
  ownership: Ownership | undefined;
}

/**
 * Makes two records of different connections one, in the caller's transaction and under the lock of merges-lock.ts. What only the joined
 * one knew goes to the survivor; both CRMs are then compared with it.
 */
export async function joinPair(tx: Tx, request: JoinRequest): Promise<JoinedMatch> {
  const { entity, survivor, joined, now } = request;
  const rows = await loadRecords(tx, entity, [survivor, joined]);
  const links = await joinRecords({ tx, now, entity }, { from: joined, to: survivor });
  await fillBlanks(tx, request, rows);
  await takeTroubles(tx, { entity, from: joined, to: survivor });
  await readAnew(tx, entity, links);
  if (request.ownership !== undefined) {
    const { ownership } = request;
    const moved = links.map(({ connection }) => connection);
    const beside = ownership.connections;
    await meetAnew(tx, { ownership, entity, from: joined, to: survivor, moved, beside, now });
  }
  await tellAll(tx, { entity, ids: [survivor, joined], now });
  const values = rows.get(survivor)?.values ?? {};
  const id = await keepMatch(tx, request, { links, values });
  await carryOver(tx, { entity, from: joined, to: survivor });
  await makeMatchDue(tx, { entity, recordIds: [survivor], now });
  await auditMatch(tx, { ...request, action: 'match', id, link: links[0] });
  const nameOf = (record: string) => (rows.get(record)?.values.name as string | null | undefined) ?? null;
  const { rule, key } = request;
  return {
    id,
    entity,
    rule,
    key,
    survivor,
    joined,
    survivorName: nameOf(survivor),
    joinedName: nameOf(joined),
  };
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
  entity: MatchedEntity,
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
  of: { entity: MatchedEntity; from: string; to: string; connections?: readonly string[] },
): Promise<void> {
  const { entity, from, to, connections = null } = of;
  const mine = 'entity = $1 and record_id = $2 and ($3::text[] is null or connection = any($3::text[]))';
  const asked = [entity, from, connections];
  await tx.query(`update tierlink.difference set record_id = $4 where ${mine}`, [...asked, to]);
  await tx.query(`delete from tierlink.reject where ${mine} and direction = 'out'`, asked);
  await tx.query(`update tierlink.reject set record_id = $4 where ${mine}`, [...asked, to]);
  await tx.query(`delete from tierlink.pending_write where ${mine} and state <> 'in_flight'`, asked);
}

/** Values that the survivor does not have; its own ones stay. */
async function fillBlanks(
  tx: Tx,
  { entity, survivor, joined, now }: JoinRequest,
  rows: ReadonlyMap<string, RecordRow>,
): Promise<void> {
  const [own, other] = [rows.get(survivor), rows.get(joined)];
  if (own === undefined || other === undefined) return;
  const filled: Record<string, AttributeValue> = {};
  for (const [attribute, value] of Object.entries(other.values)) {
    const isBlank = (own.values[attribute] ?? null) === null;
    if (isBlank && value !== null && value !== survivor) filled[attribute] = value;
  }
  if (Object.keys(filled).length === 0) return;
  // Joining may have changed the survivor's own references.
  const present = (await loadRecords(tx, entity, [survivor])).get(survivor)!;
  const changed = { ...present, values: { ...present.values, ...filled } };
  await saveRecords(tx, entity, { created: [], changed: [changed], now });
}

/** Each CRM may lack what the other one knew, and what the program made for either; who owns a tier may differ. */
export async function tellAll(
  tx: Tx,
  { entity, ids, now }: { entity: MatchedEntity; ids: readonly string[]; now: string },
): Promise<void> {
  await markOutbox(tx, { entity, recordIds: ids, now });
  if (entity !== 'partner') return;
  await makeDue(tx, { partners: ids, now });
  for (const [made, table] of [
    ['kpiPeriod', 'kpi_period'],
    ['decision', 'decision'],
  ] as const) {
    const rows = await tx.query<{ id: string }>(
      `select id from tierlink.${table} where partner_id = any($1::text[])`,
      [[...ids]],
    );
    await markOutbox(tx, { entity: made, recordIds: rows.map((row) => row.id), now });
  }
}

/** The proposal that it was, or a match of its own. */
async function keepMatch(tx: Tx, request: JoinRequest, before: BeforeMatch): Promise<string> {
  const { entity, rule, key, survivor, joined, now, by } = request;
  const [one, other] = ordered(survivor, joined);
  const [row] = await tx.query<{ id: string }>(
    `insert into tierlink.match as m (id, entity, one, other, rule, key, state, since, decided_at, decided_by, survivor,
       before, seen)
     values ('m-' || lpad(nextval('tierlink.match_number')::text, 6, '0'), $1, $2, $3, $4, $5, 'joined',
       $6::timestamptz, $6::timestamptz, $7, $8, $9::jsonb, ${agreedSql('$1', '$2', '$3')})
     on conflict (entity, one, other, rule, key) do update set state = 'joined', decided_at = excluded.decided_at,
       decided_by = excluded.decided_by, reason = null, survivor = excluded.survivor, before = excluded.before,
       seen = excluded.seen
     returning id`,
    [entity, one, other, rule, key, now, by, survivor, JSON.stringify(before)],
  );
  return row!.id;
}

/** A row of the audit about two records and a link of the one that was joined. */
export async function auditMatch(
  tx: Tx,
  of: Omit<JoinRequest, 'ownership'> & {
    action: 'match' | 'unmatch';
    id: string;
    link: MovedLink | undefined;
  },
): Promise<void> {
  const { entity, rule, key, survivor, joined, link } = of;
  await tx.query(
    `insert into tierlink.audit (at, run_id, connection, object, crm_id, entity, record_id, action, before, after, actor)
     values ($1::timestamptz, $2, $3, $4, $5, $6, $7, $8, $9::jsonb, $10::jsonb, $11)`,
    [
      of.now,
      of.runId,
      link?.connection ?? '',
      link?.object ?? '',
      link?.crmId ?? null,
      entity,
      joined,
      of.action,
      JSON.stringify({ record: of.action === 'match' ? joined : survivor }),
      JSON.stringify({ record: of.action === 'match' ? survivor : joined, match: of.id, rule, key }),
      of.by,
    ],
  );
}
