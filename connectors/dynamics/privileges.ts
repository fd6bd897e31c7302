import type { DynamicsWebApi } from 'dynamics-web-api';
import { TierlinkError } from '../../src/errors.ts';
import type { Table } from './metadata.ts';

/** How far a privilege reaches. Global: all rows of the organization, whoever owns them. */
type Depth = 'Basic' | 'Local' | 'Deep' | 'Global' | 'RecordFilter';

/** What the user may do on tables; null where that could not be found out. */
export interface Privileges {
  may(verb: Verb, table: Table): boolean | null;
  mayForAll(verb: Verb, table: Table): boolean | null;
}

export type Verb = 'Read' | 'Create' | 'Write';

interface UserPrivileges {
  RolePrivileges: { PrivilegeName?: string; Depth: Depth }[];
}

/** All privileges of the user through roles of its own and of its teams, in one question.
 * https://learn.microsoft.com/power-apps/developer/data-platform/webapi/reference/retrieveuserprivileges */
export function askUserPrivileges(api: DynamicsWebApi, userId: string): Promise<unknown> {
  return api.callFunction({
    collection: 'systemusers',
    key: userId,
    functionName: 'Microsoft.Dynamics.CRM.RetrieveUserPrivileges',
  });
}

/**
 * Ownership and business units hide rows without a word, so seeing all must be proven: a privilege that reaches the whole
 * organization. Whoever may not look at the privileges has proven nothing, and so has a depth that is not told by name.
 * @param outcome the answer to askUserPrivileges, or the error of a refused one
 */
export function readPrivileges(outcome: unknown): Privileges {
  if (outcome instanceof TierlinkError) return { may: () => null, mayForAll: () => null };
  const depths = new Map<string, Set<Depth>>();
  for (const { PrivilegeName: name, Depth } of (outcome as UserPrivileges).RolePrivileges) {
    if (name === undefined) continue;
    depths.set(name, (depths.get(name) ?? new Set()).add(Depth));
  }
  const held = (verb: Verb, table: Table): ReadonlySet<Depth> | null => {
    const name = table.privileges.get(verb);
    return name === undefined || depths.size === 0 ? null : (depths.get(name) ?? new Set());
  };
  return {
    may: (verb, table) => {
      const found = held(verb, table);
      return found === null ? null : found.size > 0;
    },
    mayForAll: (verb, table) => held(verb, table)?.has('Global') ?? null,
  };
}
