import { privilegeName, verbs } from './access.ts';
import { guidOf } from './ids.ts';
import type { Table } from './types.ts';

export function privilegeId(name: string): string {
  return guidOf(`privilege ${name}`);
}

/** The privileges that exist for a table, as its metadata lists them. */
export function tablePrivileges(table: Table): Record<string, unknown>[] {
  return verbs.map((verb) => ({
    CanBeBasic: table.ownership === 'UserOwned',
    CanBeDeep: table.ownership === 'UserOwned',
    CanBeGlobal: true,
    CanBeLocal: table.ownership === 'UserOwned',
    CanBeEntityReference: false,
    CanBeParentEntityReference: false,
    Name: privilegeName(verb, table),
    PrivilegeId: privilegeId(privilegeName(verb, table)),
    PrivilegeType: verb,
  }));
}
