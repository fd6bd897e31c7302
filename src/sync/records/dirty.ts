import { marksLock } from '../../kpi/dirty-partners.ts';
import type { EntityName } from '../../model/entities.ts';
import type { Executor } from '../../store/store.ts';
import { tableOf } from './record-rows.ts';

/** The transaction in which a change is made, and the ISO instant of it. */
export interface Change {
  tx: Executor;
  now: string;
}

/**
 * Partners whose figures can change because records of an entity did: common table expressions over the ids in $1, of
 * which the last is first(id). A rule can read through any number of references, so whatever points to the records counts,
 * directly or through others, and so does whatever they point to. Companies above are added for all.
 */
const reached: Readonly<Partial<Record<EntityName, string>>> = {
  partner: `below(id) as (select unnest($1::text[])
      union select p.id from below join tierlink.partner p on p.parent = below.id),
    first(id) as (select id from below
      union select c.partner from below join tierlink.person h on h.partner = below.id
        join tierlink.certification c on c.person = h.id
      union select h.partner from below join tierlink.certification c on c.partner = below.id
        join tierlink.person h on h.id = c.person
      union select k.partner from below join tierlink.lead l on l.partner = below.id
        join tierlink.credit k on k.deal = l.deal)`,
  customer: `below(id) as (select unnest($1::text[])
      union select c.id from below join tierlink.customer c on c.parent = below.id),
    bought(id) as (select d.id from below join tierlink.deal d on d.customer = below.id),
    first(id) as (select c.partner from bought join tierlink.credit c on c.deal = bought.id
      union select l.partner from bought join tierlink.lead l on l.deal = bought.id
      union select s.partner from below join tierlink.support_case s on s.customer = below.id)`,
  person: `first(id) as (select partner from tierlink.person where id = any($1::text[])
      union select partner from tierlink.certification where person = any($1::text[]))`,
  deal: `first(id) as (select partner from tierlink.credit where deal = any($1::text[])
      union select partner from tierlink.lead where deal = any($1::text[]))`,
  credit: 'first(id) as (select partner from tierlink.credit where id = any($1::text[]))',
  lead: `first(id) as (select partner from tierlink.lead where id = any($1::text[])
      union select k.partner from tierlink.lead l join tierlink.credit k on k.deal = l.deal
        where l.id = any($1::text[]))`,
  certification: `first(id) as (select partner from tierlink.certification where id = any($1::text[])
      union select h.partner from tierlink.certification c
        join tierlink.person h on h.id = c.person where c.id = any($1::text[]))`,
  case: 'first(id) as (select partner from tierlink.support_case where id = any($1::text[]))',
  fact: 'first(id) as (select partner from tierlink.fact where id = any($1::text[]))',
};

/** Entities whose KPIs read what changed: a person carries certifications along, a credit its deal. */
const marks: Readonly<Partial<Record<EntityName, readonly EntityName[]>>> = {
  person: ['person', 'certification'],
  credit: ['deal', 'credit'],
};

const withCompanies = `up(id) as (
    select id from first where id is not null
    union select p.parent from up join ${tableOf('partner')} p on p.id = up.id where p.parent is not null
  ),
  locked as materialized (select pg_advisory_xact_lock_shared(${marksLock})::text as lock)
  insert into tierlink.dirty_partner (partner_id, entity, since)
  select up.id, e.entity, $2::timestamptz from up cross join unnest($3::text[]) as e(entity)
  where (select lock from locked) is not null
  order by 1, 2
  on conflict do nothing`;

/**
 * What a mark leads to is read by the statement that sets it. Where a change is marked only once, before it, this comes
 * first: a statement that waits for the lock itself reads what held before it waited.
 */
export async function lockMarks(tx: Executor): Promise<void> {
  await tx.query(`select pg_advisory_xact_lock_shared(${marksLock})`);
}

/**
 * Marks the partners that records lead to, so that their KPIs are computed again. Call it before a change and after it:
 * both the former and the new partner are meant.
 */
export async function markDirty(change: Change, entity: EntityName, ids: readonly string[]): Promise<void> {
  const sql = reached[entity];
  if (sql === undefined || ids.length === 0) return;
  await change.tx.query(`with recursive ${sql}, ${withCompanies}`, [
    [...ids],
    change.now,
    [...(marks[entity] ?? [entity])],
  ]);
}

/** Marks partners that are known to be reached by records of an entity. */
export async function markPartners(
  change: Change,
  entity: EntityName,
  partnerIds: ReadonlySet<string>,
): Promise<void> {
  if (partnerIds.size === 0) return;
  await change.tx.query(`with recursive first(id) as (select unnest($1::text[])), ${withCompanies}`, [
    [...partnerIds],
    change.now,
    [...(marks[entity] ?? [entity])],
  ]);
}
