import type { SharedKey } from '../../model/match-keys.ts';
import { alive } from '../../store/alive.ts';
import type { Tx } from '../../store/store.ts';
import { tableOf } from '../records/record-rows.ts';
import { pairRows, type RecordPair } from './join-records.ts';

/** What says that two records are no pair (any more): one does not count, or one connection has both. */
export function pairLivesSql(entity: Parameters<typeof tableOf>[0], match: string): string {
  const lives = (id: string) => `exists (select from ${tableOf(entity)} t where t.id = ${match}.${id}
    and ${alive('t')})`;
  return `${lives('one')} and ${lives('other')} and not exists (
    select from tierlink.link l join tierlink.link r on r.connection = l.connection and r.entity = l.entity
    where l.entity = ${match}.entity and l.record_id = ${match}.one and l.state = 'live'
      and r.record_id = ${match}.other and r.state = 'live')`;
}

/** Forgets proposals of records that were looked at and are no pair any more. Decided ones stay. */
export async function dropOutdated(tx: Tx, entity: 'partner' | 'customer'): Promise<void> {
  await tx.query(
    `delete from tierlink.match m using tierlink.match_due d
     where m.entity = $1 and m.state = 'open' and d.entity = $1 and d.keyed and d.record_id in (m.one, m.other)
       and not (${pairLivesSql(entity, 'm')} and exists (
         select from tierlink.match_key k join tierlink.match_key o on o.entity = k.entity and o.rule = k.rule
           and o.key = k.key
         where k.entity = $1 and k.rule = m.rule and k.key = m.key and k.record_id = m.one and o.record_id = m.other))`,
    [entity],
  );
}

/**
 * What was proposed or decided of records that were joined holds for their survivors: a proposal goes along unless the
 * survivor has one with the same record, a refusal is remembered for both. No two pairs may have matches in common.
 */
export async function carryOver(
  tx: Tx,
  { entity, pairs }: { entity: 'partner' | 'customer'; pairs: readonly RecordPair[] },
): Promise<void> {
  const { sql, values } = pairRows(pairs, 2);
  const ofSide = (side: string, theirs: string) => `select p.target collate "C" as target,
      m.${theirs} collate "C" as theirs, m.* from ${sql} join tierlink.match m on m.entity = $1 and m.${side} = p.source`;
  const touched = `touched as (${ofSide('one', 'other')} union all ${ofSide('other', 'one')})`;
  await tx.query(
    `with ${touched}
     insert into tierlink.match (id, entity, one, other, rule, key, state, since, decided_at, decided_by, reason,
       seen)
     select 'm-' || lpad(nextval('tierlink.match_number')::text, 6, '0'), $1, least(theirs, target),
       greatest(theirs, target), rule, key, state, since, decided_at, decided_by, reason, seen
     from touched where theirs <> target and state in ('refused', 'undone')
     on conflict do nothing`,
    [entity, ...values],
  );
  await tx.query(
    `with ${touched},
     kept as (
       update tierlink.match m set one = least(t.theirs, t.target), other = greatest(t.theirs, t.target)
       from touched t
       where m.id = t.id and t.state = 'open' and t.theirs <> t.target
         and not exists (select from tierlink.match k where k.entity = $1 and k.one = least(t.theirs, t.target)
           and k.other = greatest(t.theirs, t.target) and (k.state = 'open' or (k.rule = t.rule and k.key = t.key)))
       returning m.id)
     delete from tierlink.match m using touched t
     where m.id = t.id and t.state = 'open' and m.id not in (select id from kept)`,
    [entity, ...values],
  );
}

/** SQL for the rules and keys in which two records agree by their own contents, also once one is a part of the other. */
export function agreedSql(entity: string, one: string, other: string): string {
  return `(select coalesce(jsonb_agg(distinct jsonb_build_object('rule', k.rule, 'key', k.key)), '[]')
    from tierlink.match_key k join tierlink.match_key o on o.entity = k.entity and o.rule = k.rule and o.key = k.key
    where k.entity = ${entity} and k.source_id = ${one} and o.source_id = ${other})`;
}

/** Records that a match of whatever state names together with one of these, by that one. */
export async function matchedBeside(
  tx: Tx,
  entity: string,
  ids: readonly string[],
): Promise<Map<string, string[]>> {
  const rows = await tx.query<{ id: string; beside: string }>(
    `select one as id, other as beside from tierlink.match where entity = $1 and one = any($2::text[])
     union all select other, one from tierlink.match where entity = $1 and other = any($2::text[])`,
    [entity, [...ids]],
  );
  const found = new Map<string, string[]>();
  for (const { id, beside } of rows) found.set(id, [...(found.get(id) ?? []), beside]);
  return found;
}

/** Every rule and key that two records share, for what a person decided with all of them in sight. */
export async function sharedKeys(
  tx: Tx,
  entity: string,
  [one, other]: readonly [string, string],
): Promise<SharedKey[]> {
  return await tx.query<SharedKey & Record<string, unknown>>(
    `select distinct k.rule, k.key from tierlink.match_key k
     join tierlink.match_key o on o.entity = k.entity and o.rule = k.rule and o.key = k.key
     where k.entity = $1 and k.record_id = $2 and o.record_id = $3 order by 1`,
    [entity, one, other],
  );
}
