import { filesAlias } from '../model/record-id.ts';

/** SQL: the row, by this alias, is about a connection to a CRM and not about what files brought in. */
export function ofCrm(alias: string): string {
  return `${alias}.connection <> '${filesAlias}'`;
}

/**
 * SQL: the link, by this alias, is of the record that an id of a CRM means, in either length of it. `id`: a parameter. By
 * the short form, which has an index.
 */
export function hasCrmId(alias: string, id: string): string {
  return `(left(${alias}.crm_id, 15) = left(${id}, 15) and (${alias}.crm_id = ${id} or length(${id}) = 15))`;
}
