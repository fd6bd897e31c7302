/** SQL: the record, by this alias, is one of the program: neither deleted nor merged into another one, and in scope. */
export function alive(alias: string): string {
  return `${alias}.deleted_at is null and ${alias}.merged_into is null and ${alias}.in_scope`;
}
