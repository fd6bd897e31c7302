import { TierlinkError } from '../../src/errors.ts';
import type { ConnectionFacts, ObjectAccess } from '../../src/sync/crm-description.ts';
import { faultOf } from '../shared/call-failed.ts';
import type { Call, Client, LibraryCall } from './client.ts';
import type { Context } from './context.ts';
import type { Session } from './line.ts';
import { createMetadata, type Table } from './metadata.ts';
import { askUserPrivileges, type Privileges, readPrivileges } from './privileges.ts';
import { zoneOf } from './time-zones.ts';
import { answered, batchOutcomes } from './together.ts';

/** The Geo by which our own simulator tells that it is one; no real region is named like it. */
const SIMULATOR_GEO = 'SIM';

/** Signs in and tells org, user and access, in four calls. Throws CRM_VERSION when the org lacks the version. */
export async function check(context: Context, objects: readonly string[]): Promise<ConnectionFacts> {
  const open = onAnyOrg(context);
  const session = await openSession(open);
  await proveVersion(open);
  const { organization, user, settings, detail, privileges } = await whoAndWhere(open, session);
  const tables = await open.metadata.fresh(objects);
  return {
    orgId: session.orgId,
    orgName: detail?.FriendlyName ?? organization?.name ?? session.orgId,
    ...kindOf(detail),
    userId: session.userId,
    userName: user?.domainname ?? user?.fullname ?? session.userId,
    timeZone: zoneOf(settings?.timezonecode, context.host),
    currency: organization?.basecurrencyid?.isocurrencycode ?? context.options.currency,
    clockSkewMs: context.client.clockSkewMs(),
    apiVersion: context.options.apiVersion,
    objects: objects.map((object, index) => accessOf(object, tables[index], privileges)),
  };
}

/** A context whose calls may go to another org than the pinned one; it keeps no metadata for the others. */
function onAnyOrg(context: Context): Context {
  const { client } = context;
  const open: Client = {
    ...client,
    session: async () => await client.session(true),
    send: async (call: Call) => await client.send({ ...call, anyOrg: true }),
    json: async <T>(call: Call) => await client.json<T>({ ...call, anyOrg: true }),
    library: async (call: LibraryCall, work) => await client.library({ ...call, anyOrg: true }, work),
  };
  return { ...context, client: open, metadata: createMetadata(open) };
}

/** The first call of all: where the version does not exist, its address does not. */
async function openSession({ client, host, options }: Context): Promise<Session> {
  try {
    return await client.session();
  } catch (error) {
    if (faultOf(error)?.status !== 404) throw error;
    throw new TierlinkError('CRM_VERSION', { connection: host.connection, version: options.apiVersion });
  }
}

/** Where the platform does not tell its version, that its address was there is proof enough. */
async function proveVersion({ client, host, options }: Context): Promise<void> {
  const call = { method: 'GET', path: 'RetrieveVersion()', kind: 'other' } as const;
  const asked = client.json<{ Version: string }>(call).catch((error: unknown) => {
    if (error instanceof TierlinkError) return error;
    throw error;
  });
  const told = answered<{ Version: string }>(await asked)?.Version;
  const number = (version: string): number => {
    const [major = 0, minor = 0] = version.split('.').map(Number);
    return major * 1_000 + minor;
  };
  if (told === undefined || number(told) >= number(options.apiVersion)) return;
  throw new TierlinkError('CRM_VERSION', { connection: host.connection, version: options.apiVersion });
}

interface OrganizationDetail {
  FriendlyName: string;
  OrganizationType: string;
  Geo: string | null;
}

interface WhoAndWhere {
  organization: { name: string; basecurrencyid?: { isocurrencycode: string } | null } | undefined;
  user: { fullname: string | null; domainname: string | null } | undefined;
  settings: { timezonecode: number } | undefined;
  detail: OrganizationDetail | undefined;
  privileges: Privileges;
}

/** Each of these may be refused by a narrow role; what is missing then has a documented default. */
async function whoAndWhere(context: Context, { orgId, userId }: Session): Promise<WhoAndWhere> {
  const call = { name: 'who and where', kind: 'other' };
  const [detail, organization, user, settings, privileges] = await batchOutcomes(context, call, [
    (api) =>
      api.callFunction({
        functionName: 'RetrieveCurrentOrganization',
        parameters: { AccessType: "Microsoft.Dynamics.CRM.EndpointAccessType'Default'" },
      }),
    (api) =>
      api.retrieve({
        collection: 'organizations',
        key: orgId,
        select: ['name'],
        expand: [{ property: 'basecurrencyid', select: ['isocurrencycode'] }],
      }),
    (api) => api.retrieve({ collection: 'systemusers', key: userId, select: ['fullname', 'domainname'] }),
    (api) => api.retrieve({ collection: 'usersettingscollection', key: userId, select: ['timezonecode'] }),
    (api) => askUserPrivileges(api, userId),
  ]);
  return {
    detail: answered<{ Detail: OrganizationDetail }>(detail)?.Detail,
    organization: answered(organization),
    user: answered(user),
    settings: answered(settings),
    privileges: readPrivileges(privileges),
  };
}

/** Kinds that hold business; every other one is for trying something out.
 * https://learn.microsoft.com/power-apps/developer/data-platform/webapi/reference/organizationtype */
const production = new Set(['Customer', 'Secondary', 'Default', 'Teams']);
const sandbox = 'CustomerTest';

function kindOf(detail: OrganizationDetail | undefined): Pick<ConnectionFacts, 'orgKind' | 'orgKindLabel'> {
  if (detail === undefined) return { orgKind: 'production', orgKindLabel: 'not told' };
  if (detail.Geo === SIMULATOR_GEO) return { orgKind: 'simulator', orgKindLabel: 'simulator' };
  const { OrganizationType: type } = detail;
  if (production.has(type)) return { orgKind: 'production', orgKindLabel: 'production' };
  return { orgKind: 'test', orgKindLabel: type === sandbox ? 'sandbox' : type };
}

function accessOf(object: string, table: Table | undefined, privileges: Privileges): ObjectAccess {
  if (table === undefined)
    return {
      object,
      readable: false,
      seesAll: null,
      editsAll: null,
      creatable: false,
      updatable: false,
    };
  return {
    object,
    readable: privileges.may('Read', table) ?? true,
    seesAll: privileges.mayForAll('Read', table),
    editsAll: privileges.mayForAll('Write', table),
    creatable: privileges.may('Create', table) ?? true,
    updatable: privileges.may('Write', table) ?? true,
  };
}
