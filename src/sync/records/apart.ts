import type { EntityName } from '../../model/entities.ts';
import type { Executor, Tx } from '../../store/store.ts';

/**
 * Records of ours that a person says are not the same. Nothing makes them one again by itself: no rule of matching, no
 * address of a person, no merge in the CRM, no record of the CRM that is created for one of them.
 */

/** The record of a CRM that went from one to the other when it was said. */
export interface WentOver {
  connection: string;
  object: string;
  crmId: string;
}

/** A record that another one is kept apart from. */
export interface KeptApart {
  recordId: string;
  from: string;
  /** null: nothing went from one to the other. */
  went: WentOver | null;
  /** ISO instant. */
  since: string;
  by: string;
  reason: string | null;
}

/** The two ids in the order in which rows hold them. */
export function ordered(one: string, other: string): [string, string] {
  return one < other ? [one, other] : [other, one];
}

/** What two records are called together. */
export function pairKey(one: string, other: string): string {
  return ordered(one, other).join(' ');
}

/** SQL: whether two records are kept apart. */
export function apartSql(entity: string, [one, other]: readonly [string, string]): string {
  const [first, second] = [`least(${one} collate "C", ${other})`, `greatest(${one} collate "C", ${other})`];
  return `exists (select from tierlink.apart a where a.entity = ${entity} and a.one = ${first} and a.other = ${second})`;
}

/** Pairs among these records that are kept apart, as pairKey names them. */
export async function apartPairs(
  executor: Executor,
  entity: string,
  ids: readonly string[],
): Promise<Set<string>> {
  if (ids.length < 2) return new Set();
  const rows = await executor.query<{ one: string; other: string }>(
    `select one, other from tierlink.apart where entity = $1 and one = any($2::text[]) and other = any($2::text[])`,
    [entity, [...new Set(ids)]],
  );
  return new Set(rows.map(({ one, other }) => pairKey(one, other)));
}

/** What each of these records is kept apart from. */
export async function keptApart(
  executor: Executor,
  entity: EntityName,
  ids: readonly string[],
): Promise<KeptApart[]> {
  const rows = await executor.query<Omit<KeptApart, 'went'> & { went: string | null } & Partial<WentOver>>(
    `select s.id as "recordId", case when a.one = s.id then a.other else a.one end as "from", a.connection, a.object,
       a.crm_id as "crmId", a.since, a.decided_by as by, a.reason
     from (select distinct unnest($2::text[]) as id) s join tierlink.apart a on a.entity = $1 and s.id in (a.one, a.other)
     order by 1, 2`,
    [entity, [...ids]],
  );
  return rows.map(({ connection, object, crmId, ...row }) => ({
    ...row,
    went: crmId == null ? null : { connection: connection!, object: object!, crmId },
  }));
}

/**
 * Keeps two records apart from now on. Said again, the newest word stands. Returns whether it says anything new: what one
 * person gives the same reason for once more, such as after a process that died, was said.
 */
export async function keepApart(
  tx: Tx,
  pair: {
    entity: EntityName;
    records: readonly [string, string];
    went: WentOver | null;
    by: string;
    reason: string | null;
    /** ISO instant. */
    now: string;
  },
): Promise<boolean> {
  const { entity, records, went, by, reason, now } = pair;
  const rows = await tx.query(
    `insert into tierlink.apart as a (entity, one, other, connection, object, crm_id, since, decided_by, reason)
     values ($1, $2, $3, $4, $5, $6, $7::timestamptz, $8, $9)
     on conflict (entity, one, other) do update set connection = coalesce(excluded.connection, a.connection),
       object = coalesce(excluded.object, a.object), crm_id = coalesce(excluded.crm_id, a.crm_id),
       since = excluded.since, decided_by = excluded.decided_by, reason = excluded.reason
     where excluded.crm_id is not null or (a.decided_by, a.reason) is distinct from (excluded.decided_by, excluded.reason)
     returning one`,
    [
      entity,
      ...ordered(...records),
      went?.connection ?? null,
      went?.object ?? null,
      went?.crmId ?? null,
      now,
      by,
      reason,
    ],
  );
  return rows.length > 0;
}

/** Takes it back that two records are not the same. Returns whether anybody had said so. */
export async function endApart(
  tx: Tx,
  entity: EntityName,
  records: readonly [string, string],
): Promise<boolean> {
  const rows = await tx.query(
    'delete from tierlink.apart where entity = $1 and one = $2 and other = $3 returning one',
    [entity, ...ordered(...records)],
  );
  return rows.length > 0;
}

/** What was said of records that became a part of others holds for these too. */
export async function carryApart(
  tx: Tx,
  entity: EntityName,
  pairs: readonly { from: string; to: string }[],
): Promise<void> {
  await tx.query(
    `insert into tierlink.apart (entity, one, other, connection, object, crm_id, since, decided_by, reason)
     select a.entity, least(o.id collate "C", p.target), greatest(o.id collate "C", p.target), a.connection, a.object,
       a.crm_id, a.since, a.decided_by, a.reason
     from unnest($2::text[], $3::text[]) as p(source, target)
     join tierlink.apart a on a.entity = $1 and p.source in (a.one, a.other)
     cross join lateral (select case when a.one = p.source then a.other else a.one end as id) o
     where o.id <> p.target
     on conflict do nothing`,
    [entity, pairs.map(({ from }) => from), pairs.map(({ to }) => to)],
  );
}
