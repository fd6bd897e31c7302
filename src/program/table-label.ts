import type { ProgramDefinition } from './schema/schema.ts';

/** What a table is called; one without a label by its key. */
export function tableLabel({ tables }: Pick<ProgramDefinition, 'tables'>, key: string): string {
  return tables[key]?.label ?? key;
}
