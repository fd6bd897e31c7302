import type { EntityName } from '../model/entities.ts';
import { filesAlias } from '../model/record-id.ts';

/**
 * SQL for the place of a record of ours that people can go to, as `l` with connection, object and crm_id: a CRM before files,
 * where it is in both. `record`: the SQL of our id. Joined with `left join lateral (...) l on true`.
 */
export function firstLinkSql(entity: EntityName, record: string): string {
  return `select connection, object, crm_id from tierlink.link
    where entity = '${entity}' and record_id = ${record} and merged_into is null
    order by connection = '${filesAlias}', connection collate "C", object collate "C", crm_id collate "C" limit 1`;
}
