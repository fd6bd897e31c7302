import { verbs } from '../access.ts';
import { type ApiRequest, contextOf, noContent, ok, type Route } from '../api.ts';
import { requireAccess } from '../dml/save.ts';
import { refusals } from '../errors.ts';
import { parseResource } from '../odata/parse.ts';
import { accessText, accessVerbs } from '../shares.ts';
import type { Row, Table } from '../types.ts';
import { entityOf, objectOf } from './actions.ts';
import { isPost } from './metadata-write.ts';
import { addressedRow, callOf, tableOf } from './rows.ts';

/**
 * Rows that are shared with users, and what a user may do with a row.
 * https://learn.microsoft.com/power-apps/developer/data-platform/security-sharing-assigning
 */

type Json = Record<string, unknown>;

interface Target {
  table: Table;
  row: Row;
}

const prefix = 'Microsoft.Dynamics.CRM.';

/** Sharing belongs to rows that people own. */
function sharedRow(request: ApiRequest): Target {
  const target = entityOf(request, objectOf((request.body ?? {}) as Json, 'Target'));
  if (target.table.ownership !== 'UserOwned')
    throw refusals.invalidArgument(`Records of '${target.table.logicalName}' cannot be shared.`);
  requireAccess(callOf(request, target.table), 'Share', target.row);
  return target;
}

function principalOf(request: ApiRequest, given: Json): string {
  const { table, row } = entityOf(request, given);
  if (table.logicalName !== 'systemuser')
    throw refusals.invalidArgument('Records are shared with users here.');
  return String(row.systemuserid);
}

function put(request: ApiRequest, { table, row }: Target, principal: string, mask: string | null): void {
  const rights = mask === null ? null : accessVerbs(mask);
  if (rights === undefined) throw refusals.invalidArgument(`The access mask '${mask}' is not valid.`);
  request.org.state.share({ table: table.logicalName, id: String(row[table.primaryId]), principal }, rights);
}

/** GrantAccess and ModifyAccess: the rights that are named take the place of those that were given before. */
const grant: Route = {
  name: 'grant access',
  fits: (request) => isPost(request, 'GrantAccess') || isPost(request, 'ModifyAccess'),
  answer: (request) => {
    const target = sharedRow(request);
    const access = objectOf(request.body as Json, 'PrincipalAccess');
    const principal = principalOf(request, objectOf(access, 'Principal'));
    put(request, target, principal, String(access.AccessMask ?? ''));
    return noContent();
  },
};

const revoke: Route = {
  name: 'revoke access',
  fits: (request) => isPost(request, 'RevokeAccess'),
  answer: (request) => {
    const target = sharedRow(request);
    put(request, target, principalOf(request, objectOf(request.body as Json, 'Revokee')), null);
    return noContent();
  },
};

/** The row that a parameter names: Target=@t and @t={'@odata.id':'accounts(…)'}. */
function targetOf(request: ApiRequest, index: number): Target {
  const given = request.segments[index]?.arguments?.Target;
  const text = given?.kind === 'alias' ? request.query.other[given.name] : undefined;
  const address = /["']@odata\.id["']\s*:\s*["']([^"']+)["']/.exec(text ?? '')?.[1];
  if (address === undefined) throw refusals.invalidArgument("The parameter 'Target' names no record.");
  const [segment] = parseResource(address.replace(/^.*\/api\/data\/v[\d.]+\//, '').replace(/^\//, ''));
  const table = segment === undefined ? undefined : request.org.schema.tableOfSet(segment.name);
  if (table === undefined || segment === undefined) throw refusals.noSegment(address);
  return { table, row: addressedRow({ ...request, segments: [segment] }, table) };
}

const isGet = ({ method }: ApiRequest): boolean => method === 'GET';

/** systemusers(id)/Microsoft.Dynamics.CRM.RetrievePrincipalAccess(Target=@t) */
const principalAccess: Route = {
  name: 'retrieve principal access',
  fits: (request) =>
    isGet(request) &&
    tableOf(request)?.logicalName === 'systemuser' &&
    request.segments[1]?.name === `${prefix}RetrievePrincipalAccess`,
  answer: (request) => {
    const { org } = request;
    const user = org.as(String(addressedRow(request, org.table('systemuser')).systemuserid));
    const { table, row } = targetOf(request, 1);
    const AccessRights = accessText((verb) => verbs.includes(verb) && user.reaches(verb, table, row));
    const context = contextOf(request, `${prefix}RetrievePrincipalAccessResponse`);
    return ok({ '@odata.context': context, AccessRights });
  },
};

/** RetrieveSharedPrincipalsAndAccess(Target=@t) */
const sharedPrincipals: Route = {
  name: 'retrieve shared principals',
  fits: (request) =>
    isGet(request) &&
    request.segments.length === 1 &&
    request.segments[0]!.name === 'RetrieveSharedPrincipalsAndAccess',
  answer: (request) => {
    const { table, row } = targetOf(request, 0);
    requireAccess(callOf(request, table), 'Read', row);
    const shared = request.org.state.shares.of(table.logicalName, String(row[table.primaryId]));
    const context = contextOf(request, `${prefix}RetrieveSharedPrincipalsAndAccessResponse`);
    return ok({
      '@odata.context': context,
      PrincipalAccesses: [...shared].map(([principal, rights]) => ({
        AccessMask: accessText((verb) => rights.has(verb)),
        Principal: { '@odata.type': `#${prefix}systemuser`, systemuserid: principal, ownerid: principal },
      })),
    });
  },
};

export const shareRoutes: readonly Route[] = [grant, revoke, principalAccess, sharedPrincipals];
