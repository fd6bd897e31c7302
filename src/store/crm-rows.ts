import { filesAlias } from '../model/record-id.ts';

/** SQL: the row, by this alias, is about a connection to a CRM and not about what files brought in. */
export function ofCrm(alias: string): string {
  return `${alias}.connection <> '${filesAlias}'`;
}
