import { depths } from '../access.ts';
import { type ApiRequest, contextOf, ok, type Route } from '../api.ts';
import { knownPrivileges } from '../deploy/role.ts';
import { refusals } from '../errors.ts';
import { privilegeId } from '../privilege-json.ts';
import { addressedRow, tableOf } from './rows.ts';

/**
 * What a user may do, as functions bound to the user tell it.
 * https://learn.microsoft.com/power-apps/developer/data-platform/webapi/reference/retrieveuserprivileges and
 * https://learn.microsoft.com/power-apps/developer/data-platform/webapi/reference/retrieveprincipalattributeprivileges
 */

type Json = Record<string, unknown>;
type Answer = (request: ApiRequest, userId: string) => Json;

const prefix = 'Microsoft.Dynamics.CRM.';
const nobody = '00000000-0000-0000-0000-000000000000';

function userPrivileges({ org }: ApiRequest, userId: string): Json {
  const user = org.as(userId);
  const held = user.privileges();
  if (user.isAdmin) {
    for (const { name } of knownPrivileges(org.schema.tables()).values()) held.set(name, 'Global');
  }
  const granted = [...held].filter(([, depth]) => depth !== depths[0]);
  return {
    RolePrivileges: granted.map(([name, depth]) => ({
      Depth: depth,
      PrivilegeId: privilegeId(name),
      BusinessUnitId: user.businessUnitId,
      PrivilegeName: name,
      RecordFilterId: nobody,
      RecordFilterUniqueName: null,
    })),
  };
}

/** 4 stands for allowed. */
const wordOf = (isAllowed: boolean): number => (isAllowed ? 4 : 0);

function columnPrivileges({ org }: ApiRequest, userId: string): Json {
  const user = org.as(userId);
  const secured = [...org.schema.tables()].flatMap((table) =>
    [...table.columns.values()].filter((column) => column.secured).map((column) => ({ table, column })),
  );
  const privileges = secured.map(({ table, column }) => ({
    AttributeId: column.metadataId,
    CanCreate: wordOf(user.mayWrite('create', table, column)),
    CanRead: wordOf(user.mayRead(table, column)),
    CanReadUnmasked: 0,
    CanUpdate: wordOf(user.mayWrite('update', table, column)),
  }));
  // A column that no profile of the user names is not in the answer.
  return {
    AttributePrivileges: privileges.filter(
      ({ CanCreate, CanRead, CanUpdate }) => CanCreate + CanRead + CanUpdate > 0,
    ),
  };
}

const functions: Readonly<Record<string, Answer>> = {
  RetrieveUserPrivileges: userPrivileges,
  RetrievePrincipalAttributePrivileges: columnPrivileges,
};

const nameOf = ({ segments }: ApiRequest): string => {
  const name = segments[1]?.name ?? '';
  return name.startsWith(prefix) ? name.slice(prefix.length) : '';
};

const ofUser: Route = {
  name: 'privileges of a user',
  fits: (request) =>
    request.method === 'GET' &&
    request.segments.length === 2 &&
    tableOf(request)?.logicalName === 'systemuser' &&
    Object.hasOwn(functions, nameOf(request)),
  answer: (request) => {
    const { caller, org } = request;
    const users = org.table('systemuser');
    const userId = String(addressedRow(request, users).systemuserid);
    // One's own are told to everybody; for others' the privilege to read users is needed.
    if (userId !== caller.userId && caller.depth('Read', users) === 'None')
      throw refusals.missingPrivilege(caller.userId, 'prvReadUser', users);
    const name = nameOf(request);
    const context = contextOf(request, `${prefix}${name}Response`);
    return ok({ '@odata.context': context, ...functions[name]!(request, userId) });
  },
};

export const privilegeRoutes: readonly Route[] = [ofUser];
