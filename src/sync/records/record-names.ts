import { type EntityName, entities } from '../../model/entities.ts';
import type { Executor } from '../../store/store.ts';

/** What people call records, by our id; records that nothing names are not there. */
export async function recordNames(
  executor: Executor,
  entity: EntityName,
  recordIds: readonly string[],
): Promise<Map<string, string>> {
  if (recordIds.length === 0) return new Map();
  const sql = namesSql(entity);
  if (sql === null) return new Map();
  const rows = await executor.query<{ id: string; name: string | null }>(sql, [[...recordIds]]);
  return new Map(rows.flatMap(({ id, name }) => (name === null || name === '' ? [] : [[id, name] as const])));
}

/** What belongs to a deal or a partner, or is made for one, is called after it. */
function namesSql(entity: EntityName): string | null {
  const { table, attributes } = entities[entity];
  if (entity === 'kpiPeriod') return ofPartner(table, 'r.period');
  if (entity === 'decision') return ofPartner(table, "to_char(r.effective_on, 'YYYY-MM-DD')");
  if (entity === 'membership') return ofPartner(table, 'r.ladder');
  if (entity === 'credit')
    return `select r.id, concat_ws(', ', d.name, p.name) as name from tierlink.credit r
      left join tierlink.deal d on d.id = r.deal left join tierlink.partner p on p.id = r.partner
      where r.id = any($1::text[])`;
  if (entity === 'case')
    return `select id, concat_ws(', ', number, subject) as name from tierlink.support_case
    where id = any($1::text[])`;
  if (entity === 'fact')
    return `select r.id, concat_ws(', ', p.name, r.kind) as name from tierlink.fact r
      left join tierlink.partner p on p.id = r.partner where r.id = any($1::text[])`;
  if (entity === 'connectionStatus')
    return 'select id, id as name from tierlink.connection where id = any($1::text[])';
  if (!('name' in attributes)) return null;
  return `select id, name from tierlink.${table} where id = any($1::text[])`;
}

function ofPartner(table: string, more: string): string {
  return `select r.id, p.name || ', ' || ${more} as name from tierlink.${table} r
    join tierlink.partner p on p.id = r.partner_id where r.id = any($1::text[])`;
}
