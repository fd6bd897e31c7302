import { childOf, childrenOf, type Element, textOf } from '../../../simulation/xml-read.ts';
import { type Depth, depths, privilegeName, type Securable, verbsOf } from '../access.ts';
import { canonicalGuid } from '../ids.ts';
import type { Org } from '../org.ts';

/** A security role as Roles/<name>.xml declares it. */
export interface RoleSource {
  path: string;
  id: string;
  name: string;
  privileges: { name: string; level: Depth }[];
}

/** Privileges that belong to no table of rows: metadata and the like. */
const others = [
  ...['Entity', 'Attribute', 'Relationship', 'OptionSet', 'EntityKey'].flatMap((what) =>
    ['Create', 'Read', 'Write', 'Delete'].map((verb) => `prv${verb}${what}`),
  ),
  'prvPublishCustomization',
];

/** Reads a role. Throws for what the platform does not take. */
export function readRole(path: string, file: Element): RoleSource {
  const id = canonicalGuid(textOf(file, '@id'));
  const name = textOf(file, '@name');
  if (id === null || name === undefined) throw new Error('The role needs an id and a name.');
  const privileges = childrenOf(childOf(file, 'RolePrivileges') ?? {}, 'RolePrivilege').map((element) => {
    const level = textOf(element, '@level') ?? '';
    const depth = depths.find((each) => each === level);
    if (depth === undefined || depth === 'None')
      throw new Error(`Privilege ${textOf(element, '@name')}: the level '${level}' is not valid.`);
    return { name: textOf(element, '@name') ?? '', level: depth };
  });
  return { path, id, name, privileges };
}

/** Names of privileges, by their lower case: the platform's database takes no notice of it. */
export type KnownPrivileges = ReadonlyMap<string, { name: string; isAllOrNothing: boolean }>;

/** Privileges of an environment with these tables. */
export function knownPrivileges(tables: Iterable<Securable>): KnownPrivileges {
  const known = new Map(others.map((name) => [name.toLowerCase(), { name, isAllOrNothing: true }]));
  for (const table of tables) {
    for (const verb of verbsOf(table)) {
      const name = privilegeName(verb, table);
      known.set(name.toLowerCase(), { name, isAllOrNothing: table.ownership === 'OrganizationOwned' });
    }
  }
  return known;
}

/** Problems of a role in the environment as it is once the tables of the solution are there. */
export function roleProblems(known: KnownPrivileges, role: RoleSource): string[] {
  return role.privileges.flatMap(({ name, level }) => {
    const privilege = known.get(name.toLowerCase());
    if (privilege === undefined) return [`Privilege with name ${name} is not found.`];
    if (privilege.isAllOrNothing && level !== 'Global')
      return [`Privilege ${name} cannot be granted at the level ${level}.`];
    return [];
  });
}

/** Creates the role, or gives the one of that id exactly what the source says. */
export function applyRole(org: Org, role: RoleSource, known: KnownPrivileges): void {
  if (org.get('role', role.id) === undefined) {
    const unit = org.dump('businessunit').find((row) => (row.parentbusinessunitid ?? null) === null);
    const place = { 'businessunitid@odata.bind': `/businessunits(${unit?.businessunitid})` };
    org.create('role', [{ roleid: role.id, name: role.name, ...place }]);
  } else org.update('role', role.id, { name: role.name });
  const privileges = role.privileges.map(
    ({ name, level }) => [known.get(name.toLowerCase())!.name, level] as const,
  );
  org.grants.roles.set(role.id, new Map(privileges));
}

/** Gives a role to a user beside those that he has. */
export function assignRole(org: Org, roleId: string, userId: string): void {
  const roles = org.grants.rolesOfUser.get(userId) ?? new Set();
  org.grants.rolesOfUser.set(userId, roles.add(roleId));
}
