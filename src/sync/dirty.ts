import type { EntityName } from '../model/entities.ts';
import type { Executor } from '../store/store.ts';
import { tableOf } from './record-rows.ts';

/** The transaction in which a change is made, and the ISO instant of it. */
export interface Change {
  tx: Executor;
  now: string;
}

/**
 * Partners whose figures can change because records of an entity did, as SQL over the ids in $1. Companies above them
 * are added for all.
 */
const reached: Readonly<Partial<Record<EntityName, string>>> = {
  partner: `select unnest($1::text[]) as id
    union select id from tierlink.partner where parent = any($1::text[])`,
  customer: `select c.partner from tierlink.credit c join tierlink.deal d on d.id = c.deal
      where d.customer = any($1::text[])
    union select partner from tierlink.support_case where customer = any($1::text[])`,
  person: 'select partner as id from tierlink.person where id = any($1::text[])',
  deal: 'select partner as id from tierlink.credit where deal = any($1::text[])',
  credit: 'select partner as id from tierlink.credit where id = any($1::text[])',
  lead: 'select partner as id from tierlink.lead where id = any($1::text[])',
  certification: `select coalesce(c.partner, p.partner) as id from tierlink.certification c
      left join tierlink.person p on p.id = c.person where c.id = any($1::text[])
    union select p.partner from tierlink.certification c join tierlink.person p on p.id = c.person
      where c.id = any($1::text[])`,
  case: `select partner as id from tierlink.support_case where id = any($1::text[])
    union select c.partner from tierlink.support_case s join tierlink.deal d on d.customer = s.customer
      join tierlink.credit c on c.deal = d.id where s.id = any($1::text[])`,
  fact: 'select partner as id from tierlink.fact where id = any($1::text[])',
};

/** Entities whose KPIs read what changed: a person carries certifications along, a credit its deal. */
const marks: Readonly<Partial<Record<EntityName, readonly EntityName[]>>> = {
  person: ['person', 'certification'],
  credit: ['deal', 'credit'],
};

const withCompanies = `up(id) as (
    select id from first where id is not null
    union select p.parent from up join ${tableOf('partner')} p on p.id = up.id where p.parent is not null
  )
  insert into tierlink.dirty_partner (partner_id, entity, since)
  select up.id, e.entity, $2::timestamptz from up cross join unnest($3::text[]) as e(entity)
  order by 1, 2
  on conflict do nothing`;

/**
 * Marks the partners that records lead to, so that their KPIs are computed again. Call it before a change and after it:
 * both the former and the new partner are meant.
 */
export async function markDirty(change: Change, entity: EntityName, ids: readonly string[]): Promise<void> {
  const sql = reached[entity];
  if (sql === undefined || ids.length === 0) return;
  await change.tx.query(`with recursive first(id) as (${sql}), ${withCompanies}`, [
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
