import { refusals } from './errors.ts';
import type { State } from './state.ts';
import type { Column, Row, Table } from './types.ts';

/** How far a privilege reaches: none, own rows, those of the business unit, of it and those below, all. */
export const depths = ['None', 'Basic', 'Local', 'Deep', 'Global'] as const;
export type Depth = (typeof depths)[number];

export const verbs = ['Create', 'Read', 'Write', 'Delete', 'Append', 'AppendTo', 'Assign', 'Share'] as const;
export type Verb = (typeof verbs)[number];

/** What privileges follow from. */
export type Securable = Pick<Table, 'logicalName' | 'schemaName' | 'activity' | 'ownership'>;

/** prvReadAccount. Activities share the privileges of the activity table; those of SystemUser are named after users. */
export function privilegeName(verb: Verb, table: Securable): string {
  if (table.activity) return `prv${verb}Activity`;
  return `prv${verb}${table.logicalName === 'systemuser' ? 'User' : table.schemaName}`;
}

/** What can be done with rows of a table: those of the organization have no owner to assign and cannot be shared. */
export function verbsOf({ ownership }: Securable): readonly Verb[] {
  return ownership === 'UserOwned' ? verbs : verbs.filter((verb) => verb !== 'Assign' && verb !== 'Share');
}

/** What security roles and column security profiles grant, beside the rows that name them. */
export interface Grants {
  /** Depth by privilege name, by role id. */
  roles: Map<string, Map<string, Depth>>;
  /** Role ids by user id. */
  rolesOfUser: Map<string, Set<string>>;
  /** Secured columns that a user may read or write: user id, then table.column. */
  columns: Map<string, Map<string, { read: boolean; create: boolean; update: boolean }>>;
}

/** Who asks: decides which rows and columns exist for a request and what may be written. */
export interface Caller {
  userId: string;
  businessUnitId: string;
  /** A system administrator: nothing is hidden or forbidden. */
  isAdmin: boolean;
  depth(verb: Verb, table: Table): Depth;
  /** Privilege names with their depth, of all roles together. */
  privileges(): Map<string, Depth>;
  reaches(verb: Verb, table: Table, row: Row): boolean;
  mayRead(table: Table, column: Column): boolean;
  mayWrite(verb: 'create' | 'update', table: Table, column: Column): boolean;
}

/** The name of the role that may do everything. */
export const administratorRole = 'System Administrator';

/** Throws 403 where no role lets the caller read any row of a table, be it the one asked for or one that is joined. */
export function requireRead(caller: Caller, table: Table): void {
  if (caller.depth('Read', table) === 'None')
    throw refusals.missingPrivilege(caller.userId, privilegeName('Read', table), table);
}

export function createCaller(state: State, grants: Grants, userId: string): Caller {
  const users = state.schema.table('systemuser')!;
  const user = state.rows(users).get(userId);
  if (user === undefined) throw new Error(`There is no user ${userId}`);
  const businessUnitId = String(user.businessunitid);
  const roles = state.schema.table('role')!;
  const roleIds = () => [...(grants.rolesOfUser.get(userId) ?? [])];
  const isAdmin = roleIds().some((id) => state.rows(roles).get(id)?.name === administratorRole);
  const depthOf = (privilege: string): Depth => {
    const found = roleIds().map((id) => depths.indexOf(grants.roles.get(id)?.get(privilege) ?? 'None'));
    return depths[Math.max(0, ...found)]!;
  };
  const depth = (verb: Verb, table: Table): Depth =>
    isAdmin ? 'Global' : depthOf(privilegeName(verb, table));
  const secured = (table: Table, column: Column) =>
    grants.columns.get(userId)?.get(`${table.logicalName}.${column.logicalName}`);
  return {
    userId,
    businessUnitId,
    isAdmin,
    depth,
    privileges: () => {
      const all = new Map<string, Depth>();
      for (const id of roleIds()) {
        for (const [name, each] of grants.roles.get(id) ?? []) {
          if (depths.indexOf(each) > depths.indexOf(all.get(name) ?? 'None')) all.set(name, each);
        }
      }
      return all;
    },
    reaches: (verb, table, row) => {
      const far = depth(verb, table);
      // Tables that belong to the organization know only all or nothing.
      if (far === 'Global' || (far !== 'None' && table.ownership !== 'UserOwned')) return true;
      if (far === 'None') return false;
      if (row.ownerid === userId || isShared(state, { table, row, userId }, verb)) return true;
      if (far === 'Basic') return false;
      const unit = String(row.owningbusinessunit);
      return unit === businessUnitId || (far === 'Deep' && isBelow(state, unit, businessUnitId));
    },
    mayRead: (table, column) => isAdmin || !column.secured || secured(table, column)?.read === true,
    mayWrite: (verb, table, column) => isAdmin || !column.secured || secured(table, column)?.[verb] === true,
  };
}

/** Whether the right to the row has been given to the user. */
function isShared(
  { shares }: State,
  { table, row, userId }: { table: Table; row: Row; userId: string },
  verb: Verb,
): boolean {
  return shares.of(table.logicalName, String(row[table.primaryId])).get(userId)?.has(verb) === true;
}

/** Whether a business unit stands under another one, at any depth. */
function isBelow(state: State, unit: string, top: string): boolean {
  const units = state.rows(state.schema.table('businessunit')!);
  const seen = new Set<string>();
  for (let id = unit; !seen.has(id); ) {
    seen.add(id);
    const parent = units.get(id)?.parentbusinessunitid ?? null;
    if (parent === null) return false;
    if (parent === top) return true;
    id = String(parent);
  }
  return false;
}
