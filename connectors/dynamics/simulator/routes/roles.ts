import { z } from 'zod';
import { type Depth, depths, type Grants } from '../access.ts';
import { type ApiRequest, argument, contextOf, noContent, ok, type Route } from '../api.ts';
import { type KnownPrivileges, knownPrivileges } from '../deploy/role.ts';
import { requireAccess } from '../dml/save.ts';
import { refusals } from '../errors.ts';
import { canonicalGuid } from '../ids.ts';
import { componentTypes, customized } from '../packages.ts';
import { privilegeId } from '../privilege-json.ts';
import { listRoutes } from './lists.ts';
import { addressedRow, callOf, rowRoutes } from './rows.ts';

/**
 * Security roles and what they grant.
 * https://learn.microsoft.com/power-apps/developer/data-platform/webapi/web-api-functions-actions-sample, section 8, and
 * https://learn.microsoft.com/power-apps/developer/data-platform/webapi/reference/retrieveroleprivilegesrole
 */

const nobody = '00000000-0000-0000-0000-000000000000';
const action = 'Microsoft.Dynamics.CRM.AddPrivilegesRole';

const isOne = ({ segments }: ApiRequest, ...names: readonly string[]): boolean =>
  segments.length === names.length && names.every((name, index) => segments[index]!.name === name);

/** Of those that the platform gives to each new role, the ones that the simulator knows. */
const bornWith = ['prvReadSdkMessage', 'prvReadSdkMessageProcessingStep'] as const;

const create: Route = {
  name: 'create role',
  fits: (request) =>
    request.method === 'POST' && isOne(request, 'roles') && request.segments[0]!.arguments === null,
  answer: (request) => {
    const before = new Set(request.org.dump('role').map(({ roleid }) => String(roleid)));
    const insert = rowRoutes.find(({ name }) => name === 'create')!;
    const made = () => request.org.dump('role').find(({ roleid }) => !before.has(String(roleid)));
    const answer = customized(request, componentTypes.role, {
      make: () => insert.answer(request),
      idOf: () => String(made()?.roleid),
    });
    const given: [string, Depth][] = bornWith.map((name) => [name, 'Global']);
    request.org.grants.roles.set(String(made()?.roleid), new Map(given));
    return answer;
  },
};

const added = z.looseObject({
  Privileges: z
    .array(
      z.looseObject({
        PrivilegeId: z.string(),
        Depth: z.enum(depths).exclude(['None']),
        BusinessUnitId: z.string().optional(),
        PrivilegeName: z.string().optional(),
      }),
    )
    .min(1),
});

const add: Route = {
  name: 'add privileges to role',
  fits: (request) => request.method === 'POST' && isOne(request, 'roles', action),
  answer: (request) => {
    const { org } = request;
    const roles = org.table('role');
    const role = addressedRow(request, roles);
    requireAccess(callOf(request, roles), 'Write', role);
    const read = added.safeParse(request.body);
    if (!read.success) throw refusals.invalidArgument('Privileges: not valid');
    const known = knownPrivileges(org.schema.tables());
    const named = read.data.Privileges.map(({ PrivilegeId, Depth: depth }) => ({
      ...privilegeOf(known, PrivilegeId),
      depth,
    }));
    for (const { name, isAllOrNothing, depth } of named)
      if (isAllOrNothing && depth !== 'Global')
        throw refusals.invalidArgument(`Privilege ${name} cannot be granted at the level ${depth}.`);
    grantsOf(org.grants, String(role.roleid), named);
    return noContent();
  },
};

function privilegeOf(known: KnownPrivileges, id: string): { name: string; isAllOrNothing: boolean } {
  const found = [...known.values()].find(({ name }) => privilegeId(name) === canonicalGuid(id));
  if (found === undefined) throw refusals.invalidArgument(`Privilege with Id = ${id} does not exist.`);
  return found;
}

/** Adds; what the role has stays, at the new depth where it is named again. */
function grantsOf({ roles }: Grants, role: string, more: readonly { name: string; depth: Depth }[]): void {
  const held = roles.get(role) ?? new Map<string, Depth>();
  for (const { name, depth } of more) held.set(name, depth);
  roles.set(role, held);
}

const read: Route = {
  name: 'privileges of a role',
  fits: (request) => request.method === 'GET' && isOne(request, 'RetrieveRolePrivilegesRole'),
  answer: (request) => {
    const { org } = request;
    const given = argument(request, request.segments[0]!, 'RoleId');
    const id = given?.kind === 'guid' || given?.kind === 'string' ? canonicalGuid(given.value) : null;
    const roles = org.table('role');
    const role = id === null ? undefined : org.get('role', id);
    if (role === undefined) throw refusals.notFound(roles, id ?? nobody);
    requireAccess(callOf(request, roles), 'Read', role);
    const held = [...(org.grants.roles.get(String(role.roleid)) ?? [])];
    return ok({
      '@odata.context': contextOf(request, 'Microsoft.Dynamics.CRM.RetrieveRolePrivilegesRoleResponse'),
      RolePrivileges: held.map(([name, depth]) => ({
        Depth: depth,
        PrivilegeId: privilegeId(name),
        BusinessUnitId: role.businessunitid,
        PrivilegeName: name,
        RecordFilterId: nobody,
        RecordFilterUniqueName: null,
      })),
    });
  },
};

/** Privileges are rows too, that come and go with the tables. */
const list: Route = {
  name: 'privileges',
  fits: (request) => request.method === 'GET' && isOne(request, 'privileges'),
  answer: (request) => {
    const { org } = request;
    for (const { name } of knownPrivileges(org.schema.tables()).values()) {
      const id = privilegeId(name);
      if (org.get('privilege', id) === undefined) org.load('privilege', [{ privilegeid: id, name }]);
    }
    return listRoutes.find((route) => route.fits(request))!.answer(request);
  },
};

export const roleRoutes: readonly Route[] = [create, add, read, list];
