import { type EntityName, entities } from '../model/entities.ts';
import type { Executor } from '../store/store.ts';
import { tableOf } from '../sync/records/record-rows.ts';

/** The partners that records belong to, by our id of the record; records that belong to none are not there. */
export async function partnersOf(
  executor: Executor,
  entity: EntityName,
  recordIds: readonly string[],
): Promise<Map<string, string[]>> {
  const sql = partnersSql(entity);
  const found = new Map<string, string[]>();
  if (sql === null || recordIds.length === 0) return found;
  const rows = await executor.query<{ id: string; partner: string }>(`${sql} order by 1, 2`, [
    [...new Set(recordIds)],
  ]);
  for (const { id, partner } of rows) found.set(id, [...(found.get(id) ?? []), partner]);
  return found;
}

/** Two columns, id and partner, of the records in $1; null where no partner is behind an entity. */
function partnersSql(entity: EntityName): string | null {
  const { origin, table, attributes } = entities[entity];
  if (entity === 'partner') return 'select id collate "C" as id, id as partner from unnest($1::text[]) as id';
  if (entity === 'deal')
    return `select distinct deal collate "C" as id, partner collate "C" as partner from tierlink.credit
      where deal = any($1::text[]) and partner is not null and deleted_at is null`;
  if (entity === 'certification')
    return `select c.id collate "C" as id, coalesce(c.partner, p.partner) collate "C" as partner
      from tierlink.certification c left join tierlink.person p on p.id = c.person
      where c.id = any($1::text[]) and coalesce(c.partner, p.partner) is not null`;
  if (!('partner' in attributes)) return null;
  if (origin === 'program')
    return `select id collate "C" as id, partner_id collate "C" as partner from tierlink.${table} where id = any($1::text[])`;
  return `select id collate "C" as id, partner collate "C" as partner from ${tableOf(entity)}
    where id = any($1::text[]) and partner is not null`;
}
